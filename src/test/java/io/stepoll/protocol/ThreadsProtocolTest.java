package io.stepoll.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.EventLoop;
import io.stepoll.LoopClosedException;
import io.stepoll.Task;
import io.stepoll.Timer;
import io.stepoll.support.LogCapture;
import io.stepoll.support.Seeds;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Several threads, and the tasks of other loops, submit, spawn, cancel and set timers on loops that run and close
 * meanwhile. The order is chance, so there is no model of a run, only what must hold in each: what was accepted runs or
 * ends, once and in the order of its thread, and what is refused has not run.
 *
 * <p>{@code -Dprotocol.threadRuns=N} makes so many runs.
 */
@Timeout(300)
class ThreadsProtocolTest {
    private static final int RUNS = Integer.getInteger("protocol.threadRuns", 20);
    private static final int LOOPS = 2;
    private static final int THREADS = 3;
    private static final int ACTS = 300;
    private static final int LONGEST_NANOS = 200_000;

    private final List<EventLoop> loops = new ArrayList<>();
    private final List<Throwable> failures = new ArrayList<>();

    private synchronized void failed(Throwable thrown) {
        failures.add(thrown);
    }

    /** One thread, or one task of a loop, that acts on a loop which may close at any time. */
    private final class Submitter {
        private final EventLoop loop;
        private final SplittableRandom random;
        private final List<Task<Integer>> tasks = new ArrayList<>();
        private final List<Timer> timers = new ArrayList<>();
        private final AtomicInteger ran = new AtomicInteger();
        private final AtomicInteger fired = new AtomicInteger();
        private int accepted;
        private int timersSet;

        Submitter(EventLoop loop, SplittableRandom random) {
            this.loop = loop;
            this.random = random;
        }

        void run() {
            try {
                for (int i = 0; i < ACTS; i++) {
                    act();
                }
            } catch (LoopClosedException | RejectedExecutionException e) {
                // as it must be from then on
            } catch (Throwable t) {
                failed(t);
            }
        }

        private void act() {
            switch (random.nextInt(7)) {
                case 0, 1 -> {
                    int number = accepted;
                    loop.callSoon(() -> ranInOrder(number));
                    accepted++;
                }
                case 2 -> {
                    int number = accepted;
                    loop.execute(() -> ranInOrder(number));
                    accepted++;
                }
                case 3 -> {
                    int number = tasks.size();
                    tasks.add(loop.spawn(() -> {
                        loop.sleep(Duration.ofNanos(random(number)));
                        return number;
                    }));
                }
                case 4 -> {
                    if (!tasks.isEmpty()) {
                        tasks.get(random.nextInt(tasks.size())).cancel();
                    }
                }
                case 5 -> {
                    timers.add(loop.callLater(Duration.ofNanos(random.nextInt(LONGEST_NANOS)), fired::incrementAndGet));
                    timersSet++;
                }
                default -> {
                    if (!timers.isEmpty()) {
                        timers.get(random.nextInt(timers.size())).cancel();
                    }
                }
            }
        }

        private static int random(int number) {
            return (number & 3) == 0 ? 0 : number * 7919 % LONGEST_NANOS;
        }

        private void ranInOrder(int number) {
            if (ran.getAndIncrement() != number) {
                failed(new AssertionError("callback " + number + " of one thread ran after " + (ran.get() - 2)));
            }
        }

        /** After the close of the loop. */
        void check() throws InterruptedException {
            assertEquals(accepted, ran.get(), "what was accepted ran");
            assertTrue(fired.get() <= timersSet);
            for (int i = 0; i < tasks.size(); i++) {
                Task<Integer> task = tasks.get(i);
                try {
                    assertEquals(i, task.join()); // a task that was spawned during the close ends a moment later
                } catch (CancellationException e) {
                    assertEquals(Task.State.CANCELLED, task.state());
                } catch (ExecutionException e) {
                    throw new AssertionError(task + " has failed", e);
                }
            }
        }
    }

    private EventLoop open() throws Exception {
        EventLoop loop = EventLoop.builder().failureHandler((callback, thrown) -> failed(thrown)).open();
        loops.add(loop);
        return loop;
    }

    private void oneRun(SplittableRandom random) throws Exception {
        loops.clear();
        List<Submitter> submitters = new ArrayList<>();
        List<Thread> threads = new ArrayList<>();
        List<Thread> runners = new ArrayList<>();
        for (int i = 0; i < LOOPS; i++) {
            EventLoop loop = open();
            runners.add(Thread.ofPlatform().start(() -> {
                loop.run();
                loop.close();
            }));
        }
        for (int i = 0; i < THREADS; i++) {
            Submitter submitter = new Submitter(loops.get(random.nextInt(LOOPS)), random.split());
            submitters.add(submitter);
            threads.add(Thread.ofPlatform().start(submitter::run));
        }
        Submitter neighbour = new Submitter(loops.getFirst(), random.split());
        submitters.add(neighbour);
        Task<Void> task = loops.getLast().spawn(neighbour::run);
        if (random.nextBoolean()) { // else the loops close while they are submitted to
            for (Thread thread : threads) {
                thread.join();
            }
            task.join();
        }
        loops.forEach(EventLoop::stop);
        for (Thread runner : runners) {
            runner.join();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertTrue(task.isDone());
        for (Submitter submitter : submitters) {
            submitter.check();
        }
        assertEquals(List.of(), failures);
    }

    @Test
    void submitsFromEverywhere() throws Exception {
        SplittableRandom random = Seeds.random("ThreadsProtocolTest");
        try (LogCapture log = new LogCapture()) {
            for (int i = 0; i < RUNS; i++) {
                oneRun(random.split());
            }
            assertEquals(List.of(), log.messages());
        }
    }
}
