package io.stepoll.examples.http;

import io.stepoll.BufferPool;
import java.nio.ByteBuffer;

/** The body of a request, in a buffer of the loop's pool that grows with what comes. */
final class BodyBuffer {
    private static final int FIRST_BYTES = 4096;

    private final BufferPool pool;
    private ByteBuffer bytes;

    BodyBuffer(BufferPool pool) {
        this.pool = pool;
        bytes = pool.take(FIRST_BYTES);
    }

    /** Decodes all that came. */
    void decode(BodyDecoder decoder, ByteBuffer input) throws HttpException {
        while (decoder.decode(input, bytes) > 0) {
            if (!bytes.hasRemaining()) {
                ByteBuffer larger = pool.take(2 * bytes.capacity()).put(bytes.flip());
                pool.give(bytes);
                bytes = larger;
            }
        }
    }

    /** Returns the bytes that came, to be read. */
    ByteBuffer flip() {
        return bytes.flip();
    }

    /** Gives the buffer back. */
    void release() {
        pool.give(bytes);
    }
}
