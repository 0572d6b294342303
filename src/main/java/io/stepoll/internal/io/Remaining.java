package io.stepoll.internal.io;

import java.nio.ByteBuffer;
import java.util.ConcurrentModificationException;

/**
 * What remains in a buffer at the begin of a system call, as a long: the position in the high half, the number of bytes
 * in the low half. Another thread may move the buffer at any time. So a call reads position and limit once, here, and
 * goes by nothing else: not for the address, not for the length, not for the new position. A buffer's capacity never
 * changes, so the kernel stays within the buffer whatever other threads do.
 */
public final class Remaining {
    private static final long LENGTH = 0xffff_ffffL;

    private Remaining() {}

    /** What remains, if only nothing. */
    public static long of(ByteBuffer buffer) {
        int position = buffer.position();
        int limit = buffer.limit();
        if (position > limit || limit > buffer.capacity()) {
            throw new ConcurrentModificationException("another thread moves the buffer: position " + position
                    + ", limit " + limit);
        }
        return (long) position << Integer.SIZE | limit - position;
    }

    /** What remains, where the caller has seen that something does: a read of no bytes would look like the end. */
    static long some(ByteBuffer buffer) {
        long remaining = of(buffer);
        if (length(remaining) == 0) {
            throw emptied();
        }
        return remaining;
    }

    static ConcurrentModificationException emptied() {
        return new ConcurrentModificationException("another thread has moved the buffer: nothing remains in it");
    }

    public static int position(long remaining) {
        return (int) (remaining >>> Integer.SIZE);
    }

    public static int length(long remaining) {
        return (int) (remaining & LENGTH);
    }

    /**
     * Moves the position behind the bytes that a call has moved.
     *
     * @throws ConcurrentModificationException if another thread has moved the buffer during the call
     */
    public static void advance(ByteBuffer buffer, long remaining, int count) {
        if (buffer.position() != position(remaining)) {
            throw changed(remaining, count, null);
        }
        place(buffer, remaining, count);
    }

    /** Moves the position there, wherever it is. */
    static void place(ByteBuffer buffer, long remaining, int count) {
        try {
            buffer.position(position(remaining) + count);
        } catch (IllegalArgumentException e) { // the limit is lower
            throw changed(remaining, count, e);
        }
    }

    static ConcurrentModificationException changed(long remaining, int count, RuntimeException cause) {
        return new ConcurrentModificationException("another thread has moved the buffer during a call that moves "
                + count + " bytes at position " + position(remaining), cause);
    }
}
