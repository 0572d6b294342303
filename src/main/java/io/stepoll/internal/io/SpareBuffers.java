package io.stepoll.internal.io;

import java.nio.ByteBuffer;

/**
 * Buffers of a loop that nobody uses now, each large enough for two TLS records. A connection takes one when it has
 * bytes to keep, and gives it back when it has none, so an idle connection has none. The last one given back is taken
 * first: its memory is in the processor's cache, and its address is known (see {@link DirectAddress}). On the loop's
 * thread.
 */
public final class SpareBuffers {
    /** How many bytes a TLS record has at most, with all that belongs to it. */
    public static final int LARGEST_RECORD = 17 * 1024;

    /** Of a buffer, in bytes. An engine makes two records of 16 KiB, a large and a small one; one call sends both. */
    public static final int CAPACITY = 2 * LARGEST_RECORD;

    /** How many of each kind are kept; more are left to the garbage collector. */
    private static final int MOST = 16;

    private final Stack direct = new Stack();
    private final Stack heap = new Stack();

    SpareBuffers() {}

    /** {@return a cleared buffer, which may hold bytes of another connection} */
    public ByteBuffer take(boolean isDirect) {
        Stack spare = isDirect ? direct : heap;
        if (spare.count > 0) {
            return spare.pop().clear();
        }
        return isDirect ? ByteBuffer.allocateDirect(CAPACITY) : ByteBuffer.allocate(CAPACITY);
    }

    /** Takes a buffer back that nobody refers to any more. One of another size is dropped. */
    public void giveBack(ByteBuffer buffer) {
        Stack spare = buffer.isDirect() ? direct : heap;
        if (buffer.capacity() == CAPACITY && spare.count < MOST) {
            spare.push(buffer);
        }
    }

    private static final class Stack {
        private final ByteBuffer[] buffers = new ByteBuffer[MOST];
        private int count;

        void push(ByteBuffer buffer) {
            buffers[count++] = buffer;
        }

        ByteBuffer pop() {
            ByteBuffer top = buffers[--count];
            buffers[count] = null;
            return top;
        }
    }
}
