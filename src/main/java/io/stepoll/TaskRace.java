package io.stepoll;

import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;

/**
 * Tasks of which one has to succeed: the first that succeeds cancels the others. No task outlives the race. Otherwise
 * as {@link TaskGroup}.
 *
 * @param <T> of the result
 */
public interface TaskRace<T> extends AutoCloseable {
    /**
     * Starts a task of the race; see {@link TaskGroup#spawn(Callable)}.
     *
     * @param body the code of the task
     * @return the task
     * @throws IllegalStateException if the race was joined or closed, or the loop is closed
     */
    Task<T> spawn(Callable<? extends T> body);

    /**
     * Starts a task of the race whose thread has a name; otherwise as {@link #spawn(Callable)}.
     *
     * @param name of the thread
     * @param body the code of the task
     * @return the task
     */
    Task<T> spawn(String name, Callable<? extends T> body);

    /**
     * Starts a task of the race whose result is null; otherwise as {@link #spawn(Callable)}.
     *
     * @param body the code of the task
     * @return the task
     */
    Task<T> spawn(TaskBody body);

    /**
     * Waits until one task has succeeded and the others, which that cancels, have ended; or until all have ended.
     *
     * @return the result of the first task that succeeded; the failures of the others are dropped
     * @throws ExecutionException if no task has succeeded. The cause is what the task that was spawned first has ended
     *     with; the failures of the others are suppressed in it.
     * @throws CancellationException if {@link #cancel} was called; failures are suppressed in it
     * @throws InterruptedException if the owner was interrupted while it waited; failures are suppressed in it
     * @throws IllegalStateException if there was no task
     * @throws WrongThreadException if another thread than the owner calls
     */
    T join() throws InterruptedException, ExecutionException;

    /** Cancels the tasks. A join then throws a {@link CancellationException}. On the loop's thread. */
    void cancel();

    /** Cancels the tasks that still run and waits for their end; see {@link TaskGroup#close}. */
    @Override
    void close();
}
