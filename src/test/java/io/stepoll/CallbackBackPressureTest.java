package io.stepoll;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.net.StreamSocket;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A handler that writes, and a peer that does not read: it is called only when there is room, and no step spins. */
@Timeout(60)
class CallbackBackPressureTest {
    private static final int PIECE = 1 << 16;
    /** What the kernel's buffers of a connection never take. */
    private static final long BEYOND_ANY_BUFFER = 64 << 20;
    private static final long QUIET_NANOS = 200_000_000;
    private static final int MOST_POLLS = 20;

    /** Writes the same piece again and again, as much as there is room for. */
    private static final class Writer implements ReadinessHandler {
        private final ByteBuffer piece = ByteBuffer.allocateDirect(PIECE);
        private long sent;
        private int calls;
        private int futile;

        @Override
        public void readable(Descriptor descriptor) {
            throw new AssertionError("it did not ask");
        }

        @Override
        public void writable(Descriptor descriptor) throws IOException {
            calls++;
            int count = descriptor.sendNow(piece.clear());
            futile += count == 0 ? 1 : 0;
            sent += count;
            assertTrue(sent < BEYOND_ANY_BUFFER, "nobody reads, and it goes on");
        }
    }

    /** Lets the loop sleep for a while; returns how often it polled meanwhile. */
    private static long pollsWhileQuiet(EventLoop loop) {
        long before = loop.reactor().poller.polls();
        loop.callLater(QUIET_NANOS, loop::stop);
        loop.run();
        return loop.reactor().poller.polls() - before;
    }

    @ParameterizedTest
    @EnumSource
    void aPeerThatDoesNotRead(StreamKind kind) throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            StreamSocket[] pair = kind.connect(loop);
            Writer writer = new Writer();
            pair[0].descriptor().handle(writer, false, true);
            while (pollsWhileQuiet(loop) > MOST_POLLS) { // the kernel makes more of its buffers in its own time
                assertFalse(Thread.currentThread().isInterrupted(), "the test's time is over");
            }
            int calls = writer.calls;
            long sent = writer.sent;
            long polls = pollsWhileQuiet(loop);
            assertTrue(polls <= MOST_POLLS, () -> polls + " polls without anything to do");
            assertTrue(writer.calls - calls <= MOST_POLLS, () -> writer.calls - calls + " calls without room");
            long received = 0;
            ByteBuffer buffer = ByteBuffer.allocateDirect(PIECE);
            while (writer.sent < sent + (4 << 20)) { // it reads again, so it is told again
                received += Math.max(0, pair[1].descriptor().recvNow(buffer.clear()));
                loop.step(false);
                assertFalse(Thread.currentThread().isInterrupted(), "the test's time is over");
            }
            assertTrue(writer.futile <= MOST_POLLS, () -> writer.futile + " of " + writer.calls + " calls for nothing");
            pair[0].close();
            for (int count = 0; count >= 0; count = pair[1].descriptor().recvNow(buffer.clear())) {
                received += count;
                loop.step(false);
            }
            assertEquals(writer.sent, received);
        }
    }
}
