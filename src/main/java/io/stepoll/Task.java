package io.stepoll;

import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;

/**
 * A piece of code that its loop carries in a virtual thread of its own, with a result.
 *
 * <p>The methods may be called from any thread.
 *
 * @param <T> of the result
 */
public interface Task<T> {
    /** How far a task is. */
    enum State {
        /** Its body has not begun. */
        NEW,
        /** Its body runs or waits. */
        RUNNING,
        /** It ended with a result. */
        SUCCEEDED,
        /** It ended with an exception. */
        FAILED,
        /** It was cancelled, before its body began or by an interrupt that ended it. */
        CANCELLED
    }

    /** {@return how far the task is} */
    State state();

    /** {@return whether the task has ended, in whatever way} */
    default boolean isDone() {
        return state().compareTo(State.RUNNING) > 0;
    }

    /**
     * Waits for the end of the task. In another task that suspends the caller, and the loop goes on.
     *
     * @return its result
     * @throws ExecutionException if it failed, with its exception as the cause
     * @throws CancellationException if it was cancelled
     * @throws InterruptedException if the caller is interrupted while it waits; the task goes on
     * @throws IllegalStateException if called by a callback of the loop, which would wait for itself, or by the task
     */
    T join() throws InterruptedException, ExecutionException;

    /**
     * Cancels the task: before its body has begun it never does; while it runs its thread is interrupted, so that the
     * wait it is in, or its next, ends with an exception; afterwards nothing happens.
     */
    void cancel();

    /** {@return the virtual thread that runs the body} */
    Thread thread();
}
