package io.stepoll;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/**
 * Where a system call reads or writes the bytes of a buffer: in the memory of a direct buffer itself, else in the
 * loop's own, which one call uses at a time and whose content no wait outlives.
 */
final class Transfer {
    /** How much of a heap buffer goes in one call. */
    private static final int CAPACITY = 1 << 16;

    private final ByteBuffer copy = ByteBuffer.allocateDirect(CAPACITY);
    private final long copyAddress = MemorySegment.ofBuffer(copy).address();

    /** How many bytes of what remains in the buffer one call can take. */
    static int length(ByteBuffer buffer) {
        int remaining = buffer.remaining();
        return buffer.isDirect() ? remaining : Math.min(remaining, CAPACITY);
    }

    /** Where to receive for {@link #received}. */
    long target(ByteBuffer buffer, DirectAddress direct) {
        return buffer.isDirect() ? direct.of(buffer) : copyAddress;
    }

    /** So many bytes have come to the target: they are in the buffer, and its position moves behind them. */
    void received(ByteBuffer buffer, int count) {
        if (buffer.isDirect()) {
            buffer.position(buffer.position() + count);
        } else {
            buffer.put(copy.limit(count));
            copy.clear();
        }
    }

    /** Where the first so many bytes of what remains are to be sent from. The position stays. */
    long source(ByteBuffer buffer, int length, DirectAddress direct) {
        if (buffer.isDirect()) {
            return direct.of(buffer);
        }
        copy.put(0, buffer, buffer.position(), length);
        return copyAddress;
    }
}
