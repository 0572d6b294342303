package io.stepoll.examples.http;

import io.stepoll.BufferPool;
import java.nio.ByteBuffer;

/**
 * The buffer that the handlers of a loop use one after the other. A handler may wait in the middle of its work, for a
 * class that another thread initializes or for a lock. The handlers that run meanwhile get buffers of the pool.
 */
final class LoopBuffer {
    private final BufferPool pool;
    private final ByteBuffer buffer;
    private boolean taken;

    LoopBuffer(BufferPool pool, int bytes) {
        this.pool = pool;
        buffer = ByteBuffer.allocateDirect(bytes);
    }

    /** {@return an empty buffer, to be given back} */
    ByteBuffer take() {
        if (taken) {
            return pool.take(buffer.capacity());
        }
        taken = true;
        return buffer.clear();
    }

    /** Takes back what {@link #take} has returned. */
    void give(ByteBuffer given) {
        if (given == buffer) {
            taken = false;
        } else {
            pool.give(given);
        }
    }
}
