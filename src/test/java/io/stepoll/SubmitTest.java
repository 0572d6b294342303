package io.stepoll;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.internal.poll.Poller;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Callbacks from other threads. */
@Timeout(120)
class SubmitTest {
    private static final int THREADS = 8;
    private static final int EACH = 125_000;

    /** None is lost, none runs twice, each thread's in its order, and the eventfd is written at most once a sleep. */
    @Test
    void aMillionCallbacksFromEightThreads() throws Exception {
        int[] expected = new int[THREADS];
        try (EventLoop loop = EventLoop.open()) {
            int[] outOfOrder = new int[1];
            Poller poller = loop.reactor().poller;
            AtomicInteger left = new AtomicInteger(THREADS);
            for (int i = 0; i < THREADS; i++) {
                int number = i;
                Thread.ofPlatform().start(() -> {
                    for (int k = 0; k < EACH; k++) {
                        int sequence = k;
                        loop.callSoon(() -> outOfOrder[0] += expected[number]++ == sequence ? 0 : 1);
                    }
                    if (left.decrementAndGet() == 0) {
                        loop.stop();
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

    /** A loop that has work does not sleep, and then nobody writes to its eventfd. */
    @Test
    void aLoopThatDoesNotSleepIsNotWoken() throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            CountDownLatch busy = new CountDownLatch(1);
            AtomicInteger runs = new AtomicInteger();
            Runnable[] again = new Runnable[1];
            int total = 10_000;
            again[0] = () -> {
                busy.countDown();
                if (runs.get() < total) {
                    loop.callSoon(again[0]); // so that each step finds something queued
                }
            };
            loop.callSoon(again[0]);
            int[] writes = new int[2];
            Thread submitter = Thread.ofPlatform().start(() -> {
                try {
                    busy.await();
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
                writes[0] = loop.reactor().poller.wakeup().writes();
                for (int i = 0; i < total; i++) {
                    loop.callSoon(() -> {
                        if (runs.incrementAndGet() == total) {
                            writes[1] = loop.reactor().poller.wakeup().writes();
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

    /** One write ends a sleep, however many submit meanwhile. */
    @Test
    void aSleepIsEndedByOneWrite() throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            loop.step(false);
            int before = loop.reactor().poller.wakeup().writes();
            List<Thread> threads = new ArrayList<>();
            AtomicInteger runs = new AtomicInteger();
            for (int i = 0; i < THREADS; i++) {
                threads.add(Thread.ofPlatform().start(() -> loop.callSoon(runs::incrementAndGet)));
            }
            for (Thread thread : threads) {
                thread.join();
            }
            assertEquals(0, loop.timeoutNanos());
            assertEquals(before + 1, loop.reactor().poller.wakeup().writes());
            loop.runUntilDone();
            assertEquals(THREADS, runs.get());
        }
    }

    /** Timers and tasks come from other threads as well. */
    @Test
    void timersAndTasksFromAnotherThread() throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            List<String> log = new ArrayList<>();
            List<Task<Integer>> tasks = new ArrayList<>();
            Thread other = Thread.ofPlatform().start(() -> {
                loop.callLater(1, () -> log.add("timer"));
                Timer cancelled = loop.callLater(1, () -> log.add("cancelled"));
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

    /** What is submitted while the loop is closed either runs or is refused; nothing is in between. */
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
                } catch (IllegalStateException closed) {
                    begun.countDown();
                }
            });
            begun.await();
            loop.close();
            submitter.join();
            assertEquals(accepted.get(), runs.get(), "round " + round);
        }
    }

    /** Its opener goes on submitting while another thread takes the loop over. */
    @Test
    void submitsDuringTheHandOverAreNotLost() throws Exception {
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
            loop.callLater(0, loop::stop);
            runner.join();
            assertEquals(each, runs[0], "round " + round);
        }
    }

    @Test
    void aClosedLoopRefuses() throws Exception {
        EventLoop loop = EventLoop.open();
        loop.close();
        assertThrows(IllegalStateException.class, () -> loop.callSoon(() -> {}));
        loop.stop();
    }
}
