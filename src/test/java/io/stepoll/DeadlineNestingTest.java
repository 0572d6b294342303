package io.stepoll;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Deadlines within deadlines, and cancels from outside: whose an interruption is. */
@Timeout(60)
class DeadlineNestingTest extends VirtualTimeFixture {
    /** Which of two deadlines comes first. */
    enum First { INNER, OUTER, BOTH }

    @ParameterizedTest
    @EnumSource
    void nested(First first) throws Exception {
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

    /** The inner code notices nothing: what was sent for the outer one is still to be seen, once. */
    @ParameterizedTest
    @EnumSource
    void nestedWhereTheInnerCodeDoesNotWait(First first) throws Exception {
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

    /** An exception of an inner deadline is no outer one's. */
    @Test
    void innerExceptionPassesTheOuter() {
        DeadlineExceededException out = assertThrows(DeadlineExceededException.class,
                () -> inTask(() -> loop.within(HOUR, () -> loop.within(SECOND, () -> {
                    loop.sleep(HOUR);
                    return null;
                }))));
        assertEquals(SECOND, out.timeout());
        assertEquals(SECOND.toNanos(), clock.nanoTime());
    }

    /** A cancel is no deadline, whatever deadlines are there. */
    @Test
    void cancelFromOutside() throws Exception {
        Task<Void> task = loop.spawn(() -> loop.within(HOUR, () -> loop.sleep(DAY)));
        loop.step(false);
        task.cancel();
        loop.runUntilDone();
        assertEquals(Task.State.CANCELLED, task.state());
        assertEquals(0, clock.nanoTime());
    }

    /** In one phase, in either order: the cancel goes before. */
    @ParameterizedTest
    @EnumSource(names = {"INNER", "OUTER"})
    void cancelInThePhaseOfTheDeadline(First first) throws Exception {
        Task<?>[] task = new Task<?>[1];
        if (first == First.INNER) { // older registration, so the deadline is first
            loop.callLater(SECOND.toNanos(), () -> task[0].cancel());
        }
        task[0] = loop.spawn(() -> {
            if (first == First.OUTER) {
                loop.callLater(SECOND.toNanos(), () -> task[0].cancel());
                loop.within(SECOND, () -> loop.sleep(HOUR));
            } else {
                loop.within(SECOND, () -> loop.sleep(HOUR));
            }
        });
        loop.runUntilDone();
        assertEquals(Task.State.CANCELLED, task[0].state(), task[0]::toString);
        assertEquals(SECOND.toNanos(), clock.nanoTime());
    }

    /** The code does not notice either; the cancel is still to be seen, the deadline's interrupt is not. */
    @ParameterizedTest
    @EnumSource(names = {"INNER", "OUTER"})
    void cancelThatTheCodeDoesNotNotice(First first) throws Exception {
        Task<?>[] task = new Task<?>[1];
        boolean[] after = new boolean[1];
        if (first == First.INNER) {
            loop.callLater(SECOND.toNanos(), () -> task[0].cancel());
        }
        task[0] = loop.spawn(() -> {
            loop.within(SECOND, () -> {
                if (first == First.OUTER) {
                    loop.callLater(SECOND.toNanos(), () -> task[0].cancel()); // newer than the deadline
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

    /** A cancel whose exception is out: then a deadline over the cleanup, which leaves nothing. */
    @Test
    void deadlineOverTheCleanupOfACancel() throws Exception {
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

    /**
     * Cancels by another thread at any moment about the deadlines of code that notices none of them: the wait after it
     * does. It would for ever if the cancel got lost, and fail if one of the deadlines left its interrupt behind.
     */
    @Test
    void cancelsOfAnotherThread() throws Exception {
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
}
