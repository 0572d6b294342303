package io.stepoll.internal.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.ReadinessHandler;
import io.stepoll.internal.loop.Loop;
import io.stepoll.internal.poll.Poller;
import io.stepoll.net.StreamSocket;
import io.stepoll.support.StreamKind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A handler writes and its peer does not read. The loop calls the handler only when there is room, and never spins. */
@Timeout(60)
class CallbackBackPressureTest {
    private static final int PIECE = 1 << 16;
    /** More bytes than the kernel's buffers of a connection ever take. */
    private static final long BEYOND_ANY_BUFFER = 64 << 20;
    private static final Duration QUIET = Duration.ofMillis(200);
    private static final int MOST_POLLS = 20;

    /** Writes the same piece again and again while there is room. */
    private static final class Writer implements ReadinessHandler {
        private final ByteBuffer piece = ByteBuffer.allocateDirect(PIECE);
        private long sent;
        private int calls;
        private int futile;

        @Override
        public void readable(Descriptor descriptor) {
            throw new AssertionError("called for reading, which the handler did not ask for");
        }

        @Override
        public void writable(Descriptor descriptor) throws IOException {
            calls++;
            int count = descriptor.tryWrite(piece.clear());
            if (count == Descriptor.WOULD_BLOCK) {
                futile++;
            } else {
                sent += count;
            }
            assertTrue(sent < BEYOND_ANY_BUFFER, "nobody reads, and writing goes on");
        }
    }

    /** Runs the loop for a while. Returns how often the loop polled meanwhile. */
    private static long pollsWhileQuiet(EventLoop loop) {
        Poller poller = Loop.of(loop).poller();
        long before = poller.polls();
        loop.callLater(QUIET, loop::stop);
        loop.run();
        return poller.polls() - before;
    }

    @ParameterizedTest
    @EnumSource
    void peerDoesNotRead(StreamKind kind) throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            StreamSocket[] pair = kind.connect(loop);
            Writer writer = new Writer();
            pair[0].descriptor().handle(writer, false, true);
            while (pollsWhileQuiet(loop) > MOST_POLLS) { // the kernel enlarges its buffers in its own time
                assertFalse(Thread.currentThread().isInterrupted(), "the test's time is over");
            }
            int useful = writer.calls - writer.futile;
            long sent = writer.sent;
            long polls = pollsWhileQuiet(loop) - (writer.calls - writer.futile - useful); // there may be room once more
            assertTrue(polls <= MOST_POLLS, () -> polls + " polls without anything to do");
            long received = 0;
            ByteBuffer buffer = ByteBuffer.allocateDirect(PIECE);
            while (writer.sent < sent + (4 << 20)) { // the peer reads again, so the handler is called again
                received += Math.max(0, pair[1].tryRead(buffer.clear()));
                loop.step(false);
                assertFalse(Thread.currentThread().isInterrupted(), "the test's time is over");
            }
            assertTrue(writer.futile <= MOST_POLLS, () -> writer.futile + " of " + writer.calls + " calls for nothing");
            pair[0].close();
            for (int count = 0; count != -1; count = pair[1].tryRead(buffer.clear())) {
                received += Math.max(0, count);
                loop.step(false);
            }
            assertEquals(writer.sent, received);
        }
    }
}
