package io.stepoll.buffer;

import io.stepoll.BufferPool;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** What was written and has not gone, in a buffer of the pool; no buffer if there is nothing. */
final class OutputBuffer {
    /** The usual capacity. */
    static final int CAPACITY = 1 << 14;

    private final BufferPool pool;
    private @Nullable ByteBuffer buffer; // its bytes are before the position

    OutputBuffer(BufferPool pool) {
        this.pool = pool;
    }

    boolean isEmpty() {
        return buffer == null || buffer.position() == 0;
    }

    /** How many bytes there is room for; without a buffer, those of the one that would be taken. */
    int room() {
        return buffer == null ? CAPACITY : buffer.remaining();
    }

    /**
     * {@return a buffer with so much room at least, which is there or can be taken, as nothing is in the former one}
     */
    ByteBuffer withRoom(int room) {
        if (buffer != null && buffer.remaining() < room) {
            release();
        }
        if (buffer == null) {
            buffer = pool.take(Math.max(room, CAPACITY));
        }
        return buffer;
    }

    /** {@return the buffer, to be read from: {@link #sent} is to follow} */
    ByteBuffer toSend() {
        assert buffer != null;
        return buffer.flip();
    }

    /** What remains in the buffer has not gone. */
    void sent() {
        assert buffer != null;
        if (buffer.hasRemaining()) {
            buffer.compact();
        } else {
            release();
        }
    }

    void releaseIfEmpty() {
        if (buffer != null && buffer.position() == 0) {
            release();
        }
    }

    /** Gives the buffer back, and drops what is in it. */
    void release() {
        if (buffer != null) {
            ByteBuffer given = buffer;
            buffer = null;
            pool.give(given);
        }
    }
}
