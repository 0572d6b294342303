package io.stepoll.examples.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.EventLoop;
import io.stepoll.buffer.SharedMessage;
import io.stepoll.support.AllocatedBytes;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** A GET of a small value, and commands like it, allocate nothing from the first byte of the request on. */
class GetAllocationTest {
    private static final int TIMES = 1000;
    private static final int ROUNDS = 10;
    private static final int REPLY_BYTES = 40; // at least, of all replies together
    private static final String REQUESTS = "*2\r\n$3\r\nGET\r\n$5\r\nkey:1\r\n*2\r\n$3\r\nget\r\n$5\r\ncount\r\n"
            + "*2\r\n$6\r\nEXISTS\r\n$4\r\nnone\r\n*2\r\n$4\r\nINCR\r\n$5\r\ncount\r\n*1\r\n$4\r\nPING\r\n"
            + "*2\r\n$3\r\nTTL\r\n$5\r\nkey:1\r\n";

    /** Forgets what is written. */
    private static final class NoOutput implements ClientOutput {
        private final ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 12);
        private int written;

        @Override
        public ByteBuffer room(int bytes) {
            written += buffer.position();
            return buffer.clear();
        }

        @Override
        public void write(byte[] bytes, int start, int length) {
            written += length;
        }

        @Override
        public void message(SharedMessage message) {
            throw new AssertionError();
        }
    }

    @Test
    void nothingIsAllocated() throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            NoOutput output = new NoOutput();
            Session session = new Session(new Database(loop, System::nanoTime), output);
            serve(session, bytes("set key:1 value ex 1000\r\nincr count\r\n"), 1);
            AllocatedBytes allocatedBytes = new AllocatedBytes();
            ByteBuffer input = bytes(REQUESTS);
            long least = Long.MAX_VALUE;
            for (int round = 0; round < ROUNDS && least > 0; round++) { // the first ones load classes
                int written = output.written;
                long before = allocatedBytes.now();
                serve(session, input, TIMES);
                least = Math.min(least, allocatedBytes.now() - before);
                assertTrue(output.written - written > REPLY_BYTES * TIMES);
            }
            assertEquals(0, least);
        }
    }

    private static void serve(Session session, ByteBuffer input, int times) throws Exception {
        for (int i = 0; i < times; i++) {
            input.rewind();
            while (input.hasRemaining()) {
                session.serve(input);
            }
        }
    }

    private static ByteBuffer bytes(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
    }
}
