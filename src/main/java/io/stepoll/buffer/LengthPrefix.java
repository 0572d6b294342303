package io.stepoll.buffer;

import io.stepoll.BufferPool;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * How a frame says its length before its bytes: in 1, 2, 4 or 8 bytes, or as a varint; and how long a frame may be. The
 * length is that of the frame without the prefix. Immutable, for any number of streams and threads.
 *
 * @since 0.1.0
 */
public final class LengthPrefix {
    private static final int LONGEST_VARINT = 10;
    private static final int VARINT_BITS = 7;
    private static final int MORE = 1 << VARINT_BITS;

    /** In place of the bytes of a fixed prefix. */
    private static final int VARINT = 0;

    private final int bytes;
    private final int maxSize;
    private final ByteOrder order;

    private LengthPrefix(int bytes, int maxSize, ByteOrder order) {
        int most = BufferPool.LARGEST - LONGEST_VARINT;
        if (maxSize < 0 || maxSize > most) {
            throw new IllegalArgumentException("the largest size of a frame is 0 to " + most + ", not " + maxSize);
        }
        this.bytes = bytes;
        this.maxSize = maxSize;
        this.order = order;
    }

    /**
     * A length in so many bytes, unsigned, the most significant byte first.
     *
     * @param bytes 1, 2, 4 or 8
     * @param maxSize the largest size of a frame, in bytes
     * @return the prefix
     * @throws IllegalArgumentException if the bytes are others, or the size is negative or too large for a buffer
     */
    public static LengthPrefix ofBytes(int bytes, int maxSize) {
        if (bytes < 1 || bytes > Long.BYTES || Integer.bitCount(bytes) != 1) {
            throw new IllegalArgumentException("a length has 1, 2, 4 or 8 bytes, not " + bytes);
        }
        return new LengthPrefix(bytes, maxSize, ByteOrder.BIG_ENDIAN);
    }

    /**
     * A length as a varint: seven bits in each byte, the least significant ones first, and the eighth bit set in all
     * bytes but the last.
     *
     * @param maxSize the largest size of a frame, in bytes
     * @return the prefix
     * @throws IllegalArgumentException if the size is negative or too large for a buffer
     */
    public static LengthPrefix varint(int maxSize) {
        return new LengthPrefix(VARINT, maxSize, ByteOrder.BIG_ENDIAN);
    }

    /** {@return the same with the least significant byte first; a varint is the same in any order} */
    public LengthPrefix littleEndian() {
        return new LengthPrefix(bytes, maxSize, ByteOrder.LITTLE_ENDIAN);
    }

    /** {@return the largest size of a frame, in bytes} */
    public int maxSize() {
        return maxSize;
    }

    /**
     * Looks at the prefix at the position of a buffer, which stays.
     *
     * @param input in big-endian order
     * @return how many bytes the prefix has; 0 if not all of it is here
     * @throws ProtocolException if it is a varint that does not end within 10 bytes
     */
    int length(ByteBuffer input) throws ProtocolException {
        if (bytes != VARINT) {
            return input.remaining() >= bytes ? bytes : 0;
        }
        int most = Math.min(input.remaining(), LONGEST_VARINT);
        for (int i = 0; i < most; i++) {
            if (input.get(input.position() + i) >= 0) {
                return i + 1;
            }
        }
        if (most == LONGEST_VARINT) {
            throw new ProtocolException("the length of a frame, a varint, does not end within " + LONGEST_VARINT
                    + " bytes");
        }
        return 0;
    }

    /** How many bytes the prefix has at least. */
    int leastLength() {
        return bytes == VARINT ? 1 : bytes;
    }

    /**
     * The size that a prefix at the position says, which has so many bytes.
     *
     * @return unsigned; of a varint with more than 64 bits, the largest that is unsigned
     */
    long size(ByteBuffer input, int length) {
        int at = input.position();
        if (bytes == VARINT) {
            return varint(input, at, length);
        }
        long size = 0;
        for (int i = 0; i < length; i++) {
            int from = order == ByteOrder.BIG_ENDIAN ? i : length - 1 - i;
            size = size << Byte.SIZE | input.get(at + from) & 0xff;
        }
        return size;
    }

    private static long varint(ByteBuffer input, int at, int length) {
        long size = 0;
        for (int i = length - 1; i >= 0; i--) {
            size = size << VARINT_BITS | input.get(at + i) & MORE - 1;
        }
        return length == LONGEST_VARINT && input.get(at + length - 1) > 1 ? -1 : size;
    }

    /** How many bytes the prefix of a frame of this size has. */
    int lengthFor(int size) {
        if (bytes != VARINT) {
            return bytes;
        }
        return Math.max(1, (Integer.SIZE - Integer.numberOfLeadingZeros(size) + VARINT_BITS - 1) / VARINT_BITS);
    }

    /** Whether the prefix can say such a size at all, whatever the limit is. */
    boolean canSay(int size) {
        return bytes == VARINT || bytes >= Integer.BYTES || size >>> bytes * Byte.SIZE == 0;
    }

    /** Puts the prefix of a frame of this size. */
    void put(int size, ByteBuffer output) {
        if (bytes == VARINT) {
            int left = size;
            for (; left >= MORE; left >>>= VARINT_BITS) {
                output.put((byte) (left | MORE));
            }
            output.put((byte) left);
            return;
        }
        for (int i = 0; i < bytes; i++) {
            int which = order == ByteOrder.BIG_ENDIAN ? bytes - 1 - i : i;
            output.put((byte) ((long) size >>> which * Byte.SIZE));
        }
    }

    @Override
    public String toString() {
        String what = bytes == VARINT ? "varint" : bytes + " bytes, " + order;
        return "LengthPrefix[" + what + ", frames of at most " + maxSize + " bytes]";
    }
}
