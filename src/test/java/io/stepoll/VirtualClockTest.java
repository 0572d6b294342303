package io.stepoll;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.net.Addresses;
import io.stepoll.net.Listener;
import io.stepoll.net.StreamSocket;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Time that jumps: what users test their own timeouts with. Nothing here waits for a time but where it says so. */
@Timeout(60)
class VirtualClockTest {
    private static final Duration HOUR = Duration.ofHours(1);

    /** A year of real time would be too long for any limit. */
    @Test
    void anHourOverRealSockets() throws Exception {
        VirtualClock clock = new VirtualClock(Duration.ofMillis(20));
        try (EventLoop loop = EventLoop.builder().clock(clock).open();
                Listener listener = Listener.bind(loop, Addresses.parse("tcp:127.0.0.1:0"))) {
            int[] echoes = new int[1];
            Task<Void> server = loop.spawn(() -> {
                try (StreamSocket socket = listener.accept()) {
                    ByteBuffer buffer = ByteBuffer.allocate(64);
                    while (socket.read(buffer.clear(), HOUR.multipliedBy(2)) >= 0) {
                        socket.write(buffer.flip());
                    }
                }
            });
            Task<Void> client = loop.spawn(() -> {
                try (StreamSocket socket = StreamSocket.connect(loop, listener.localAddress())) {
                    for (; echoes[0] < 24; echoes[0]++) {
                        socket.write(ByteBuffer.allocate(8));
                        assertEquals(8, socket.read(ByteBuffer.allocate(64), Duration.ofSeconds(1)));
                        loop.sleep(HOUR);
                    }
                }
            });
            loop.runUntilDone();
            client.join();
            server.join();
            assertEquals(24 * HOUR.toNanos(), clock.nanoTime(), "the echoes themselves take no time");
        }
    }

    @Test
    void timeoutsComeInTheirOrder() throws Exception {
        VirtualClock clock = new VirtualClock();
        try (EventLoop loop = EventLoop.builder().clock(clock).open()) {
            StreamSocket[] pair = StreamSocket.pair(loop);
            List<String> log = new ArrayList<>();
            loop.spawn(() -> {
                assertThrows(SocketTimeoutException.class, () -> pair[0].read(ByteBuffer.allocate(8), HOUR));
                log.add("timeout at " + Duration.ofNanos(clock.nanoTime()));
            });
            loop.spawn(() -> {
                loop.sleep(HOUR.minusNanos(1));
                log.add("slept until " + Duration.ofNanos(clock.nanoTime()));
            });
            loop.runUntilDone();
            assertEquals(List.of("slept until PT59M59.999999999S", "timeout at PT1H"), log);
            pair[0].close();
            pair[1].close();
        }
    }

    /** Ready and due at the same time: what is ready is not passed over by a jump. */
    @Test
    void readinessBeforeAJump() throws Exception {
        VirtualClock clock = new VirtualClock();
        try (EventLoop loop = EventLoop.builder().clock(clock).open()) {
            StreamSocket[] pair = StreamSocket.pair(loop);
            for (int i = 0; i < 100; i++) {
                long before = clock.nanoTime();
                Task<Integer> reader = loop.spawn(() -> pair[0].read(ByteBuffer.allocate(8), HOUR));
                Task<Integer> writer = loop.spawn(() -> pair[1].write(ByteBuffer.allocate(3)));
                loop.runUntilDone();
                assertEquals(3, reader.join());
                assertEquals(3, writer.join());
                assertEquals(before, clock.nanoTime());
            }
            pair[0].close();
            pair[1].close();
        }
    }

    /** What another thread hands over between its last look at the inbox and the poll keeps time from jumping. */
    @Test
    void submitBeforeAJump() throws Exception {
        VirtualClock clock = new VirtualClock();
        try (EventLoop loop = EventLoop.builder().clock(clock).open()) {
            loop.step(false);
            Thread.ofPlatform().start(() -> loop.callSoon(() -> {})).join(); // outside of a step it counts as asleep
            assertEquals(0, clock.poll(loop.reactor().poller, HOUR.toNanos()));
            assertEquals(0, clock.nanoTime());
            loop.step(false);
            assertEquals(0, clock.poll(loop.reactor().poller, HOUR.toNanos()));
            assertEquals(HOUR.toNanos(), clock.nanoTime());
        }
    }

    /** A peer that is a thread of its own is no concern of epoll's until it has sent: the clock is held meanwhile. */
    @Test
    void heldWhileAnotherThreadWorks() throws Exception {
        VirtualClock clock = new VirtualClock();
        try (EventLoop loop = EventLoop.builder().clock(clock).open();
                Listener listener = Listener.bind(loop, Addresses.parse("tcp:127.0.0.1:0"))) {
            int port = ((InetSocketAddress) listener.localAddress()).getPort();
            VirtualClock.Hold hold = clock.hold();
            Thread peer = Thread.ofPlatform().start(() -> {
                try (hold; Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                    socket.getOutputStream().write(7);
                    assertEquals(8, socket.getInputStream().read());
                } catch (Exception e) {
                    throw new AssertionError(e);
                }
            });
            Task<Integer> server = loop.spawn(() -> {
                try (StreamSocket socket = listener.accept(Duration.ofSeconds(1))) {
                    ByteBuffer buffer = ByteBuffer.allocate(1);
                    int read = socket.read(buffer, Duration.ofSeconds(1));
                    socket.write(ByteBuffer.wrap(new byte[] {8}));
                    return read;
                }
            });
            Task<Void> sleeper = loop.spawn(() -> loop.sleep(HOUR));
            loop.runUntilDone();
            peer.join();
            assertEquals(1, server.join());
            assertTrue(sleeper.isDone());
            assertEquals(HOUR.toNanos(), clock.nanoTime());
        }
    }

    /** As long as the work takes, a deadline over it does not come; whether it succeeds, fails, or is refused. */
    @Test
    void heldWhileWorkIsOffloaded() throws Exception {
        VirtualClock clock = new VirtualClock();
        try (EventLoop loop = EventLoop.builder().clock(clock).open()) {
            Task<Integer> offloads = loop.spawn(() -> loop.within(HOUR, () -> loop.offload(() -> turns(loop))));
            Task<Void> fails = loop.spawn(() -> {
                assertThrows(ExecutionException.class, () -> loop.offload(() -> {
                    turns(loop);
                    throw new IOException("of the work");
                }));
                Executor full = work -> {
                    throw new RejectedExecutionException("full");
                };
                assertThrows(RejectedExecutionException.class, () -> loop.offload(full, () -> 1));
            });
            Task<Long> after = loop.spawn(() -> {
                offloads.join();
                fails.join();
                return clock.nanoTime();
            });
            Task<Void> sleeper = loop.spawn(() -> loop.sleep(HOUR));
            loop.runUntilDone();
            assertEquals(100, offloads.join());
            assertEquals(0, after.join());
            assertTrue(sleeper.isDone());
            assertEquals(HOUR.toNanos(), clock.nanoTime());
        }
    }

    /** Off the loop, which turns meanwhile. */
    private static int turns(EventLoop loop) throws InterruptedException {
        int turns = 0;
        for (; turns < 100; turns++) {
            CountDownLatch turned = new CountDownLatch(1);
            loop.callSoon(turned::countDown);
            turned.await();
        }
        return turns;
    }

    /** Held for good it is moved by hand; a loop that sleeps sees it, whichever way round the two come. */
    @SuppressWarnings("try") // closed by hand, and again
    @Test
    void advancedByAnotherThread() throws Exception {
        VirtualClock clock = new VirtualClock();
        int rounds = 2000;
        AtomicInteger slept = new AtomicInteger();
        CompletableFuture<Integer> counted = new CompletableFuture<>();
        Thread thread = Thread.ofPlatform().start(() -> {
            try (EventLoop loop = EventLoop.builder().clock(clock).open(); VirtualClock.Hold hold = clock.hold()) {
                Task<Integer> task = loop.spawn(() -> {
                    while (slept.get() < rounds) {
                        loop.sleep(HOUR);
                        slept.incrementAndGet();
                    }
                    return slept.get();
                });
                loop.runUntilDone();
                counted.complete(task.join());
                hold.close(); // a second time, by the end of the scope, does nothing
            } catch (Throwable e) {
                counted.completeExceptionally(e);
            }
        });
        while (!counted.isDone()) {
            int before = slept.get();
            clock.advance(HOUR);
            for (int looks = 0; looks < 10_000 && slept.get() == before && !counted.isDone(); looks++) {
                Thread.onSpinWait(); // an advance may have come before the sleep that it was for: then there is another
            }
        }
        assertEquals(rounds, counted.join());
        thread.join();
    }

    /** However often it is moved, the loop is told once, and time has an end. */
    @Test
    void advancedWithoutEnd() throws Exception {
        VirtualClock clock = new VirtualClock();
        try (EventLoop loop = EventLoop.builder().clock(clock).open()) {
            loop.step(false);
            Thread.ofPlatform().start(() -> {
                for (int i = 0; i < 1000; i++) {
                    clock.advance(Long.MAX_VALUE / 4);
                }
            }).join();
            assertEquals(EventLoop.NO_DEADLINE - 1, clock.nanoTime());
            List<Runnable> queued = new ArrayList<>();
            loop.reactor().scheduler.forEachQueued(queued::add);
            assertEquals(1, queued.size());
            loop.step(false);
            clock.advance(0);
            assertTrue(loop.reactor().isDone());
        }
    }

    @Test
    void heldItDoesNotMove() throws Exception {
        VirtualClock clock = new VirtualClock();
        try (EventLoop loop = EventLoop.builder().clock(clock).open()) {
            Task<Void> sleeper = loop.spawn(() -> loop.sleep(HOUR));
            VirtualClock.Hold first = clock.hold();
            VirtualClock.Hold second = clock.hold();
            first.close();
            first.close();
            Thread stopper = Thread.ofPlatform().start(loop::stop);
            loop.run(); // would jump if nothing held it
            stopper.join();
            assertFalse(sleeper.isDone());
            assertEquals(0, clock.nanoTime());
            clock.advance(HOUR.minusNanos(1));
            loop.step(false);
            assertFalse(sleeper.isDone());
            clock.advance(1);
            loop.step(false);
            assertTrue(sleeper.isDone());
            second.close();
        }
    }

    /** Bytes of another thread come within the quiet time, which each jump waits out. */
    @Test
    void quietTime() throws Exception {
        VirtualClock clock = new VirtualClock(Duration.ofSeconds(20)); // never waited out: the peer sends long before
        try (EventLoop loop = EventLoop.builder().clock(clock).open()) {
            StreamSocket[] pair = StreamSocket.pair(loop);
            int fd = pair[1].descriptor().fd();
            Task<Integer> reader = loop.spawn(() -> pair[0].read(ByteBuffer.allocate(8), Duration.ofMillis(1)));
            loop.callSoon(() -> Thread.ofPlatform().start(() -> RawSockets.send(fd, 4)));
            loop.runUntilDone();
            assertEquals(4, reader.join());
            assertEquals(0, clock.nanoTime());
            pair[0].close();
            pair[1].close();
        }
    }

    /** Without a deadline there is nowhere to jump to. */
    @Test
    void sleepForEverIsOne() throws Exception {
        VirtualClock clock = new VirtualClock();
        try (EventLoop loop = EventLoop.builder().clock(clock).open()) {
            StreamSocket[] pair = StreamSocket.pair(loop);
            int fd = pair[1].descriptor().fd();
            Task<Integer> reader = loop.spawn(() -> pair[0].read(ByteBuffer.allocate(8)));
            loop.callSoon(() -> Thread.ofPlatform().start(() -> RawSockets.send(fd, 4)));
            loop.runUntilDone();
            assertEquals(4, reader.join());
            assertEquals(0, clock.nanoTime());
            pair[0].close();
            pair[1].close();
        }
    }

    @Test
    void interruptEndsRunAndMovesNothing() throws Exception {
        VirtualClock clock = new VirtualClock();
        try (EventLoop loop = EventLoop.builder().clock(clock).open()) {
            loop.callLater(HOUR.toNanos(), () -> {});
            Thread.currentThread().interrupt();
            loop.run();
            assertTrue(Thread.interrupted());
            assertEquals(0, clock.nanoTime());
        }
    }

    @SuppressWarnings("try") // closed by hand, and again
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void oneLoopOnly(boolean closedBefore) throws Exception {
        VirtualClock clock = new VirtualClock();
        try (EventLoop loop = EventLoop.builder().clock(clock).open()) {
            if (closedBefore) {
                loop.close();
            }
            assertThrows(IllegalStateException.class, () -> EventLoop.builder().clock(clock).open());
        }
    }

    @Test
    void badArguments() {
        VirtualClock clock = new VirtualClock();
        assertThrows(IllegalArgumentException.class, () -> clock.advance(-1));
        assertThrows(IllegalArgumentException.class, () -> new VirtualClock(Duration.ofNanos(-1)));
        assertThrows(NullPointerException.class, () -> EventLoop.builder().clock((VirtualClock) null));
        clock.advance(5); // of no loop yet
        assertEquals(5, clock.nanoTime());
    }

    /** A task that joins another one, or waits for a lock, has no deadline of its own; theirs move the time. */
    @Test
    void joinIsNoDeadline() throws Exception {
        VirtualClock clock = new VirtualClock();
        try (EventLoop loop = EventLoop.builder().clock(clock).open()) {
            Task<Long> sleeper = loop.spawn(() -> {
                loop.sleep(HOUR);
                return clock.nanoTime();
            });
            Task<Long> joiner = loop.spawn(sleeper::join);
            loop.runUntilDone();
            assertEquals(HOUR.toNanos(), joiner.join());
        } catch (ExecutionException e) {
            throw new AssertionError(e);
        }
    }
}
