package io.stepoll.internal.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.HangUp;
import io.stepoll.ReadinessHandler;
import io.stepoll.Task;
import io.stepoll.VirtualClock;
import io.stepoll.internal.loop.Loop;
import io.stepoll.internal.loop.LoopBuilder;
import io.stepoll.internal.sys.Sockets;
import io.stepoll.net.DatagramEndpoint;
import io.stepoll.net.StreamSocket;
import io.stepoll.support.Libc;
import io.stepoll.support.LingeringSocket;
import io.stepoll.support.RawSockets;
import io.stepoll.support.ScriptedClock;
import io.stepoll.support.StreamKind;
import io.stepoll.support.TaskResults;
import io.stepoll.support.Way;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A task, or a handler, is told that the peer hangs up without asking for reading or writing. The clock refuses to
 * sleep for ever, so a test sees whether the loop would sleep or spin.
 */
@Timeout(60)
class HangUpTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final List<Object> log = new ArrayList<>();
    private final EventLoop loop = new LoopBuilder().clock(new ScriptedClock()).open();

    HangUpTest() throws IOException {}

    @AfterEach
    void close() {
        loop.close();
    }

    static Stream<Arguments> connections() {
        return Stream.of(StreamKind.values()).flatMap(kind -> Stream.of(Way.values()).map(way ->
                Arguments.of(kind, way)));
    }

    /** Two ends that are connected: one on the loop, in this way, and the number of the other, which is not. */
    private record Ends(Descriptor here, int there) implements AutoCloseable {
        @Override
        public void close() {
            if (RawSockets.isOpen(there)) {
                RawSockets.close(there);
            }
        }
    }

    private Ends ends(StreamKind kind, Way way) throws Exception {
        int here;
        int there;
        try (EventLoop maker = EventLoop.open()) {
            StreamSocket[] pair = kind.connect(maker);
            here = pair[0].descriptor().disown();
            there = pair[1].descriptor().disown();
        }
        return new Ends(way.take(loop, here), there);
    }

    private static void halfClose(int fd) {
        RawSockets.check(Sockets.shutdown(fd, Sockets.SHUT_WR));
    }

    /** Both directions end: by a reset over TCP, where an orderly close looks like the end of the output. */
    private static void hangUp(StreamKind kind, int fd) {
        if (kind != StreamKind.UNIX) {
            LingeringSocket.linger(fd, 0);
        }
        RawSockets.close(fd);
    }

    private void assertSleeps() {
        assertThrows(ScriptedClock.Forever.class, () -> {
            for (int i = 0; i < 20; i++) {
                loop.step(true);
            }
        }, "nothing happens, so the loop would sleep");
    }

    @ParameterizedTest
    @MethodSource("connections")
    void aTaskIsToldOfEach(StreamKind kind, Way way) throws Exception {
        try (Ends ends = ends(kind, way)) {
            loop.spawn(() -> {
                log.add(ends.here.awaitHangUp(HangUp.HALF));
                log.add(ends.here.awaitHangUp(HangUp.HALF));
                log.add(ends.here.awaitHangUp(HangUp.FULL));
                log.add(ends.here.awaitHangUp(HangUp.FULL));
                log.add(ends.here.awaitHangUp(HangUp.HALF));
            });
            RawSockets.check(RawSockets.send(ends.there, 3));
            assertSleeps();
            assertEquals(List.of(), log, "bytes are no hang-up");
            halfClose(ends.there);
            assertSleeps();
            assertEquals(List.of(HangUp.HALF, HangUp.HALF), log);
            hangUp(kind, ends.there);
            loop.runUntilDone();
            assertEquals(List.of(HangUp.HALF, HangUp.HALF, HangUp.FULL, HangUp.FULL, HangUp.FULL), log);
        }
    }

    /** What the peer has sent before it has hung up is still there. Over TCP a reset would drop it. */
    @ParameterizedTest
    @EnumSource
    void nothingIsRead(Way way) throws Exception {
        try (Ends ends = ends(StreamKind.UNIX, way)) {
            RawSockets.check(RawSockets.send(ends.there, 3));
            RawSockets.close(ends.there);
            Task<Void> task = loop.spawn(() -> {
                assertSame(HangUp.FULL, ends.here.awaitHangUp(HangUp.FULL));
                assertEquals(3, ends.here.read(ByteBuffer.allocate(8)));
                assertEquals(-1, ends.here.read(ByteBuffer.allocate(8)));
            });
            loop.runUntilDone();
            task.join();
        }
    }

    /** A neighbour watches the client of a task that reads and writes; bytes that come and go do not matter. */
    @ParameterizedTest
    @MethodSource("connections")
    void othersReadAndWriteMeanwhile(StreamKind kind, Way way) throws Exception {
        try (Ends ends = ends(kind, way)) {
            Task<HangUp> watch = loop.spawn(() -> ends.here.awaitHangUp(HangUp.HALF));
            Task<HangUp> watchOfAll = loop.spawn(() -> ends.here.awaitHangUp(HangUp.FULL));
            Task<Integer> reader = loop.spawn(() -> {
                int sum = 0;
                for (int count = 0; count >= 0; count = ends.here.read(ByteBuffer.allocate(2))) {
                    sum += count;
                }
                return sum;
            });
            for (int i = 0; i < 3; i++) {
                RawSockets.check(RawSockets.send(ends.there, 3));
                assertSleeps();
            }
            assertFalse(watch.isDone());
            halfClose(ends.there);
            assertSleeps();
            assertEquals(9, reader.join());
            assertSame(HangUp.HALF, watch.join());
            Task<Integer> writer = loop.spawn(() -> ends.here.write(ByteBuffer.allocate(5)));
            assertSleeps();
            assertEquals(5, writer.join());
            assertFalse(watchOfAll.isDone());
            hangUp(kind, ends.there);
            loop.runUntilDone();
            assertSame(HangUp.FULL, watchOfAll.join());
        }
    }

    @ParameterizedTest
    @EnumSource
    void timeoutCancelAndClose(Way way) throws Exception {
        try (Ends ends = ends(StreamKind.TCP, way)) {
            Task<HangUp> late = loop.spawn(() -> ends.here.awaitHangUp(HangUp.HALF, SECOND));
            Task<HangUp> cancelled = loop.spawn(() -> {
                try {
                    return ends.here.awaitHangUp(HangUp.FULL);
                } catch (InterruptedIOException e) {
                    assertTrue(e.getMessage().contains("awaitHangUp on tcp:127.0.0.1"), e.getMessage());
                    throw e;
                }
            });
            loop.spawn(cancelled::cancel);
            Task<HangUp> closed = loop.spawn(() -> ends.here.awaitHangUp(HangUp.HALF));
            Task<HangUp> after = loop.spawn(() -> {
                assertThrows(CancellationException.class, cancelled::join);
                assertInstanceOf(SocketTimeoutException.class,
                        assertThrows(ExecutionException.class, late::join).getCause());
                loop.callSoon(ends.here::close);
                return ends.here.awaitHangUp(HangUp.HALF);
            });
            loop.runUntilDone();
            for (Task<HangUp> task : List.of(closed, after)) {
                assertInstanceOf(AsynchronousCloseException.class,
                        assertThrows(ExecutionException.class, task::join).getCause());
            }
        }
    }

    @Test
    void misuse() throws Exception {
        DatagramEndpoint[] pair = DatagramEndpoint.pair(loop);
        StreamSocket[] sockets = StreamSocket.pair(loop);
        assertThrows(IllegalStateException.class, () -> sockets[0].awaitHangUp(HangUp.HALF), "in a callback");
        assertThrows(NullPointerException.class, () -> sockets[0].awaitHangUp(null));
        TaskResults.of(loop, loop.spawn(() -> {
            assertThrows(UnsupportedOperationException.class, () -> pair[0].descriptor().awaitHangUp(HangUp.HALF));
            sockets[0].descriptor().handle(descriptor -> {}, false, false);
            assertThrows(IllegalStateException.class, () -> sockets[0].awaitHangUp(HangUp.HALF), "it has a handler");
            Task<HangUp> watch = loop.spawn(() -> sockets[1].awaitHangUp(HangUp.HALF));
            loop.sleep(Duration.ZERO);
            assertThrows(IllegalStateException.class,
                    () -> sockets[1].descriptor().handle(descriptor -> {}, true, true), "a task waits");
            sockets[1].close();
            assertThrows(ExecutionException.class, watch::join);
            return null;
        }));
    }

    /** The ends of a pipe: the writer learns of it by an error, the reader by a hang-up. */
    @ParameterizedTest
    @EnumSource
    void pipes(Way way) throws Exception {
        for (int end = 0; end < 2; end++) {
            int[] pipe = Libc.pipe();
            Descriptor here = way.take(loop, pipe[end]);
            Task<HangUp> task = loop.spawn(() -> here.awaitHangUp(HangUp.FULL));
            assertSleeps();
            Libc.close(pipe[1 - end]);
            loop.runUntilDone();
            assertSame(HangUp.FULL, task.join());
            here.close();
        }
    }

    /** Logs whatever it is called for. */
    private final class Logger implements ReadinessHandler {
        @Override
        public void readable(Descriptor descriptor) throws IOException {
            log.add("read " + descriptor.tryRead(ByteBuffer.allocate(8)));
        }

        @Override
        public void writable(Descriptor descriptor) {
            log.add("writable");
        }

        @Override
        public void hungUp(Descriptor descriptor) {
            log.add("hung up");
        }

        @Override
        public void peerEnded(Descriptor descriptor, HangUp hangUp) {
            log.add(hangUp);
        }
    }

    @ParameterizedTest
    @MethodSource("connections")
    void aHandlerThatAsksForNothingIsToldOfEachOnce(StreamKind kind, Way way) throws Exception {
        try (Ends ends = ends(kind, way)) {
            ReadinessHandler handler = new Logger();
            ends.here.handle(handler, false, false);
            assertTrue(loop.step(false).done(), "such a handler does not keep the loop");
            RawSockets.check(RawSockets.send(ends.there, 3));
            assertSleeps();
            assertEquals(List.of(), log);
            halfClose(ends.there);
            assertSleeps();
            ends.here.handle(handler, false, false);
            assertSleeps();
            assertEquals(List.of(HangUp.HALF), log);
            assertTrue(loop.step(false).done());
            hangUp(kind, ends.there);
            assertSleeps();
            ends.here.handle(handler, false, false);
            assertSleeps();
            assertEquals(List.of(HangUp.HALF, HangUp.FULL), log);
            assertTrue(ends.here.isOpen(), "by default nothing is closed: bytes may be unread");
        }
    }

    /** The peer hangs up while the handler reads, or while there is none: it is told when it asks for nothing. */
    @ParameterizedTest
    @MethodSource("connections")
    void aHandlerIsToldOfWhatHasHappenedBefore(StreamKind kind, Way way) throws Exception {
        try (Ends ends = ends(kind, way)) {
            ReadinessHandler handler = new Logger();
            RawSockets.check(RawSockets.send(ends.there, 2));
            halfClose(ends.there);
            ends.here.handle(handler, true, false);
            loop.step(false);
            assertEquals(List.of("read 2"), log);
            ends.here.handle(handler, false, false);
            assertSleeps();
            assertEquals(List.of("read 2", HangUp.HALF), log);
            ends.here.handle(null, false, false);
            hangUp(kind, ends.there);
            assertSleeps();
            ends.here.handle(new Logger(), false, false);
            assertSleeps();
            assertEquals(List.of("read 2", HangUp.HALF, HangUp.FULL), log);
        }
    }

    /** A handler that only writes is told of the end of the peer's output. */
    @ParameterizedTest
    @MethodSource("connections")
    void aHandlerThatWrites(StreamKind kind, Way way) throws Exception {
        try (Ends ends = ends(kind, way)) {
            ByteBuffer much = ByteBuffer.allocate(StreamKind.MUCH);
            ends.here.tryWrite(much); // until there is no room
            ends.here.handle(new Logger(), false, true);
            for (int i = 0; i < 5; i++) {
                loop.step(false);
            }
            log.clear(); // TCP may have had a little room
            halfClose(ends.there);
            loop.step(false);
            loop.step(false);
            assertTrue(log.contains(HangUp.HALF), log::toString);
            assertFalse(log.contains(HangUp.FULL), log::toString);
            log.clear();
            hangUp(kind, ends.there);
            loop.step(false);
            assertTrue(log.contains("writable") || log.contains("hung up"), log::toString);
            assertFalse(log.contains(HangUp.FULL), log::toString);
            ends.here.close();
        }
    }

    /** The handler of one thing closes the descriptor: it is called for nothing else. */
    @Test
    void closedByItsHandler() throws Exception {
        try (Ends ends = ends(StreamKind.TCP, Way.OWN)) {
            ends.here.handle(new ReadinessHandler() {
                @Override
                public void readable(Descriptor descriptor) {
                    log.add("readable");
                }

                @Override
                public void peerEnded(Descriptor descriptor, HangUp hangUp) {
                    log.add(hangUp);
                    descriptor.close();
                }
            }, false, false);
            halfClose(ends.there);
            loop.step(false);
            assertEquals(List.of(HangUp.HALF), log);
            assertFalse(ends.here.isOpen());
            assertTrue(loop.step(false).done());
        }
    }

    /** No wake-up that nobody asked for: a told handler costs the loop nothing, whatever the peer does. */
    @Test
    void sleepsAreNotEndedAgain() throws Exception {
        try (EventLoop real = EventLoop.builder().clock(VirtualClock.create()).open()) {
            StreamSocket[] pair = StreamKind.TCP.connect(real);
            pair[0].setOption(StandardSocketOptions.TCP_NODELAY, true);
            pair[1].descriptor().handle(new Logger(), false, false);
            pair[0].shutdownOutput();
            Task<Void> steps = real.spawn(() -> {
                for (int i = 0; i < 10; i++) {
                    pair[1].descriptor().send(ByteBuffer.allocate(1), Descriptor.MSG_DONTWAIT);
                    real.sleep(SECOND);
                }
            });
            real.runUntilDone();
            steps.join();
            assertEquals(List.of(HangUp.HALF), log);
            assertTrue(Loop.of(real).reactor().steps() < 100, () -> "steps: " + Loop.of(real).reactor().steps());
        }
    }
}
