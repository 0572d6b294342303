package io.stepoll.internal.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.stepoll.DeadlineExceededException;
import io.stepoll.Task;
import io.stepoll.support.VirtualTimeFixture;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Code that turns the exception of a deadline, or of a cancel, into another one, as libraries do. */
@Timeout(60)
class WrappedInterruptsTest extends VirtualTimeFixture {
    /** What the code throws, and whether it sets the interrupt status again. */
    enum Thrown {
        WRAPPED(true, false),
        WRAPPED_AND_SET_AGAIN(true, true),
        WRAPPED_TWICE_AND_SET_AGAIN(true, true),
        WRAPPED_IN_AN_ERROR(true, false),
        WRAPPED_IN_A_CIRCLE(true, false),
        DROPPED(true, false),
        DROPPED_BY_THE_CLEANUP(true, false),
        WITH_A_BROKEN_CAUSE(true, false),
        DROPPED_AND_SET_AGAIN(false, true), // looks as if the code had not noticed the interrupt
        A_CIRCLE_AND_SET_AGAIN(false, true),
        AN_ERROR(false, false), // is not hidden
        OF_ANOTHER_TASK_AND_SET_AGAIN(false, true);

        private final boolean endedByTheInterrupt;
        private final boolean setAgain;

        Thrown(boolean endedByTheInterrupt, boolean setAgain) {
            this.endedByTheInterrupt = endedByTheInterrupt;
            this.setAgain = setAgain;
        }

        private Throwable of(InterruptedException e) {
            return switch (this) {
                case WRAPPED, WRAPPED_AND_SET_AGAIN -> new IllegalStateException(e);
                case WRAPPED_TWICE_AND_SET_AGAIN -> new UncheckedIOException(new IOException(e));
                case WRAPPED_IN_AN_ERROR -> new AssertionError(e);
                case WRAPPED_IN_A_CIRCLE, A_CIRCLE_AND_SET_AGAIN -> circle();
                case DROPPED, DROPPED_AND_SET_AGAIN, DROPPED_BY_THE_CLEANUP -> new IOException("dropped");
                case WITH_A_BROKEN_CAUSE -> new BrokenCauseException();
                case AN_ERROR -> new AssertionError("an error");
                case OF_ANOTHER_TASK_AND_SET_AGAIN -> new ExecutionException(e);
            };
        }

        private static Throwable circle() {
            Exception one = new Exception();
            one.initCause(new Exception(one));
            return one;
        }
    }

    private static final class BrokenCauseException extends Exception {
        private static final long serialVersionUID = 1;

        @Override
        public synchronized Throwable getCause() {
            throw new IllegalStateException("broken");
        }
    }

    private Throwable thrown;

    private Void code(Thrown how) throws Exception {
        try {
            loop.sleep(DAY);
        } catch (InterruptedException e) {
            thrown = how.of(e);
        }
        if (how == Thrown.DROPPED_BY_THE_CLEANUP) {
            loop.sleep(MINUTE);
        }
        if (how.setAgain) {
            Thread.currentThread().interrupt();
        }
        if (thrown instanceof Error error) {
            throw error;
        }
        throw (Exception) thrown;
    }

    @ParameterizedTest
    @EnumSource
    void aDeadline(Thrown how) {
        Throwable out = assertThrows(Throwable.class, () -> inTask(() -> loop.within(SECOND, () -> code(how))));
        if (how.endedByTheInterrupt) {
            assertSame(DeadlineExceededException.class, out.getClass());
            assertSame(thrown, out.getCause());
        } else {
            assertSame(thrown, out);
        }
    }

    /** The exception passes an inner deadline that has not come. */
    @ParameterizedTest
    @EnumSource
    void anOuterDeadline(Thrown how) {
        Throwable out = assertThrows(Throwable.class,
                () -> inTask(() -> loop.within(SECOND, () -> loop.within(HOUR, () -> code(how)))));
        assertSame(thrown, how.endedByTheInterrupt ? out.getCause() : out);
        assertEquals(how.endedByTheInterrupt, out instanceof DeadlineExceededException e && e.timeout() == SECOND);
    }

    @ParameterizedTest
    @EnumSource
    void aCancel(Thrown how) {
        Task<Void> task = loop.spawn(() -> code(how));
        loop.step(false);
        task.cancel();
        loop.runUntilDone();
        if (how.endedByTheInterrupt) {
            assertEquals(Task.State.CANCELLED, task.state());
            assertSame(thrown, assertThrows(CancellationException.class, task::join).getCause());
        } else {
            assertEquals(Task.State.FAILED, task.state());
            assertSame(thrown, assertThrows(ExecutionException.class, task::join).getCause());
        }
    }

    /** The cancel counts, although the deadline has come, too: whoever has cancelled the task is not told otherwise. */
    @ParameterizedTest
    @EnumSource(names = {"WRAPPED", "WRAPPED_AND_SET_AGAIN", "DROPPED"})
    void aCancelUnderADeadline(Thrown how) {
        Task<Void> task = loop.spawn(() -> loop.within(SECOND, () -> {
            Task.current().cancel();
            LockSupport.park();
            Thread.yield();
            clock.advance(SECOND);
            Thread.yield();
            Thread.yield(); // now the timers phase is over
            return code(how);
        }));
        loop.runUntilDone();
        assertEquals(Task.State.CANCELLED, task.state(), task::toString);
        assertSame(thrown, assertThrows(CancellationException.class, task::join).getCause());
    }

    /** Code that has seen the interrupt and returns has its result. */
    @Test
    void codeThatReturns() throws Exception {
        assertEquals("result", inTask(() -> loop.within(SECOND, () -> {
            assertThrows(InterruptedException.class, () -> loop.sleep(HOUR));
            return "result";
        })));
        Task<String> task = loop.spawn(() -> {
            assertThrows(InterruptedException.class, () -> loop.sleep(HOUR));
            return "result";
        });
        loop.step(false);
        task.cancel();
        loop.runUntilDone();
        assertEquals("result", task.join());
    }

    /** A failure that has nothing to do with the interrupt, which nobody has seen, stays what it is. */
    @Test
    void aFailureBesideAnInterrupt() {
        Task<Void> task = loop.spawn(() -> {
            LockSupport.park();
            throw new IOException("broken");
        });
        loop.step(false);
        task.cancel();
        loop.runUntilDone();
        assertEquals("broken", assertThrows(ExecutionException.class, task::join).getCause().getMessage());
        assertFalse(Thread.currentThread().isInterrupted());
    }
}
