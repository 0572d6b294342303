package io.stepoll.internal.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.DeadlineExceededException;
import io.stepoll.EventLoop;
import io.stepoll.LoopClosedException;
import io.stepoll.Task;
import io.stepoll.TaskBody;
import io.stepoll.TaskGroup;
import io.stepoll.VirtualClock;
import io.stepoll.support.VirtualTimeFixture;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Code from which cancels and outer deadlines are held back, and that they come right after it. */
@Timeout(60)
class ShieldTest extends VirtualTimeFixture {
    private final List<String> log = new ArrayList<>();

    private void log(String what) {
        log.add(what + " at " + Duration.ofNanos(clock.nanoTime()));
    }

    /** The cancel comes after each number of steps of the task's life. The shielded part is whole, or never begins. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void aCancelAtEachMoment(int steps) throws Exception {
        int[] parts = new int[4];
        Task<String> task = loop.spawn(() -> {
            loop.sleep(Duration.ZERO);
            parts[0]++;
            loop.shielded(() -> {
                parts[1]++;
                loop.sleep(Duration.ZERO);
                loop.sleep(Duration.ZERO);
                loop.sleep(Duration.ZERO);
                assertFalse(Thread.currentThread().isInterrupted());
                parts[2]++;
            });
            loop.sleep(Duration.ZERO);
            loop.sleep(Duration.ZERO);
            parts[3]++;
            return "done";
        });
        for (int i = 0; i < steps; i++) {
            loop.step(false);
        }
        boolean late = task.isDone();
        task.cancel();
        loop.runUntilDone();
        assertEquals(parts[1], parts[2], "a shielded part was cut off");
        assertEquals(parts[0], parts[1], "no wait lies between");
        assertEquals(parts[3], late ? 1 : 0);
        assertSame(late ? Task.State.SUCCEEDED : Task.State.CANCELLED, task.state());
    }

    /** A cancel has come, and no wait has seen it. A cleanup waits all the same, and the wait after it ends. */
    @Test
    void anInterruptFromBefore() throws Exception {
        Task<Void> task = loop.spawn(() -> {
            LockSupport.park(); // ends at the cancel, which stays unseen
            loop.shielded(() -> {
                loop.sleep(HOUR);
                log("cleaned up");
            });
            assertTrue(Thread.currentThread().isInterrupted());
            loop.sleep(HOUR);
        });
        loop.callLater(SECOND, task::cancel);
        loop.runUntilDone();
        assertSame(Task.State.CANCELLED, task.state());
        assertEquals(List.of("cleaned up at PT1H1S"), log);
        assertEquals(HOUR.plus(SECOND).toNanos(), clock.nanoTime());
    }

    /** In {@code finally}, where a second cancel would else cut the cleanup off. */
    @Test
    void aCleanupIsNotCutOffByASecondCancel() throws Exception {
        Task<Void> task = loop.spawn(() -> {
            try {
                loop.sleep(HOUR);
            } finally {
                loop.shielded(() -> {
                    loop.sleep(MINUTE);
                    log("cleaned up");
                });
            }
        });
        loop.callLater(SECOND, task::cancel);
        loop.callLater(SECOND.multipliedBy(2), task::cancel);
        loop.runUntilDone();
        assertSame(Task.State.CANCELLED, task.state());
        assertEquals(List.of("cleaned up at PT1M1S"), log);
    }

    /** The outer deadline comes within the shield and ends the next wait after it, as that deadline's. */
    @Test
    void anOuterDeadline() throws Exception {
        DeadlineExceededException exceeded = inTask(() -> assertThrows(DeadlineExceededException.class,
                () -> loop.within(SECOND, () -> {
                    assertEquals("kept", loop.shielded(() -> {
                        loop.sleep(MINUTE);
                        return "kept";
                    }));
                    log("after the shield");
                    loop.sleep(HOUR);
                    return null;
                })));
        assertEquals(SECOND, exceeded.timeout());
        assertEquals(List.of("after the shield at PT1M"), log);
        assertEquals(MINUTE.toNanos(), clock.nanoTime());
    }

    /** Code that does not wait after the shield is late, and no interrupt stays. */
    @Test
    void anOuterDeadlineThatNoWaitSees() throws Exception {
        assertEquals("late", inTask(() -> {
            String result = loop.within(SECOND, () -> loop.shielded(() -> {
                loop.sleep(MINUTE);
                return "late";
            }));
            assertFalse(Thread.currentThread().isInterrupted());
            loop.sleep(SECOND);
            return result;
        }));
    }

    /** What the shielded code throws is its own, whatever was held back. */
    @Test
    void codeThatFails() throws Exception {
        assertEquals("broken", assertThrows(IOException.class, () -> inTask(() -> loop.within(SECOND,
                () -> loop.shielded(() -> {
                    loop.sleep(MINUTE);
                    throw new IOException("broken");
                })))).getMessage());
        Task<Void> task = loop.spawn(() -> loop.shielded(() -> {
            loop.sleep(MINUTE);
            throw new IOException("broken");
        }));
        loop.step(false);
        task.cancel();
        loop.runUntilDone();
        assertSame(Task.State.FAILED, task.state());
        assertThrows(Exception.class, task::join);
    }

    /** A deadline within the shield is one of its own, whatever is held back: before it, beside it, or behind it. */
    @ParameterizedTest
    @ValueSource(ints = {1, 60, 600})
    void anInnerDeadline(int outerSeconds) throws Exception {
        inTask(() -> {
            DeadlineExceededException outer = assertThrows(DeadlineExceededException.class,
                    () -> loop.within(SECOND.multipliedBy(outerSeconds), () -> {
                        DeadlineExceededException inner = assertThrows(DeadlineExceededException.class,
                                () -> loop.shielded(MINUTE, () -> loop.sleep(DAY)));
                        assertEquals(MINUTE, inner.timeout());
                        assertEquals(MINUTE.toNanos(), clock.nanoTime());
                        loop.sleep(DAY);
                        return null;
                    }));
            assertEquals(SECOND.multipliedBy(outerSeconds), outer.timeout());
            assertEquals(Math.max(60, outerSeconds), Duration.ofNanos(clock.nanoTime()).toSeconds());
            return null;
        });
    }

    /** The limit ends the cleanup, and the cancel that was held back ends the task. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aLimit(boolean fromBefore) throws Exception {
        Task<Void> task = loop.spawn(() -> {
            if (fromBefore) {
                LockSupport.park();
            }
            assertThrows(DeadlineExceededException.class, () -> loop.shielded(MINUTE, () -> loop.sleep(DAY)));
            log("limited");
            loop.sleep(DAY);
        });
        loop.callLater(SECOND, task::cancel);
        loop.runUntilDone();
        assertSame(Task.State.CANCELLED, task.state());
        assertEquals(List.of(fromBefore ? "limited at PT1M1S" : "limited at PT1M"), log);
    }

    /** Two outer deadlines and a cancel are held back together, and each comes to the one that it belongs to. */
    @Test
    void severalDeadlinesAndACancel() throws Exception {
        inTask(() -> {
            DeadlineExceededException exceeded = assertThrows(DeadlineExceededException.class,
                    () -> loop.within(SECOND.multipliedBy(2), () -> {
                        loop.within(SECOND, () -> {
                            loop.shielded(() -> loop.sleep(MINUTE));
                        });
                        log("inner has ended");
                        loop.sleep(HOUR);
                        return null;
                    }));
            assertEquals(SECOND.multipliedBy(2), exceeded.timeout());
            return null;
        });
        assertEquals(List.of("inner has ended at PT1M"), log);
        Task<Void> task = loop.spawn(() -> loop.within(SECOND, () -> {
            loop.shielded(() -> loop.sleep(MINUTE));
            loop.sleep(HOUR);
        }));
        loop.step(false);
        task.cancel();
        loop.runUntilDone();
        assertSame(Task.State.CANCELLED, task.state(), "the cancel goes before the deadline");
        assertEquals(MINUTE.multipliedBy(2).toNanos(), clock.nanoTime());
    }

    /** An interrupt of the outer deadline is pending, unseen, when the shield begins, and another one comes within. */
    @Test
    void aPendingDeadlineAndOneThatIsHeldBack() throws Exception {
        inTask(() -> {
            DeadlineExceededException exceeded = assertThrows(DeadlineExceededException.class,
                    () -> loop.within(SECOND, () -> {
                        loop.within(MINUTE, () -> {
                            LockSupport.park(); // until the outer deadline
                            loop.shielded(() -> loop.sleep(HOUR)); // the inner one comes here
                        });
                        log("inner has ended");
                        loop.sleep(DAY);
                        return null;
                    }));
            assertEquals(SECOND, exceeded.timeout());
            return null;
        });
        assertEquals(List.of("inner has ended at PT1H1S"), log);
    }

    @Test
    void shieldsNest() throws Exception {
        Task<Void> task = loop.spawn(() -> {
            loop.shielded(() -> {
                loop.shielded(() -> loop.sleep(MINUTE));
                assertFalse(Thread.currentThread().isInterrupted());
                loop.within(HOUR, () -> loop.shielded(() -> loop.sleep(MINUTE)));
                loop.sleep(MINUTE);
                log("whole");
            });
            loop.sleep(HOUR);
        });
        loop.callLater(SECOND, task::cancel);
        loop.runUntilDone();
        assertSame(Task.State.CANCELLED, task.state());
        assertEquals(List.of("whole at PT3M"), log);
    }

    /** A deadline between two shields is held back by the inner one alone. */
    @Test
    void aDeadlineBetweenTwoShields() throws Exception {
        assertNull(inTask(() -> loop.shielded(() -> {
            assertThrows(DeadlineExceededException.class, () -> loop.within(SECOND, () -> {
                loop.shielded(() -> loop.sleep(MINUTE));
                log("inner shield");
                loop.sleep(HOUR);
                return null;
            }));
            loop.sleep(SECOND);
            return null;
        })));
        assertEquals(List.of("inner shield at PT1M"), log);
    }

    /** The first failure cancels the others of a group, which clean up shielded. */
    @Test
    void tasksOfAGroup() throws Exception {
        inTask(() -> {
            try (TaskGroup<Void> group = loop.openGroup()) {
                group.spawn(() -> {
                    loop.shielded(() -> {
                        loop.sleep(MINUTE);
                        log("shielded");
                    });
                    loop.sleep(DAY);
                });
                group.spawn(() -> {
                    loop.sleep(SECOND);
                    throw new IOException("first");
                });
                assertEquals("first", assertThrows(Exception.class, group::join).getCause().getMessage());
            }
            return null;
        });
        assertEquals(List.of("shielded at PT1M"), log);
        assertEquals(MINUTE.toNanos(), clock.nanoTime());
    }

    /**
     * Another thread cancels at any moment around many short shields. No shield is hurt, and the cancel gets through.
     */
    @Test
    void cancelsByAnotherThread() throws Exception {
        for (int i = 0; i < 300; i++) {
            CountDownLatch near = new CountDownLatch(1);
            AtomicBoolean hurt = new AtomicBoolean();
            Task<Void> task = loop.spawn(() -> {
                near.countDown();
                for (int n = 0; n < 30; n++) {
                    loop.shielded(() -> {
                        hurt.compareAndSet(false, Thread.currentThread().isInterrupted());
                        Thread.yield();
                        hurt.compareAndSet(false, Thread.currentThread().isInterrupted());
                    });
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
            assertSame(Task.State.CANCELLED, task.state());
            assertFalse(hurt.get());
        }
    }

    /** The close has no time for cleanups that wait: it cancels within a shield, too, at once. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void theCloseOfTheLoop(boolean cancelledBefore) throws Exception {
        Task<Void> sleeping;
        Task<Void> blocked;
        List<String> ends = new ArrayList<>();
        try (EventLoop closing = EventLoop.builder().clock(VirtualClock.create()).open()) {
            sleeping = closing.spawn(shielded(closing, () -> {
                closing.sleep(HOUR);
                return null;
            }, ends));
            blocked = closing.spawn(shielded(closing, () -> {
                new CountDownLatch(1).await();
                return null;
            }, ends));
            closing.step(false);
            if (cancelledBefore) {
                sleeping.cancel();
                blocked.cancel();
                closing.step(false);
                assertEquals(List.of(), ends);
            }
        }
        assertEquals(List.of("LoopClosedException", "InterruptedException"), ends.stream().sorted(
                Comparator.reverseOrder()).toList());
        assertSame(Task.State.CANCELLED, sleeping.state());
        assertSame(Task.State.CANCELLED, blocked.state());
    }

    private static TaskBody shielded(EventLoop closing, Callable<?> wait, List<String> ends) {
        return () -> closing.shielded(() -> {
            try {
                wait.call();
            } catch (InterruptedException | LoopClosedException e) {
                ends.add(e.getClass().getSimpleName());
                throw e;
            }
        });
    }

    @Test
    void wrongUse() {
        assertThrows(IllegalStateException.class, () -> loop.shielded(() -> 1));
        assertThrows(NullPointerException.class, () -> inTask(() -> loop.shielded((Callable<?>) null)));
        assertThrows(NullPointerException.class, () -> inTask(() -> loop.shielded(null, () -> 1)));
    }
}
