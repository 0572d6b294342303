package io.stepoll.internal.io;

import java.nio.ByteBuffer;

/**
 * Buffers of a loop that nobody uses now, each large enough for a TLS record. A connection takes one when it has bytes
 * to keep, and gives it back when it has none, so an idle connection has none. The last one given back is taken first:
 * its memory is in the processor's cache, and its address is known (see {@link DirectAddress}). On the loop's thread.
 */
public final class SpareBuffers {
    /** Of a buffer, in bytes: a record has 16709 at most. */
    public static final int CAPACITY = 17 * 1024;

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
