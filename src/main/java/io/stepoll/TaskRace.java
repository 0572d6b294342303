package io.stepoll;

import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Tasks of which one has to succeed, or several: the first that succeeds, or the last of so many, cancels the others.
 * No task outlives the race. Otherwise as {@link TaskGroup}.
 *
 * @param <T> of the result
 * @since 0.1.0
 */
public interface TaskRace<T extends @Nullable Object> extends AutoCloseable {
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
     * Waits for the next end of a task; see {@link TaskGroup#nextEnded}. A failure cancels nobody here. Once there are
     * enough winners the others come as they end, cancelled.
     *
     * @return the task, which has ended; null if this has returned all that were spawned so far
     * @throws InterruptedException if the owner is interrupted while it waits; the tasks go on
     * @throws WrongThreadException if another thread than the owner calls
     */
    @Nullable Task<T> nextEnded() throws InterruptedException;

    /**
     * Waits as {@link #join} does, until as many tasks have succeeded as {@link EventLoop#openRace(int)} was told.
     *
     * @return the results of the winners, in the order in which they ended
     * @throws ExecutionException if fewer tasks have succeeded. The cause is what the first of the others, in the order
     *     of spawning, has ended with; further failures are suppressed in it.
     * @throws CancellationException as for {@link #join}
     * @throws InterruptedException as for {@link #join}
     * @throws IllegalStateException if there were fewer tasks than winners
     * @throws WrongThreadException if another thread than the owner calls
     */
    List<T> joinWinners() throws InterruptedException, ExecutionException;

    /**
     * Waits until enough tasks, by default one, have succeeded and the others, which that cancels, have ended; or until
     * all have ended.
     *
     * @return the result of the first task that succeeded; the failures of the others are dropped
     * @throws ExecutionException if no task has succeeded, or not enough. The cause is what the task that was spawned
     *     first has ended with; the failures of the others are suppressed in it.
     * @throws CancellationException if {@link #cancel} was called; failures are suppressed in it
     * @throws InterruptedException if the owner was interrupted while it waited; failures are suppressed in it
     * @throws IllegalStateException if there was no task, or fewer than winners
     * @throws WrongThreadException if another thread than the owner calls
     */
    T join() throws InterruptedException, ExecutionException;

    /** Cancels the tasks. A join then throws a {@link CancellationException}. On the loop's thread. */
    void cancel();

    /** Cancels the tasks that still run and waits for their end; see {@link TaskGroup#close}. */
    @Override
    void close();
}
