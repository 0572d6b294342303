package io.stepoll.internal.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.EventLoop;
import io.stepoll.Task;
import io.stepoll.support.Looks;
import io.stepoll.support.Loops;
import io.stepoll.support.RunningLoop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How threads wait for the end of a task. */
@Timeout(60)
class TaskJoinTest {
    private static final int ROUNDS = 2000;

    /** Threads of all kinds join at any moment around the end. Each gets the result. */
    @Test
    void joinersOfAllKinds() throws Exception {
        try (RunningLoop one = new RunningLoop(); RunningLoop two = new RunningLoop()) {
            for (int i = 0; i < ROUNDS; i++) {
                int round = i;
                Task<Integer> task = one.loop().spawn(() -> {
                    for (int yields = round % 3; yields > 0; yields--) {
                        one.loop().sleep(Duration.ZERO);
                    }
                    return round;
                });
                Callable<Boolean> join = () -> task.join() == round;
                List<Task<Boolean>> tasks = List.of(one.loop().spawn(join), two.loop().spawn(join));
                FutureTask<Boolean> elsewhere = new FutureTask<>(join);
                Thread.ofVirtual().start(elsewhere);
                assertTrue(join.call());
                assertTrue(elsewhere.get());
                for (Task<Boolean> joiner : tasks) {
                    assertTrue(joiner.join());
                }
            }
        }
    }

    /** A joiner on a loop that stands still does not hold up those behind it: each is woken by the task itself. */
    @Test
    void joinersDoNotWaitForEachOther() throws Exception {
        try (EventLoop still = EventLoop.open(); EventLoop loop = EventLoop.open()) {
            List<Task<Integer>> joiners = new ArrayList<>();
            CountDownLatch end = new CountDownLatch(1);
            Task<Integer> task = loop.spawn(() -> {
                end.await();
                return 1;
            });
            loop.step(false);
            for (EventLoop of : List.of(still, loop, still)) {
                joiners.add(of.spawn(() -> task.join()));
                of.step(false);
            }
            end.countDown();
            Looks.until(() -> {
                loop.step(false);
                return joiners.get(1).isDone();
            });
            assertEquals(Task.State.RUNNING, joiners.getFirst().state());
            still.runUntilDone();
            assertEquals(List.of(1, 1, 1),
                    List.of(joiners.get(0).join(), joiners.get(1).join(), joiners.get(2).join()));
        }
    }

    /** Whoever had to wait finds the thread at its end. */
    @Test
    void theThreadHasEndedAfterAWait() throws Exception {
        try (RunningLoop one = new RunningLoop(); RunningLoop two = new RunningLoop()) {
            for (int i = 0; i < 200; i++) {
                CountDownLatch end = new CountDownLatch(1);
                Task<Void> task = one.loop().spawn(() -> end.await());
                Callable<Boolean> join = () -> {
                    task.join();
                    return !task.thread().isAlive();
                };
                FutureTask<Boolean> elsewhere = new FutureTask<>(join);
                List<Task<Boolean>> tasks = List.of(one.loop().spawn(join), two.loop().spawn(join));
                List<Thread> threads = List.of(Thread.ofPlatform().start(elsewhere), tasks.get(0).thread(),
                        tasks.get(1).thread());
                Looks.until(() -> threads.stream().allMatch(thread -> thread.getState() == Thread.State.WAITING));
                end.countDown();
                assertTrue(elsewhere.get());
                for (Task<Boolean> joiner : tasks) {
                    assertTrue(joiner.join());
                }
            }
        }
    }

    /** A wait for a monitor, as {@link Thread#join} is from JDK 27 on, has no blocker. */
    @Test
    void aJoinIsNoWaitForAMonitor() throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            Task<Void> task = loop.spawn(() -> loop.sleep(Duration.ofDays(1)));
            Task<Void> joiner = loop.spawn(task::join);
            Task<List<Void>> owner = loop.spawn(() -> {
                try (var group = loop.<Void>openGroup()) {
                    group.spawn(() -> loop.sleep(Duration.ofDays(1)));
                    return group.join();
                }
            });
            Loops.steps(loop, 3);
            for (Task<?> waiting : List.of(joiner, owner)) {
                assertEquals(Thread.State.WAITING, waiting.thread().getState());
                assertNotNull(LockSupport.getBlocker(waiting.thread()));
            }
        }
    }

    /** The task goes on, and whoever joins it afterwards gets the result. */
    @Test
    void interruptedJoins() throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            CompletableFuture<String> result = new CompletableFuture<>();
            Task<String> task = loop.spawn(() -> result.get());
            List<Task<String>> joiners = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                joiners.add(loop.spawn(() -> task.join()));
            }
            Loops.steps(loop, 2);
            joiners.forEach(joiner -> joiner.thread().interrupt());
            Thread.currentThread().interrupt();
            Loops.steps(loop, 2);
            for (Task<String> joiner : joiners) {
                assertTrue(assertThrows(ExecutionException.class, joiner::join)
                        .getCause() instanceof InterruptedException);
            }
            assertFalse(task.isDone());
            assertTrue(Thread.interrupted());
            result.complete("result");
            loop.runUntilDone();
            assertEquals("result", task.join());
        }
    }

    /** What depends on the task runs in its thread, and belongs to it. */
    @Test
    void aJoinWaitsForTheDependents() throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            List<String> log = new ArrayList<>();
            Task<String> task = loop.spawn(() -> {
                loop.sleep(Duration.ZERO);
                return "result";
            });
            task.toCompletableFuture().thenRun(() -> {
                LockSupport.parkNanos(1);
                log.add("dependent");
            });
            loop.spawn(() -> log.add(task.join()));
            loop.runUntilDone();
            assertEquals(List.of("dependent", "result"), log);
        }
    }

    @Test
    void aTaskThatNeverBeginsEndsItsJoins() throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            Task<?>[] never = new Task<?>[1];
            Task<String> joiner = loop.spawn(
                    () -> assertThrows(CancellationException.class, () -> never[0].join()).getMessage());
            loop.spawn(() -> never[0].cancel());
            never[0] = loop.spawn(() -> "never");
            loop.runUntilDone();
            assertTrue(joiner.join().contains("was cancelled"));
        }
    }
}
