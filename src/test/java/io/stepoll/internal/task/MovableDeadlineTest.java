package io.stepoll.internal.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.DeadlineExceededException;
import io.stepoll.LoopClosedException;
import io.stepoll.Task;
import io.stepoll.TaskDeadline;
import io.stepoll.internal.loop.Loop;
import io.stepoll.support.VirtualTimeFixture;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Deadlines that are moved while their code runs, in virtual time. */
@Timeout(60)
class MovableDeadlineTest extends VirtualTimeFixture {
    private static final Duration FOREVER = ChronoUnit.FOREVER.getDuration();

    /** Runs code that sleeps for a day under a deadline, and returns how long the code was given. */
    private Duration givenTo(Duration timeout, TaskDeadline.Code<?> before) throws Exception {
        return inTask(() -> assertThrows(DeadlineExceededException.class, () -> loop.within(timeout, deadline -> {
            before.run(deadline);
            loop.sleep(DAY);
            return null;
        }))).timeout();
    }

    @Test
    void withoutAMove() throws Exception {
        assertEquals("result", inTask(() -> loop.within(SECOND, deadline -> "result")));
        assertEquals(SECOND, givenTo(SECOND, deadline -> null));
        assertEquals(SECOND.toNanos(), clock.nanoTime());
        assertEquals(SECOND.negated(), givenTo(SECOND.negated(), deadline -> null));
    }

    /** Each place is exact, from whichever moment it was set, and only the last one counts. */
    @Test
    void resets() throws Exception {
        Duration given = givenTo(SECOND, deadline -> {
            for (int i = 0; i < 5; i++) {
                loop.sleep(SECOND.minusNanos(1));
                assertEquals(Duration.ofNanos(1), deadline.left());
                assertTrue(deadline.reset(SECOND));
                assertEquals(SECOND, deadline.left());
            }
            assertTrue(deadline.reset(MINUTE)); // later
            assertTrue(deadline.reset(Duration.ofNanos(7))); // earlier
            return null;
        });
        assertEquals(SECOND.multipliedBy(5).plusNanos(2), given);
        assertEquals(given.toNanos(), clock.nanoTime());
    }

    @Test
    void extensions() throws Exception {
        assertEquals(MINUTE.plus(SECOND), givenTo(MINUTE, deadline -> {
            loop.sleep(SECOND.multipliedBy(50));
            return deadline.extend(SECOND);
        }));
        assertEquals(MINUTE.minus(SECOND), givenTo(MINUTE, deadline -> {
            loop.sleep(SECOND.multipliedBy(50));
            return deadline.extend(SECOND.negated());
        }));
        long before = clock.nanoTime();
        assertEquals(Duration.ZERO, givenTo(MINUTE, deadline -> {
            deadline.extend(HOUR.negated()); // long ago: comes in the next timers phase
            assertTrue(deadline.left().isNegative());
            return null;
        }));
        assertEquals(before, clock.nanoTime());
        assertNull(inTask(() -> loop.within(SECOND, deadline -> {
            assertTrue(deadline.extend(FOREVER));
            assertEquals(FOREVER, deadline.left());
            loop.sleep(DAY);
            return null;
        })));
    }

    @Test
    void aRemovedDeadline() throws Exception {
        long before = clock.nanoTime();
        assertEquals(DAY.plus(MINUTE), givenTo(SECOND, deadline -> {
            assertTrue(deadline.remove());
            assertTrue(deadline.remove());
            assertEquals(FOREVER, deadline.left());
            assertTrue(deadline.extend(SECOND));
            assertEquals(FOREVER, deadline.left());
            assertEquals(0, Loop.of(loop).timers().size());
            loop.sleep(DAY);
            return deadline.reset(MINUTE);
        }));
        assertEquals(DAY.plus(MINUTE).toNanos(), clock.nanoTime() - before);
    }

    /** The deadline has come, or the code has ended: nothing moves it any more, and no timer stays behind. */
    @Test
    void tooLate() throws Exception {
        AtomicReference<TaskDeadline> kept = new AtomicReference<>();
        inTask(() -> loop.within(SECOND, deadline -> {
            kept.set(deadline);
            assertFalse(deadline.hasCome());
            LockSupport.park(); // until the deadline
            assertTrue(deadline.hasCome());
            assertFalse(deadline.reset(HOUR));
            assertFalse(deadline.extend(HOUR));
            assertFalse(deadline.remove());
            assertTrue(Thread.interrupted());
            return null;
        }));
        inTask(() -> loop.within(SECOND, deadline -> {
            kept.set(deadline);
            return null;
        }));
        assertFalse(kept.get().hasCome());
        assertFalse(kept.get().reset(HOUR));
        assertFalse(kept.get().extend(HOUR));
        assertFalse(kept.get().remove());
        assertEquals(0, Loop.of(loop).timers().size());
    }

    /**
     * The outer deadline is moved before or behind the inner one, by the inner code, and the other way round. Whichever
     * comes first ends the wait; of two that come at once the outer one counts.
     */
    @ParameterizedTest
    @CsvSource({"1, 3, 1, 2, outer", "1, 3, 2, 1, inner", "3, 1, 2, 2, outer", "9, 9, 1, 5, outer",
            "9, 9, 5, 1, inner"})
    void nestedDeadlines(int outer, int inner, int newOuter, int newInner, String ends) throws Exception {
        String[] ended = new String[1];
        inTask(() -> {
            try {
                loop.within(MINUTE.multipliedBy(outer), outside -> {
                    try {
                        return loop.within(MINUTE.multipliedBy(inner), inside -> {
                            outside.reset(HOUR.multipliedBy(newOuter));
                            inside.reset(HOUR.multipliedBy(newInner));
                            loop.sleep(DAY);
                            return null;
                        });
                    } catch (DeadlineExceededException e) {
                        ended[0] = "inner";
                        return null;
                    }
                });
            } catch (DeadlineExceededException e) {
                ended[0] = "outer";
            }
            return null;
        });
        assertEquals(ends, ended[0]);
        assertEquals(HOUR.multipliedBy(Math.min(newOuter, newInner)).toNanos(), clock.nanoTime());
    }

    /** Who moves a deadline that is due in the same phase. */
    enum Mover {
        /** A newer timer, which runs first: the deadline does not come. */
        BEFORE,
        /** An older timer, which runs behind it: too late. */
        AFTER
    }

    @ParameterizedTest
    @EnumSource
    void aMoveInThePhaseOfTheDeadline(Mover mover) throws Exception {
        boolean[] moved = new boolean[1];
        AtomicReference<TaskDeadline> kept = new AtomicReference<>();
        Runnable move = () -> moved[0] = kept.get().reset(MINUTE);
        if (mover == Mover.AFTER) {
            loop.callLater(SECOND, move);
        }
        Duration given = givenTo(SECOND, deadline -> {
            kept.set(deadline);
            if (mover == Mover.BEFORE) {
                loop.callLater(SECOND, move);
            }
            return null;
        });
        assertEquals(mover == Mover.BEFORE, moved[0]);
        assertEquals(mover == Mover.BEFORE ? MINUTE.plus(SECOND) : SECOND, given);
    }

    /** A cancel goes before the deadline, wherever that was moved. */
    @Test
    void aCancel() throws Exception {
        Task<Object> task = loop.spawn(() -> loop.within(SECOND, deadline -> {
            deadline.reset(MINUTE);
            loop.sleep(DAY);
            return null;
        }));
        loop.callLater(MINUTE, task::cancel);
        loop.runUntilDone();
        assertEquals(Task.State.CANCELLED, task.state());
    }

    @Test
    void wrongUse() throws Exception {
        assertThrows(IllegalStateException.class, () -> loop.within(SECOND, deadline -> 1));
        assertThrows(NullPointerException.class, () -> inTask(() -> loop.within(SECOND, (TaskDeadline.Code<?>) null)));
        assertThrows(NullPointerException.class, () -> inTask(() -> loop.within(null, deadline -> 1)));
        AtomicReference<TaskDeadline> kept = new AtomicReference<>();
        inTask(() -> loop.within(SECOND, deadline -> {
            kept.set(deadline);
            assertThrows(NullPointerException.class, () -> deadline.reset(null));
            assertThrows(NullPointerException.class, () -> deadline.extend(null));
            loop.offload(() -> assertThrows(WrongThreadException.class, () -> deadline.reset(HOUR)));
            return null;
        }));
        loop.close();
        assertThrows(LoopClosedException.class, () -> kept.get().reset(SECOND));
    }
}
