package io.stepoll.internal.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.DeadlineExceededException;
import io.stepoll.Task;
import io.stepoll.support.VirtualTimeFixture;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Deadlines inside deadlines, and cancels from outside: who owns an interruption. */
@Timeout(60)
class DeadlineNestingTest extends VirtualTimeFixture {
    /** Which of two deadlines comes first. */
    enum First { INNER, OUTER, BOTH }

    @ParameterizedTest
    @EnumSource
    void nestedDeadlines(First first) throws Exception {
        Duration inner = first == First.OUTER ? HOUR : SECOND;
        Duration outer = first == First.INNER ? HOUR : SECOND;
        String[] seen = new String[1];
        DeadlineExceededException out = assertThrows(DeadlineExceededException.class,
                () -> inTask(() -> loop.within(outer, () -> {
                    try {
                        return loop.within(inner, () -> {
                            loop.sleep(DAY);
                            return null;
                        });
                    } catch (DeadlineExceededException e) {
                        seen[0] = "inner";
                        loop.sleep(DAY); // only the outer deadline ends this
                    } catch (InterruptedException e) {
                        seen[0] = "passes";
                        throw e;
                    }
                    return null;
                })));
        assertEquals(first == First.INNER ? "inner" : "passes", seen[0]);
        assertEquals(outer, out.timeout());
        assertEquals((first == First.INNER ? HOUR : SECOND).toNanos(), clock.nanoTime());
    }

    /** The inner code does not notice its interrupt. The interrupt of the outer deadline still comes, once. */
    @ParameterizedTest
    @EnumSource
    void nestedDeadlinesOverCodeThatDoesNotNotice(First first) throws Exception {
        Duration inner = first == First.OUTER ? HOUR : SECOND;
        Duration outer = first == First.INNER ? HOUR : SECOND;
        boolean[] innerEnded = new boolean[1];
        DeadlineExceededException out = assertThrows(DeadlineExceededException.class,
                () -> inTask(() -> loop.within(outer, () -> {
                    loop.within(inner, () -> LockSupport.park());
                    innerEnded[0] = true;
                    loop.sleep(DAY);
                    return null;
                })));
        assertTrue(innerEnded[0]);
        assertEquals(outer, out.timeout());
        assertEquals((first == First.INNER ? HOUR : SECOND).toNanos(), clock.nanoTime());
    }

    /** The exception of an inner deadline passes the outer call unchanged. */
    @Test
    void theInnerExceptionPassesTheOuterCall() {
        DeadlineExceededException out = assertThrows(DeadlineExceededException.class,
                () -> inTask(() -> loop.within(HOUR, () -> loop.within(SECOND, () -> {
                    loop.sleep(HOUR);
                    return null;
                }))));
        assertEquals(SECOND, out.timeout());
        assertEquals(SECOND.toNanos(), clock.nanoTime());
    }

    /** A cancel ends the task as cancelled, whatever deadlines the task has. */
    @Test
    void aCancelFromOutside() throws Exception {
        Task<Void> task = loop.spawn(() -> loop.within(HOUR, () -> loop.sleep(DAY)));
        loop.step(false);
        task.cancel();
        loop.runUntilDone();
        assertEquals(Task.State.CANCELLED, task.state());
        assertEquals(0, clock.nanoTime());
    }

    /** Cancel and deadline come in one phase, in either order. The cancel takes precedence. */
    @ParameterizedTest
    @EnumSource(names = {"INNER", "OUTER"})
    void aCancelInThePhaseOfTheDeadline(First first) throws Exception {
        Task<?>[] task = new Task<?>[1];
        if (first == First.INNER) { // The cancel is the older registration, so the deadline comes first.
            loop.callLater(SECOND, () -> task[0].cancel());
        }
        task[0] = loop.spawn(() -> {
            if (first == First.OUTER) {
                loop.callLater(SECOND, () -> task[0].cancel());
                loop.within(SECOND, () -> loop.sleep(HOUR));
            } else {
                loop.within(SECOND, () -> loop.sleep(HOUR));
            }
        });
        loop.runUntilDone();
        assertEquals(Task.State.CANCELLED, task[0].state(), task[0]::toString);
        assertEquals(SECOND.toNanos(), clock.nanoTime());
    }

    /** The code notices neither. Afterwards the cancel still ends a wait, the interrupt of the deadline does not. */
    @ParameterizedTest
    @EnumSource(names = {"INNER", "OUTER"})
    void aCancelThatTheCodeDoesNotNotice(First first) throws Exception {
        Task<?>[] task = new Task<?>[1];
        boolean[] after = new boolean[1];
        if (first == First.INNER) {
            loop.callLater(SECOND, () -> task[0].cancel());
        }
        task[0] = loop.spawn(() -> {
            loop.within(SECOND, () -> {
                if (first == First.OUTER) {
                    loop.callLater(SECOND, () -> task[0].cancel()); // newer registration than the deadline
                }
                LockSupport.park();
            });
            after[0] = true;
            loop.sleep(HOUR);
        });
        loop.runUntilDone();
        assertTrue(after[0]);
        assertEquals(Task.State.CANCELLED, task[0].state());
        assertEquals(SECOND.toNanos(), clock.nanoTime());
    }

    /** The exception of a cancel has been thrown. A deadline over the cleanup then leaves no interrupt behind. */
    @Test
    void aDeadlineOverTheCleanupAfterACancel() throws Exception {
        long[] times = new long[2];
        Task<Void> task = loop.spawn(() -> {
            try {
                loop.sleep(HOUR);
            } finally {
                assertThrows(DeadlineExceededException.class, () -> loop.within(SECOND, () -> loop.sleep(MINUTE)));
                times[0] = clock.nanoTime();
                loop.within(SECOND, () -> LockSupport.park());
                loop.sleep(SECOND);
                times[1] = clock.nanoTime();
            }
        });
        loop.step(false);
        task.cancel();
        loop.runUntilDone();
        assertEquals(Task.State.CANCELLED, task.state());
        assertEquals(List.of(SECOND.toNanos(), SECOND.multipliedBy(3).toNanos()), List.of(times[0], times[1]));
    }

    /** The exception of an outer deadline has been thrown. A deadline over the cleanup is then one of its own. */
    @Test
    void aDeadlineOverTheCleanupAfterAnOuterDeadline() throws Exception {
        long[] times = new long[2];
        DeadlineExceededException out = assertThrows(DeadlineExceededException.class,
                () -> inTask(() -> loop.within(MINUTE, () -> {
                    try {
                        loop.sleep(HOUR);
                    } finally {
                        assertThrows(DeadlineExceededException.class,
                                () -> loop.within(SECOND, () -> loop.sleep(MINUTE)));
                        times[0] = clock.nanoTime();
                        loop.within(SECOND, () -> LockSupport.park());
                        loop.sleep(SECOND);
                        times[1] = clock.nanoTime();
                    }
                    return null;
                })));
        assertEquals(MINUTE, out.timeout());
        assertEquals(List.of(MINUTE.plusSeconds(1).toNanos(), MINUTE.plusSeconds(3).toNanos()),
                List.of(times[0], times[1]));
    }

    /**
     * Nobody has seen the interrupt of the outer deadline when the inner one is opened: the interrupt is the outer's.
     */
    @ParameterizedTest
    @EnumSource(names = {"INNER", "OUTER"})
    void aDeadlineThatIsOpenedWhileTheOuterInterruptIsPending(First seenBy) {
        DeadlineExceededException out = assertThrows(DeadlineExceededException.class,
                () -> inTask(() -> loop.within(SECOND, () -> {
                    LockSupport.park(); // ends at the outer deadline, which stays unseen
                    loop.within(Duration.ZERO, () -> {
                        Thread.yield();
                        Thread.yield(); // the inner deadline has come, too
                        if (seenBy == First.INNER) {
                            loop.sleep(HOUR);
                        }
                    });
                    loop.sleep(HOUR);
                    return null;
                })));
        assertEquals(SECOND, out.timeout());
        assertEquals(SECOND.toNanos(), clock.nanoTime());
    }

    /** The outer deadline comes while the inner code runs. What interrupts that code from then on is the outer's. */
    @Test
    void theInnerDeadlineInterruptsTheCleanupOfTheOuterOne() {
        DeadlineExceededException out = assertThrows(DeadlineExceededException.class,
                () -> inTask(() -> loop.within(SECOND, () -> loop.within(MINUTE, () -> {
                    try {
                        loop.sleep(HOUR);
                    } finally {
                        loop.sleep(HOUR); // until the inner deadline
                    }
                    return null;
                }))));
        assertEquals(SECOND, out.timeout());
        assertEquals(MINUTE.toNanos(), clock.nanoTime());
    }

    /** The outer interrupt has been seen, the inner one has not: it does not outlive the inner code. */
    @Test
    void anUnseenInnerInterruptAfterASeenOuterOne() throws Exception {
        assertNull(inTask(() -> loop.within(SECOND, () -> {
            loop.within(MINUTE, () -> {
                assertThrows(InterruptedException.class, () -> loop.sleep(HOUR));
                LockSupport.park(); // ends at the inner deadline
            });
            loop.sleep(HOUR); // cleanup
            return null;
        })));
        assertEquals(MINUTE.plus(HOUR).toNanos(), clock.nanoTime());
    }

    /**
     * Another thread cancels a task at any moment around its deadlines. The code under the deadlines notices neither,
     * but the wait after that code does. This wait would never end if the cancel got lost. The task would fail if a
     * deadline left its interrupt behind.
     */
    @Test
    void cancelsByAnotherThread() throws Exception {
        for (int i = 0; i < 1000; i++) {
            CountDownLatch near = new CountDownLatch(1);
            Task<Void> task = loop.spawn(() -> {
                near.countDown();
                for (int n = 0; n < 20; n++) {
                    loop.within(SECOND, () -> LockSupport.park());
                }
                new CountDownLatch(1).await();
            });
            Thread canceller = Thread.ofPlatform().start(() -> {
                try {
                    near.await();
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
                task.cancel();
            });
            loop.runUntilDone();
            canceller.join();
            assertEquals(Task.State.CANCELLED, task.state(), task::toString);
        }
    }

    /**
     * A cancel and two deadlines come at once, as one interrupt, which the inner code catches. What the inner deadline
     * sends again, for the outer one, does not outlive that.
     */
    @Test
    void oneInterruptForACancelAndTwoDeadlines() throws Exception {
        boolean[] left = new boolean[2];
        Task<Void> task = loop.spawn(() -> {
            loop.within(SECOND, () -> {
                loop.within(SECOND, () -> {
                    assertThrows(InterruptedException.class, () -> loop.sleep(DAY));
                });
                left[0] = Thread.currentThread().isInterrupted();
            });
            left[1] = Thread.currentThread().isInterrupted();
        });
        loop.step(false);
        task.cancel();
        clock.advance(SECOND);
        loop.runUntilDone();
        assertEquals(Task.State.SUCCEEDED, task.state());
        assertTrue(left[0]);
        assertFalse(left[1]);
    }
}
