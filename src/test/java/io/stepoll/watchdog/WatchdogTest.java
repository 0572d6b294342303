package io.stepoll.watchdog;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.EventLoop;
import io.stepoll.IdleStrategy;
import io.stepoll.Task;
import io.stepoll.TaskBody;
import io.stepoll.internal.loop.Loop;
import io.stepoll.internal.loop.LoopBuilder;
import io.stepoll.internal.poll.Poller;
import io.stepoll.internal.time.LoopClock;
import io.stepoll.net.LoopSocketFactory;
import io.stepoll.support.HeldLock;
import io.stepoll.support.LogCapture;
import io.stepoll.support.Looks;
import io.stepoll.support.RunningLoop;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The second look of a watchdog finds what holds a loop. An idle loop is never reported. The time is virtual. */
@Timeout(120)
class WatchdogTest {
    private static final Duration THRESHOLD = HandWatchdog.THRESHOLD;
    private static final Duration HOUR = Duration.ofHours(1);

    private static String text(Stall stall) {
        return stall.toString().replaceAll("[#@][0-9a-f]+", "");
    }

    /** Waits until a thread has come to a frame. The thread itself cannot signal from there. */
    private static void awaitFrame(Thread thread, String frame) throws Exception {
        Looks.until(() -> Stream.of(thread.getStackTrace()).anyMatch(one -> one.toString().contains(frame)));
    }

    private static void assertNames(String part, Stall stall) {
        assertTrue(text(stall).contains(part), stall::toString);
        assertTrue(stall.culprit().contains("WatchdogTest"), stall::culprit);
    }

    /** A callback that waits holds nothing: the loop goes on, and the watchdog has nothing to report. */
    @Test
    void callbackThatWaitsHoldsNothing() throws Exception {
        ReentrantLock lock = new ReentrantLock();
        CountDownLatch held = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        HandWatchdog dog = new HandWatchdog();
        try (RunningLoop running = new RunningLoop()) {
            dog.watchdog.watch(running.loop());
            Task<Void> holder = running.loop().spawn(() -> {
                lock.lock();
                try {
                    held.countDown();
                    release.await();
                } finally {
                    lock.unlock();
                }
            });
            held.await();
            CompletableFuture<Thread> begun = new CompletableFuture<>();
            CountDownLatch ended = new CountDownLatch(1);
            running.loop().callSoon(() -> {
                begun.complete(Thread.currentThread());
                lock.lock();
                lock.unlock();
                ended.countDown();
            });
            awaitFrame(begun.join(), "LockSupport.park");
            for (int look = 0; look < 4; look++) {
                dog.look();
                running.call(() -> "the loop goes on");
            }
            assertNull(dog.stalls.poll());
            release.countDown();
            ended.await();
            holder.join();
        }
    }

    @Test
    void callbackThatComputes() throws Exception {
        HandWatchdog dog = new HandWatchdog();
        CompletableFuture<Thread> begun = new CompletableFuture<>();
        AtomicBoolean ended = new AtomicBoolean();
        try (RunningLoop running = new RunningLoop()) {
            dog.watchdog.watch(running.loop());
            running.loop().callSoon(() -> {
                begun.complete(Thread.currentThread());
                try {
                    compute();
                } catch (InterruptedException e) {
                    ended.set(true);
                }
            });
            Stall stall;
            try {
                awaitFrame(begun.join(), "WatchdogTest.compute");
                stall = dog.lookTwice();
            } finally {
                begun.join().interrupt(); // before an assertion can fail: a held loop cannot be closed
            }
            assertTrue(text(stall).contains("WatchdogTest.compute"), stall::toString);
            assertTrue(stall.culprit().contains("WatchdogTest"), stall::culprit);
            assertEquals("running loop", stall.thread().getName());
            assertFalse(stall.pinned());
            assertNull(stall.task());
            assertTrue(stall.held().compareTo(THRESHOLD) >= 0, () -> "held " + stall.held());
            assertTrue(dog.lookUntilEnded().compareTo(THRESHOLD.multipliedBy(2)) >= 0);
            assertTrue(ended.get());
        }
    }

    /** A callback that waits in a class initializer cannot be unmounted. The watchdog interrupts it. */
    @Test
    void pinnedCallback() throws Exception {
        HandWatchdog dog = new HandWatchdog();
        try (RunningLoop running = new RunningLoop()) {
            initializing = new CountDownLatch(1);
            dog.watchdog.watch(running.loop());
            CompletableFuture<Thread> begun = new CompletableFuture<>();
            CompletableFuture<Throwable> ended = new CompletableFuture<>();
            running.loop().callSoon(() -> {
                begun.complete(Thread.currentThread());
                ended.complete(assertThrows(ExceptionInInitializerError.class, CallbackAwaitsAtFirst::touch));
            });
            initializing.await();
            awaitFrame(begun.join(), "parkOnCarrierThread");
            Stall stall = dog.lookTwice();
            assertTrue(stall.pinned(), stall::toString);
            assertNull(stall.task());
            assertTrue(text(stall).contains("CallbackAwaitsAtFirst"), stall::toString);
            assertTrue(ended.join().getCause() instanceof IllegalArgumentException);
            dog.lookUntilEnded();
        }
    }

    /** An interrupt would not end this wait. It would be there for what the callback does afterwards. */
    @Test
    void pinnedCallbackThatWaitsForAMonitor() throws Exception {
        HandWatchdog dog = new HandWatchdog();
        try (RunningLoop running = new RunningLoop(); HeldLock lock = new HeldLock()) {
            initializingAwaits = lock;
            dog.watchdog.watch(running.loop());
            CompletableFuture<Thread> begun = new CompletableFuture<>();
            CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
            running.loop().callSoon(() -> {
                begun.complete(Thread.currentThread());
                CallbackBlocksAtFirst.touch();
                interrupted.complete(Thread.currentThread().isInterrupted());
            });
            Looks.until(() -> begun.join().getState() == Thread.State.BLOCKED);
            try {
                assertTrue(dog.lookTwice().pinned());
                dog.look();
            } finally {
                lock.release(); // before an assertion can fail: a held loop cannot be closed
            }
            assertFalse(interrupted.join());
            dog.lookUntilEnded();
        }
    }

    private static void compute() throws InterruptedException {
        while (!Thread.interrupted()) {
            Thread.onSpinWait();
        }
        throw new InterruptedException();
    }

    @Test
    void taskThatComputes() throws Exception {
        HandWatchdog dog = new HandWatchdog();
        try (RunningLoop running = new RunningLoop()) {
            dog.watchdog.watch(running.loop());
            CountDownLatch begun = new CountDownLatch(1);
            running.loop().spawn("parked", () -> new CountDownLatch(1).await());
            Task<Void> task = running.loop().spawn("computing", () -> {
                begun.countDown();
                compute();
            });
            try {
                begun.await();
                awaitFrame(task.thread(), "WatchdogTest.compute");
                Stall stall = dog.lookTwice();
                assertEquals(task.thread(), stall.task(), stall::toString);
                assertFalse(stall.pinned());
                assertTrue(stall.culprit().contains("computing"), stall::culprit);
                assertTrue(text(stall).contains("WatchdogTest.compute"), stall::toString);
            } finally {
                task.cancel();
            }
            dog.lookUntilEnded();
        }
    }

    private static EventLoop pinning;
    private static CountDownLatch initializing;
    private static HeldLock initializingAwaits;

    private static void sleepOnTheLoop() {
        initializing.countDown();
        try {
            pinning.sleep(HOUR);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** The initializer of this class waits for a time of the loop. */
    private static final class SleepsAtFirst {
        static {
            sleepOnTheLoop();
        }

        static void touch() {}
    }

    /** Waits in a class of the JDK, until an interrupt. */
    private static void awaitInterrupt() {
        initializing.countDown();
        try {
            new CountDownLatch(1).await();
        } catch (InterruptedException e) {
            throw new IllegalArgumentException(e);
        }
    }

    /** The initializer of this class waits in a class of the JDK. */
    private static final class AwaitsAtFirst {
        static {
            awaitInterrupt();
        }

        static void touch() {}
    }

    /** The same, for a callback: a class is initialized once. */
    private static final class CallbackAwaitsAtFirst {
        static {
            awaitInterrupt();
        }

        static void touch() {}
    }

    /** The initializer of this class waits for a monitor. */
    private static final class CallbackBlocksAtFirst {
        static {
            initializingAwaits.await();
        }

        static void touch() {}
    }

    private static Throwable endOfPinned(TaskBody body, String frame) throws Exception {
        HandWatchdog dog = new HandWatchdog();
        try (RunningLoop running = new RunningLoop()) {
            pinning = running.loop();
            initializing = new CountDownLatch(1);
            dog.watchdog.watch(running.loop());
            Task<Void> task = running.loop().spawn("pinned one", body);
            initializing.await();
            awaitFrame(task.thread(), "parkOnCarrierThread");
            Stall stall = dog.lookTwice();
            assertTrue(stall.pinned(), stall::toString);
            assertTrue(stall.culprit().contains("pinned one"), stall::culprit);
            assertTrue(text(stall).contains(frame), stall::toString);
            Throwable failure = assertThrows(ExecutionException.class, task::join).getCause();
            dog.lookUntilEnded();
            assertEquals(5, running.call(() -> 5), "the loop goes on");
            return failure;
        }
    }

    @Test
    void pinnedWaitOfTheLoopEnds() throws Exception {
        Throwable failure = endOfPinned(SleepsAtFirst::touch, "SleepsAtFirst.<clinit>");
        IllegalStateException cause = assertInstanceOf(IllegalStateException.class, failure.getCause());
        assertTrue(cause.getMessage().startsWith("sleep would have waited in a task that is pinned"),
                cause::getMessage);
    }

    /** The initializer of this class sleeps on the loop, too. */
    private static final class SleepsLater {
        static {
            sleepOnTheLoop();
        }

        static void touch() {}
    }

    /** The end of a stall for whose report there is no memory is told later. The next wait is ended all the same. */
    @Test
    void anEndThatCannotBeToldHoldsNothingUp() throws Exception {
        HandWatchdog dog = new HandWatchdog();
        AtomicBoolean computes = new AtomicBoolean(true);
        try (RunningLoop running = new RunningLoop()) {
            pinning = running.loop();
            initializing = new CountDownLatch(1);
            dog.watchdog.watch(running.loop());
            CountDownLatch begun = new CountDownLatch(1);
            Task<Void> computing = running.loop().spawn("computing", () -> {
                begun.countDown();
                while (computes.get()) {
                    Thread.onSpinWait();
                }
            });
            begun.await();
            dog.lookTwice();
            dog.withoutMemory = true;
            computes.set(false);
            computing.join();
            dog.look();
            Task<Void> pinned = running.loop().spawn("pinned", SleepsLater::touch);
            initializing.await();
            awaitFrame(pinned.thread(), "parkOnCarrierThread");
            Looks.until(() -> {
                dog.look();
                return pinned.isDone();
            });
            assertThrows(ExecutionException.class, pinned::join);
            dog.withoutMemory = false;
            assertTrue(dog.lookUntilEnded().compareTo(THRESHOLD) > 0);
            assertEquals(5, running.call(() -> 5), "the loop goes on");
        }
    }

    @Test
    void pinnedWaitOfTheJdkIsInterrupted() throws Exception {
        Throwable failure = endOfPinned(AwaitsAtFirst::touch, "AwaitsAtFirst.<clinit>");
        assertInstanceOf(InterruptedException.class, failure.getCause().getCause());
        assertTrue(failure.getSuppressed()[0].getMessage().contains("pinned"), failure::toString);
    }

    private static InputStream reading;

    /** The initializer of this class waits for a socket of java.net on the loop. */
    private static final class ReadsAtFirst {
        static {
            initializing.countDown();
            try {
                reading.read();
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }

        static void touch() {}
    }

    /** A driver's socket is named like any other wait. The wait ends, and the socket stays open. */
    @Test
    void pinnedWaitForAJavaSocketEnds() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Socket socket = new LoopSocketFactory().createSocket(server.getInetAddress(), server.getLocalPort());
                Socket peer = server.accept()) {
            reading = socket.getInputStream();
            Throwable failure = endOfPinned(ReadsAtFirst::touch, "ReadsAtFirst.<clinit>");
            IllegalStateException cause = assertInstanceOf(IllegalStateException.class, failure.getCause());
            assertTrue(cause.getMessage().startsWith("recv would have waited in a task that is pinned"),
                    cause::getMessage);
            peer.getOutputStream().write(7);
            assertEquals(7, reading.read());
        }
    }

    /** The watchdog looks during a poll of an hour, then between a thousand steps of no time. */
    @Test
    void idlenessAndSpinningAreNoStalls() throws Exception {
        HandWatchdog dog = new HandWatchdog();
        LoopClock hour = new LoopClock() {
            private long nowNanos;

            @Override
            public long nanoTime() {
                return nowNanos;
            }

            @Override
            public int poll(Poller poller, long timeoutNanos, long deadlineNanos) {
                for (long slept = 0; slept < timeoutNanos; slept += THRESHOLD.toNanos()) {
                    dog.look();
                }
                nowNanos += timeoutNanos;
                return poller.poll(0);
            }
        };
        try (EventLoop loop = new LoopBuilder().clock(hour).open()) {
            dog.watchdog.watch(loop);
            int[] runs = new int[1];
            loop.callLater(HOUR, () -> runs[0]++);
            loop.runUntilDone();
            assertEquals(1, runs[0]);
            assertEquals(HOUR.toNanos(), dog.nowNanos.get());
            for (int i = 0; i < 1000; i++) {
                loop.step(false);
                dog.look();
            }
            Task<Void> yields = loop.spawn(() -> {
                for (int i = 0; i < 1000; i++) {
                    dog.look(); // each look sees the task run, once more than the last look
                    loop.sleep(Duration.ZERO);
                }
            });
            loop.runUntilDone();
            assertTrue(yields.isDone());
        }
        dog.look();
        assertNull(dog.stalls.poll());
        dog.reports.close();
    }

    /** The loop spins at full speed, in one poll. */
    @Test
    void spinningForEverIsNoStall() throws Exception {
        HandWatchdog dog = new HandWatchdog();
        Thread thread = null;
        try (EventLoop loop = EventLoop.builder().idleStrategy(IdleStrategy.spin()).open()) {
            dog.watchdog.watch(loop);
            Thread test = Thread.currentThread();
            AtomicBoolean looked = new AtomicBoolean();
            thread = Thread.ofPlatform().start(() -> {
                try {
                    awaitFrame(test, "Reactor.spin");
                    for (long looks = 0; looks < HOUR.dividedBy(THRESHOLD); looks++) {
                        dog.look();
                    }
                    looked.set(true);
                } catch (Exception e) {
                    throw new AssertionError(e);
                } finally {
                    loop.stop();
                }
            });
            loop.run();
            assertTrue(looked.get());
        } finally {
            thread.join();
        }
        assertNull(dog.stalls.poll());
    }

    /** The stall handler stands still, as a log does whose lock a task of the loop holds. */
    @Test
    void reportPassesAHandlerThatStandsStill() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        BlockingQueue<String> lastResort = new LinkedBlockingQueue<>();
        StallReports reports = new StallReports(stall -> {
            try {
                never.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }, lastResort::add);
        AtomicLong nowNanos = new AtomicLong();
        Watchdog watchdog = new Watchdog(THRESHOLD, reports, () -> nowNanos.addAndGet(THRESHOLD.toNanos()));
        try (RunningLoop running = new RunningLoop()) {
            watchdog.watch(running.loop());
            CountDownLatch begun = new CountDownLatch(1);
            CountDownLatch release = new CountDownLatch(1);
            running.loop().callSoon(() -> {
                begun.countDown();
                while (release.getCount() > 0) {
                    Thread.onSpinWait();
                }
            });
            begun.await();
            for (int look = 0; look < 2; look++) {
                watchdog.look();
            }
            assertNull(lastResort.poll());
            watchdog.look();
            assertTrue(lastResort.remove().contains("is held for"));
            watchdog.look();
            assertNull(lastResort.poll(), "the last resort gets one report of a stall");
            release.countDown();
        } finally {
            never.countDown();
            watchdog.close();
        }
    }

    /** The watchdog as users have it: with a thread of its own, and the log. */
    @Test
    void withItsOwnThread() throws Exception {
        try (LogCapture log = new LogCapture(); RunningLoop running = new RunningLoop();
                Watchdog watchdog = Watchdog.start(Duration.ofMillis(50))) {
            watchdog.watch(running.loop());
            CountDownLatch release = new CountDownLatch(1);
            running.loop().callSoon(() -> {
                while (release.getCount() > 0) {
                    Thread.onSpinWait();
                }
            });
            try {
                awaitMessage(log, "is held for");
            } finally {
                release.countDown();
            }
            awaitMessage(log, "goes on");
        }
        assertThrows(IllegalArgumentException.class, () -> Watchdog.start(Duration.ZERO));
    }

    private static void awaitMessage(LogCapture log, String part) throws Exception {
        Looks.until(() -> log.messages().stream().anyMatch(message -> message.contains(part)));
    }
}
