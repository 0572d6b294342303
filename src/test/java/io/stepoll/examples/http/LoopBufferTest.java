package io.stepoll.examples.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.stepoll.EventLoop;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class LoopBufferTest {
    /** A handler that waits in its work keeps what it has, and the next one writes into another buffer. */
    @Test
    void whoeverWaitsKeepsItsBuffer() throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            LoopBuffer buffers = new LoopBuffer(loop.buffers(), 1 << 12);
            ByteBuffer waiting = buffers.take().put((byte) 1);
            ByteBuffer next = buffers.take();
            assertNotSame(waiting, next);
            assertEquals(waiting.capacity(), next.remaining());
            buffers.give(next);
            assertEquals(1, waiting.position());
            buffers.give(waiting);
            assertSame(waiting, buffers.take());
            assertEquals(0, waiting.position());
        }
    }
}
