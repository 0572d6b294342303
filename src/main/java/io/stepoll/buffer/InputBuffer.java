package io.stepoll.buffer;

import io.stepoll.BufferPool;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** What was read and not yet taken, in a buffer of the pool; no buffer if there is nothing. */
final class InputBuffer {
    /** The usual capacity: a record of TLS has as many bytes at most. */
    static final int CAPACITY = 1 << 14;

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final BufferPool pool;
    private @Nullable ByteBuffer buffer; // its bytes are between position and limit

    InputBuffer(BufferPool pool) {
        this.pool = pool;
    }

    ByteBuffer bytes() {
        return buffer == null ? NOTHING : buffer;
    }

    /** Receives behind what is here, without waiting. The buffer may be another one afterwards. */
    int receive(Ends ends, int wanted) throws IOException {
        makeRoom(wanted);
        assert buffer != null;
        int begin = buffer.position();
        buffer.position(buffer.limit()).limit(buffer.capacity());
        try {
            return ends.tryRead(buffer);
        } finally {
            buffer.limit(buffer.position()).position(begin);
            releaseIfEmpty();
        }
    }

    /**
     * Makes room for so many bytes in all, and for one more at least. What is here moves to the begin of the buffer if
     * there is no other room, or if that is most of the room.
     */
    private void makeRoom(int wanted) {
        int here = bytes().remaining();
        if (buffer == null) {
            buffer = pool.take(Math.max(wanted, CAPACITY)).limit(0);
        } else if (buffer.capacity() < wanted || here == buffer.capacity()) {
            ByteBuffer larger = pool.take(Math.max(wanted, here + 1));
            larger.put(buffer).flip();
            pool.give(buffer);
            buffer = larger;
        } else if (here == 0) {
            buffer.position(0).limit(0);
        } else if (buffer.capacity() - buffer.position() < wanted || buffer.limit() == buffer.capacity()
                || here <= buffer.position()) {
            buffer.compact().flip();
        }
    }

    void releaseIfEmpty() {
        if (buffer != null && !buffer.hasRemaining()) {
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
