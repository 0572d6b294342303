package io.stepoll;

import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * A piece of code with a result, which its loop carries in a virtual thread of its own.
 *
 * <p>The methods may be called from any thread.
 *
 * @param <T> of the result
 * @since 0.1.0
 */
public interface Task<T extends @Nullable Object> {
    /**
     * How far a task is.
     *
     * @since 0.1.0
     */
    enum State {
        /** Its body has not begun. */
        NEW,
        /** Its body runs or waits. */
        RUNNING,
        /** It ended with a result. */
        SUCCEEDED,
        /** It ended with an exception. */
        FAILED,
        /**
         * It was cancelled: before its body began, or by an interrupt that ended the body. So ended any body that has
         * thrown an exception after it had seen the interrupt, or one with the exception of a wait among its causes.
         */
        CANCELLED
    }

    /**
     * {@return the task that runs the current code; null in a callback, in a virtual thread that a task started, and
     * outside of a loop}
     */
    static @Nullable Task<?> current() {
        Thread current = Thread.currentThread();
        return current.getUncaughtExceptionHandler() instanceof Task<?> task && task.thread() == current ? task : null;
    }

    /** {@return how far the task is} */
    State state();

    /** {@return whether the task has ended, in whatever way} */
    default boolean isDone() {
        return state().compareTo(State.RUNNING) > 0;
    }

    /**
     * Waits for the end of the task. In another task this suspends the caller, and the loop goes on. If the caller has
     * to wait, it also waits for the functions that depend on the task's future, and for the end of the task's thread.
     * Once {@link #state} says how the task has ended, this returns at once, although these may go on.
     *
     * <p>A failure that nobody has joined within a second of the loop's time is logged, once. A join after that still
     * throws it.
     *
     * @return the result of the task
     * @throws ExecutionException if the task failed, with its exception as the cause
     * @throws CancellationException if the task was cancelled, with what the body has thrown, if anything, as the cause
     * @throws InterruptedException if the caller is interrupted while it waits; the task goes on
     * @throws IllegalStateException if a callback of the loop calls, which would wait for itself, or the task itself
     */
    T join() throws InterruptedException, ExecutionException;

    /**
     * Cancels the task. If its body has not begun it never does. If it runs its thread is interrupted, so that its
     * current wait, or else its next one, ends with an exception, which clears the interrupt status. After its end a
     * cancel does nothing. What the body does after the interrupt, in {@code finally} for instance, may wait as ever,
     * until the next cancel.
     *
     * <p>While the task runs code that is {@linkplain EventLoop#shielded(java.util.concurrent.Callable) shielded}, the
     * cancel is held back, and the interrupt comes right after that code.
     *
     * <p>What an interrupt does not end, a cancel does not end: the entry to a {@code synchronized} block,
     * {@code Lock.lock()}, {@code CompletableFuture.join()}.
     */
    void cancel();

    /**
     * Returns the task as a future, always the same one. The task's thread completes the future as its last act, when
     * {@link #state} says already how the task ended. Functions that depend on the future without an executor run
     * there, and may wait. A future that is asked for after the end is complete at once.
     *
     * <p>Cancelling the future cancels the task. The future is then complete at once, while the task may still clean
     * up; {@link #join} waits for that. Completing the future in any other way does nothing to the task.
     *
     * <p>A failure that the future has been given counts as joined, and is not logged: look at the future.
     *
     * @return the future
     */
    CompletableFuture<T> toCompletableFuture();

    /** {@return the name of the thread that runs the body, as thread dumps show it; empty if it has none} */
    default String name() {
        return thread().getName();
    }

    /** {@return whether the task is a daemon: see {@link EventLoop#spawnDaemon}} */
    boolean isDaemon();

    /** {@return the virtual thread that runs the body} */
    Thread thread();
}
