package io.stepoll.internal.time;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.EventLoop;
import io.stepoll.PeriodicTimer;
import io.stepoll.Task;
import io.stepoll.TaskGroup;
import io.stepoll.Timer;
import io.stepoll.VirtualClock;
import io.stepoll.internal.loop.Loop;
import io.stepoll.net.Addresses;
import io.stepoll.net.Listener;
import io.stepoll.net.StreamSocket;
import io.stepoll.support.RawSockets;
import io.stepoll.support.VirtualTimeFixture;
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
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The clock by which users test their own timeouts. A test waits in real time only where a comment says so. */
@Timeout(60)
class VirtualClockTest extends VirtualTimeFixture {
    /** How one thread of the loop lets another one go on. Between the two, most of them are in the hands of the JDK. */
    enum HandOver {
        JOIN {
            @Override
            void once(EventLoop loop) throws Exception {
                loop.spawn(() -> {}).join();
            }
        },
        GROUP_JOIN {
            @Override
            void once(EventLoop loop) throws Exception {
                try (TaskGroup<Integer> group = loop.openGroup()) {
                    group.spawn(() -> 1);
                    group.spawn(() -> 2);
                    group.join();
                }
            }
        },
        THREAD_JOIN {
            @Override
            void once(EventLoop loop) throws Exception {
                loop.spawn(() -> {}).thread().join();
            }
        },
        JOIN_OF_A_STARTED_THREAD {
            @Override
            void once(EventLoop loop) throws Exception {
                Thread.ofVirtual().start(() -> {}).join();
            }
        },
        WAIT {
            @Override
            void once(EventLoop loop) throws Exception {
                boolean[] notified = new boolean[1];
                synchronized (this) {
                    loop.spawn(() -> {
                        synchronized (this) {
                            notified[0] = true;
                            notifyAll();
                        }
                    });
                    while (!notified[0]) {
                        wait();
                    }
                }
            }
        },
        SYNCHRONIZED {
            @Override
            void once(EventLoop loop) throws Exception {
                loop.spawn(() -> {
                    synchronized (this) {
                        loop.sleep(Duration.ZERO);
                    }
                });
                loop.sleep(Duration.ZERO); // now the task is inside
                synchronized (this) {
                    entered++;
                }
            }
        },
        SYNCHRONIZED_CALLBACK {
            @Override
            void once(EventLoop loop) throws Exception {
                Thread waiter = Thread.currentThread();
                int before;
                synchronized (this) {
                    before = entered;
                    loop.callSoon(() -> {
                        synchronized (this) {
                            entered++;
                        }
                        LockSupport.unpark(waiter);
                    });
                    loop.sleep(Duration.ZERO); // now the callback waits outside
                }
                while (entered == before) {
                    LockSupport.park();
                }
            }
        };

        int entered;

        abstract void once(EventLoop loop) throws Exception;
    }

    /** Reads from a socket. */
    @FunctionalInterface
    private interface Reading {
        int from(StreamSocket socket) throws IOException;
    }

    /** More by hand: the JDK's part of it is a race. */
    private static final int HAND_OVERS = Integer.getInteger("stepoll.handovers", 1000);

    /** What is about to go on is not seen by epoll, and is not queued. All the same the time stands still for it. */
    @ParameterizedTest
    @EnumSource
    void noJumpWhileTheJdkHandsOver(HandOver how) throws Exception {
        PeriodicTimer ticks = loop.callAtFixedRate(HOUR, HOUR, () -> {}); // where a jump would go
        Task<Integer> jumps = loop.spawn(() -> {
            int jumped = 0;
            for (int i = 0; i < HAND_OVERS; i++) {
                long before = clock.nanoTime();
                how.once(loop);
                if (clock.nanoTime() != before) {
                    jumped++;
                }
            }
            ticks.cancel();
            return jumped;
        });
        loop.runUntilDone();
        assertEquals(0, jumps.join(), () -> "jumps in " + HAND_OVERS + " of " + how);
    }

    /** Each jump waits for 20 milliseconds of real time. */
    @Test
    void aDayOverRealSockets() throws Exception {
        VirtualClock quietClock = VirtualClock.create().quiet(Duration.ofMillis(20));
        try (EventLoop quietLoop = EventLoop.builder().clock(quietClock).open();
                Listener listener = Listener.bind(quietLoop, Addresses.parse("tcp:127.0.0.1:0"))) {
            int[] echoes = new int[1];
            Task<Void> server = quietLoop.spawn(() -> {
                try (StreamSocket socket = listener.accept()) {
                    ByteBuffer buffer = ByteBuffer.allocate(64);
                    while (socket.read(buffer.clear(), HOUR.multipliedBy(2)) >= 0) {
                        socket.write(buffer.flip());
                    }
                }
            });
            Task<Void> client = quietLoop.spawn(() -> {
                try (StreamSocket socket = StreamSocket.connect(quietLoop, listener.localAddress())) {
                    for (; echoes[0] < 24; echoes[0]++) {
                        socket.write(ByteBuffer.allocate(8));
                        assertEquals(8, socket.read(ByteBuffer.allocate(64), SECOND));
                        quietLoop.sleep(HOUR);
                    }
                }
            });
            quietLoop.runUntilDone();
            client.join();
            server.join();
            assertEquals(DAY.toNanos(), quietClock.nanoTime(), "the echoes themselves take no time");
        }
    }

    @Test
    void timeoutsComeInTheirOrder() throws Exception {
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
        closeAll(pair);
    }

    private static void closeAll(StreamSocket... sockets) {
        for (StreamSocket socket : sockets) {
            socket.close();
        }
    }

    /** The clock does not jump to a deadline while a descriptor is ready. */
    @Test
    void readinessBeforeAJump() throws Exception {
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
        closeAll(pair);
    }

    /** A submit between the loop's last look at its inbox and the poll keeps the clock from jumping. */
    @Test
    void submitBeforeAJump() throws Exception {
        Loop internal = Loop.of(loop);
        loop.step(false);
        Thread.ofPlatform().start(() -> loop.callSoon(() -> {})).join(); // outside of a step the loop counts as asleep
        assertEquals(0, internal.clock().poll(internal.poller(), HOUR.toNanos(), HOUR.toNanos()));
        assertEquals(0, clock.nanoTime());
        loop.step(false);
        while (clock.nanoTime() == 0) { // first it asks the JDK whether a thread is on its way
            internal.poller().wakeup().sleeping();
            assertEquals(0, internal.clock().poll(internal.poller(), HOUR.toNanos(), HOUR.toNanos()));
        }
        assertEquals(HOUR.toNanos(), clock.nanoTime());
    }

    /** The peer is another thread, of which epoll knows nothing before it sends. It holds the clock until then. */
    @Test
    void heldWhileAnotherThreadWorks() throws Exception {
        try (Listener listener = Listener.bind(loop, Addresses.parse("tcp:127.0.0.1:0"))) {
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
                try (StreamSocket socket = listener.accept(SECOND)) {
                    ByteBuffer buffer = ByteBuffer.allocate(1);
                    int read = socket.read(buffer, SECOND);
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

    /** No deadline comes while a task waits for offloaded work, whether the work succeeds, fails or is refused. */
    @Test
    void heldWhileWorkIsOffloaded() throws Exception {
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

    /** Runs on another thread than the loop's, and lets the loop step meanwhile. */
    private static int turns(EventLoop loop) throws InterruptedException {
        int turns = 0;
        for (; turns < 100; turns++) {
            CountDownLatch turned = new CountDownLatch(1);
            loop.callSoon(turned::countDown);
            turned.await();
        }
        return turns;
    }

    /** Another thread advances a held clock. The loop sees that, whether it sleeps already or is about to sleep. */
    @SuppressWarnings("try") // the test closes the hold itself, and the end of the scope closes it again
    @Test
    void advancedByAnotherThread() throws Exception {
        VirtualClock heldClock = VirtualClock.create();
        int rounds = 2000;
        AtomicInteger slept = new AtomicInteger();
        CompletableFuture<Integer> counted = new CompletableFuture<>();
        Thread thread = Thread.ofPlatform().start(() -> {
            try (EventLoop heldLoop = EventLoop.builder().clock(heldClock).open();
                    VirtualClock.Hold hold = heldClock.hold()) {
                Task<Integer> task = heldLoop.spawn(() -> {
                    while (slept.get() < rounds) {
                        heldLoop.sleep(HOUR);
                        slept.incrementAndGet();
                    }
                    return slept.get();
                });
                heldLoop.runUntilDone();
                counted.complete(task.join());
                hold.close(); // the second close, by the end of the scope, does nothing
            } catch (Throwable e) {
                counted.completeExceptionally(e);
            }
        });
        while (!counted.isDone()) {
            int before = slept.get();
            heldClock.advance(HOUR);
            for (int looks = 0; looks < 10_000 && slept.get() == before && !counted.isDone(); looks++) {
                Thread.onSpinWait(); // if the advance came before the sleep began, the next advance ends the sleep
            }
        }
        assertEquals(rounds, counted.join());
        thread.join();
    }

    /** However often another thread advances the clock, the loop is notified once. The time stops at its end. */
    @Test
    void advancedWithoutEnd() throws Exception {
        loop.step(false);
        Thread.ofPlatform().start(() -> {
            for (int i = 0; i < 1000; i++) {
                clock.advance(Duration.ofNanos(Long.MAX_VALUE / 4));
            }
        }).join();
        assertEquals(EventLoop.NO_DEADLINE - 1, clock.nanoTime());
        List<Runnable> queued = new ArrayList<>();
        Loop.of(loop).scheduler().forEachQueued(queued::add);
        assertEquals(1, queued.size());
        loop.step(false);
        clock.advance(Duration.ZERO);
        assertTrue(Loop.of(loop).reactor().isDone());
    }

    @Test
    void aHeldClockMovesByAdvanceOnly() throws Exception {
        Task<Void> sleeper = loop.spawn(() -> loop.sleep(HOUR));
        VirtualClock.Hold first = clock.hold();
        VirtualClock.Hold second = clock.hold();
        first.close();
        first.close();
        Thread stopper = Thread.ofPlatform().start(loop::stop);
        loop.run(); // would jump if nothing held the clock
        stopper.join();
        assertFalse(sleeper.isDone());
        assertEquals(0, clock.nanoTime());
        clock.advance(HOUR.minusNanos(1));
        loop.step(false);
        assertFalse(sleeper.isDone());
        clock.advance(Duration.ofNanos(1));
        loop.step(false);
        assertTrue(sleeper.isDone());
        second.close();
    }

    /** The bytes of another thread come within the quiet time, long before its end. */
    @Test
    void quietTime() throws Exception {
        VirtualClock quietClock = VirtualClock.create().quiet(Duration.ofSeconds(20));
        try (EventLoop quietLoop = EventLoop.builder().clock(quietClock).open()) {
            readsWithoutAJump(quietLoop, quietClock,
                    socket -> socket.read(ByteBuffer.allocate(8), Duration.ofMillis(1)));
        }
    }

    /** Without a deadline there is nowhere to jump to. */
    @Test
    void withoutADeadlineTheLoopSleeps() throws Exception {
        readsWithoutAJump(loop, clock, socket -> socket.read(ByteBuffer.allocate(8)));
    }

    /** A task reads what another thread sends meanwhile. The clock stands still. */
    private static void readsWithoutAJump(EventLoop loop, VirtualClock clock, Reading reading) throws Exception {
        StreamSocket[] pair = StreamSocket.pair(loop);
        int fd = pair[1].descriptor().fd();
        Task<Integer> reader = loop.spawn(() -> reading.from(pair[0]));
        loop.callSoon(() -> Thread.ofPlatform().start(() -> RawSockets.send(fd, 4)));
        loop.runUntilDone();
        assertEquals(4, reader.join());
        assertEquals(0, clock.nanoTime());
        closeAll(pair);
    }

    @Test
    void anInterruptEndsRunAndMovesNothing() {
        Timer timer = loop.callLater(HOUR, () -> {});
        Thread.currentThread().interrupt();
        loop.run();
        assertTrue(Thread.interrupted());
        assertEquals(0, clock.nanoTime());
        assertTrue(timer.cancel());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aClockIsForOneLoop(boolean closedBefore) {
        if (closedBefore) {
            loop.close();
        }
        assertThrows(IllegalStateException.class, () -> EventLoop.builder().clock(clock).open());
        assertThrows(IllegalStateException.class, () -> clock.quiet(SECOND));
    }

    @Test
    void badArguments() {
        VirtualClock ofNoLoop = VirtualClock.create();
        assertThrows(IllegalArgumentException.class, () -> ofNoLoop.advance(Duration.ofNanos(-1)));
        assertThrows(NullPointerException.class, () -> ofNoLoop.advance(null));
        assertThrows(IllegalArgumentException.class, () -> ofNoLoop.quiet(Duration.ofNanos(-1)));
        assertThrows(NullPointerException.class, () -> ofNoLoop.quiet(null));
        assertThrows(NullPointerException.class, () -> EventLoop.builder().clock(null));
        ofNoLoop.advance(Duration.ofNanos(5));
        assertEquals(5, ofNoLoop.nanoTime());
    }

    /** A task that joins another one has no deadline of its own. The deadline of the other one moves the time. */
    @Test
    void aJoinIsNoDeadline() throws Exception {
        Task<Long> sleeper = loop.spawn(() -> {
            loop.sleep(HOUR);
            return clock.nanoTime();
        });
        Task<Long> joiner = loop.spawn(sleeper::join);
        loop.runUntilDone();
        assertEquals(HOUR.toNanos(), joiner.join());
    }
}
