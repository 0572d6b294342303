package io.stepoll.internal.reactor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.EventLoop;
import io.stepoll.LoopClosedException;
import io.stepoll.Task;
import io.stepoll.Timer;
import io.stepoll.internal.loop.Loop;
import io.stepoll.internal.poll.Poller;
import io.stepoll.internal.poll.Wakeup;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What other threads submit to a loop. */
@Timeout(120)
class SubmitTest {
    private static final int THREADS = 8;
    private static final int EACH = 125_000;

    /** No callback is lost or runs twice. Those of one thread run in order. A sleep costs at most one write. */
    @Test
    void aMillionCallbacksFromEightThreads() throws Exception {
        int[] expected = new int[THREADS];
        try (EventLoop loop = EventLoop.open()) {
            int[] outOfOrder = new int[1];
            Poller poller = Loop.of(loop).poller();
            AtomicInteger left = new AtomicInteger(THREADS);
            for (int i = 0; i < THREADS; i++) {
                int number = i;
                Thread.ofPlatform().start(() -> {
                    for (int k = 0; k < EACH; k++) {
                        int sequence = k;
                        loop.callSoon(() -> outOfOrder[0] += expected[number]++ == sequence ? 0 : 1);
                    }
                    if (left.decrementAndGet() == 0) {
                        loop.callSoon(loop::stop); // behind all others, which a stop from here would not wait for
                    }
                });
            }
            loop.run();
            int[] all = new int[THREADS];
            Arrays.fill(all, EACH);
            assertArrayEquals(all, expected);
            assertEquals(0, outOfOrder[0]);
            assertTrue(poller.wakeup().writes() <= poller.polls() + 1,
                    () -> poller.wakeup().writes() + " writes, " + poller.polls() + " polls");
        }
    }

    /** A loop with work does not sleep, so nobody writes to its eventfd. */
    @Test
    void aBusyLoopNeedsNoWakeUp() throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            Wakeup wakeup = Loop.of(loop).poller().wakeup();
            CompletableFuture<Void> busy = new CompletableFuture<>();
            AtomicInteger runs = new AtomicInteger();
            Runnable[] again = new Runnable[1];
            int total = 10_000;
            again[0] = () -> {
                busy.complete(null);
                if (runs.get() < total) {
                    loop.callSoon(again[0]); // so that each step finds something queued
                }
            };
            loop.callSoon(again[0]);
            long[] writes = new long[2];
            Thread submitter = Thread.ofPlatform().start(() -> {
                busy.join();
                writes[0] = wakeup.writes();
                for (int i = 0; i < total; i++) {
                    loop.callSoon(() -> {
                        if (runs.incrementAndGet() == total) {
                            writes[1] = wakeup.writes();
                        }
                    });
                }
            });
            loop.runUntilDone();
            submitter.join();
            assertEquals(total, runs.get());
            assertEquals(writes[0], writes[1]);
        }
    }

    /** One write ends a sleep, however many threads submit meanwhile. */
    @Test
    void oneWriteEndsASleep() throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            loop.step(false);
            Wakeup wakeup = Loop.of(loop).poller().wakeup();
            long before = wakeup.writes();
            List<Thread> threads = new ArrayList<>();
            AtomicInteger runs = new AtomicInteger();
            for (int i = 0; i < THREADS; i++) {
                threads.add(Thread.ofPlatform().start(() -> loop.callSoon(runs::incrementAndGet)));
            }
            for (Thread thread : threads) {
                thread.join();
            }
            assertEquals(0, loop.timeoutNanos());
            assertEquals(before + 1, wakeup.writes());
            loop.runUntilDone();
            assertEquals(THREADS, runs.get());
        }
    }

    @Test
    void timersAndTasksFromAnotherThread() throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            List<String> log = new ArrayList<>();
            List<Task<Integer>> tasks = new ArrayList<>();
            Thread other = Thread.ofPlatform().start(() -> {
                loop.callLater(Duration.ofNanos(1), () -> log.add("timer"));
                Timer cancelled = loop.callLater(Duration.ofNanos(1), () -> log.add("cancelled"));
                assertTrue(cancelled.cancel());
                tasks.add(loop.spawn(() -> {
                    log.add("task");
                    return 4;
                }));
            });
            other.join();
            loop.runUntilDone();
            assertEquals(List.of("task", "timer"), log);
            assertEquals(4, tasks.getFirst().join());
        }
    }

    /** A submit during the close is either refused, or its callback runs. */
    @Test
    void submitsDuringCloseRunOrAreRefused() throws Exception {
        for (int round = 0; round < 200; round++) {
            EventLoop loop = EventLoop.open();
            AtomicInteger accepted = new AtomicInteger();
            AtomicInteger runs = new AtomicInteger();
            CountDownLatch begun = new CountDownLatch(1);
            Thread submitter = Thread.ofPlatform().start(() -> {
                try {
                    while (true) {
                        loop.callSoon(runs::incrementAndGet);
                        accepted.incrementAndGet();
                        begun.countDown();
                    }
                } catch (LoopClosedException closed) {
                    begun.countDown();
                }
            });
            begun.await();
            loop.close();
            submitter.join();
            assertEquals(accepted.get(), runs.get(), "round " + round);
        }
    }

    /** The opener goes on submitting while another thread takes the loop over. */
    @Test
    void submitsDuringATakeOverAreNotLost() throws Exception {
        int each = 200;
        for (int round = 0; round < 300; round++) {
            EventLoop loop = EventLoop.open();
            int[] runs = new int[1];
            Thread runner = Thread.ofPlatform().start(() -> {
                loop.run();
                loop.close();
            });
            for (int i = 0; i < each; i++) {
                loop.callSoon(() -> runs[0]++);
            }
            Task<Integer> task = loop.spawn(() -> 5);
            assertEquals(5, task.join());
            loop.callLater(Duration.ZERO, loop::stop);
            runner.join();
            assertEquals(each, runs[0], "round " + round);
        }
    }

    @Test
    void aClosedLoopRefusesCallbacksAndIgnoresAStop() throws Exception {
        EventLoop loop = EventLoop.open();
        loop.close();
        assertThrows(LoopClosedException.class, () -> loop.callSoon(() -> {}));
        loop.stop();
    }
}
