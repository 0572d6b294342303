package io.stepoll;

import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
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
     * wait it is in, or its next, ends with an exception, which clears the interrupt status; afterwards nothing
     * happens. What the body does then, in {@code finally} for instance, may wait as ever, until it is cancelled once
     * more.
     *
     * <p>What no interrupt ends, neither does a cancel: the entry to a {@code synchronized} block,
     * {@code Lock.lock()}, {@code CompletableFuture.join()}.
     */
    void cancel();

    /**
     * The task as a future, always the same. It is completed in the task's thread as the last thing that this does,
     * when {@link #state} tells of the end already; functions that depend on it without an executor run there, and may
     * wait. One that is asked for after the end is complete at once.
     *
     * <p>To cancel the future is to cancel the task. The future is then complete at once, while the task may still
     * clean up; {@link #join} waits for that. To complete it in any other way does nothing to the task.
     *
     * <p>A failure that is given to the future counts as joined, and is not logged: look at the future.
     *
     * @return the future
     */
    CompletableFuture<T> toCompletableFuture();

    /** {@return the name of the thread that runs the body, as thread dumps show it; empty if it was given none} */
    default String name() {
        return thread().getName();
    }

    /** {@return the virtual thread that runs the body} */
    Thread thread();
}
