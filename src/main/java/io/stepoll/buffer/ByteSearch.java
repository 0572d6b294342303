package io.stepoll.buffer;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Looks for a byte in a buffer, eight bytes at a time. */
final class ByteSearch {
    private static final long ONES = 0x0101_0101_0101_0101L;
    private static final long LOW_BITS = ONES * 0x7f;

    private ByteSearch() {}

    /**
     * {@return the index of the first such byte; -1 if there is none}
     *
     * @param from the first index to look at
     * @param to the index behind the last one
     */
    static int indexOf(ByteBuffer buffer, byte wanted, int from, int to) {
        long pattern = (wanted & 0xffL) * ONES;
        int i = from;
        for (; i + Long.BYTES <= to; i += Long.BYTES) {
            long differs = buffer.getLong(i) ^ pattern; // a wanted byte is zero in it
            long zeros = ~((differs & LOW_BITS) + LOW_BITS | differs | LOW_BITS); // the high bit of each zero byte
            if (zeros != 0) {
                int before = buffer.order() == ByteOrder.BIG_ENDIAN ? Long.numberOfLeadingZeros(zeros)
                        : Long.numberOfTrailingZeros(zeros);
                return i + before / Byte.SIZE;
            }
        }
        for (; i < to; i++) {
            if (buffer.get(i) == wanted) {
                return i;
            }
        }
        return -1;
    }
}
