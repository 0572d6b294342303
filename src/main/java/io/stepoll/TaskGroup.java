package io.stepoll;

import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Tasks that belong together: all succeed, or the first that does not succeed cancels the others. No task outlives the
 * group.
 *
 * <p>{@snippet :
 * try (TaskGroup<String> group = loop.openGroup()) {
 *     group.spawn(() -> ask(first));
 *     group.spawn(() -> ask(second));
 *     List<String> answers = group.join();
 * }
 * }
 *
 * <p>One task opens, joins and closes the group: its owner. If the owner is cancelled while it joins, or its deadline
 * comes, the tasks are cancelled, and the owner goes on waiting for their end.
 *
 * @param <T> of the results
 * @since 0.1.0
 */
public interface TaskGroup<T extends @Nullable Object> extends AutoCloseable {
    /**
     * Starts a task of the group; see {@link EventLoop#spawn(Callable)}. Each task of the loop may call it, until the
     * group is joined. Once a task has decided the outcome, or the group is cancelled, the body does not run.
     *
     * @param body the code of the task
     * @return the task
     * @throws IllegalStateException if the group was joined or closed, or the loop is closed
     */
    Task<T> spawn(Callable<? extends T> body);

    /**
     * Starts a task of the group whose thread has a name; otherwise as {@link #spawn(Callable)}.
     *
     * @param name of the thread
     * @param body the code of the task
     * @return the task
     */
    Task<T> spawn(String name, Callable<? extends T> body);

    /**
     * Starts a task of the group whose result is null; otherwise as {@link #spawn(Callable)}.
     *
     * @param body the code of the task
     * @return the task
     */
    Task<T> spawn(TaskBody body);

    /**
     * Waits for the next end of a task. A call returns the tasks one after the other in the order in which they end,
     * each once, so the owner can use a result before the others are there:
     *
     * <p>{@snippet :
     * for (Task<String> task = group.nextEnded(); task != null; task = group.nextEnded()) {
     *     use(task.join()); // does not wait
     * }
     * }
     *
     * <p>The tasks that fail or are cancelled come as well: {@link Task#state} tells, and {@link Task#join} of the task
     * throws. What a failure does to the others stays as it is without this call: in a group the first one cancels the
     * others at once, and they come in the order in which their cleanup ends. A task whose failure the owner takes by
     * the task's own join is not reported again. A {@link #join} of the group may follow, and then waits for the rest.
     *
     * @return the task, which has ended; null if this has returned all that were spawned so far
     * @throws InterruptedException if the owner is interrupted while it waits. Unlike in a join the tasks go on, and no
     *     end is lost: the next call goes on.
     * @throws WrongThreadException if another thread than the owner calls
     */
    @Nullable Task<T> nextEnded() throws InterruptedException;

    /**
     * Waits for the end of all tasks, however they end.
     *
     * @return the results in the order in which the tasks were spawned
     * @throws ExecutionException if a task has failed, or was cancelled by itself. The cause is the exception of the
     *     first such task, which has cancelled the others; their failures are suppressed in it.
     * @throws CancellationException if {@link #cancel} was called; failures are suppressed in it
     * @throws InterruptedException if the owner was interrupted while it waited; failures are suppressed in it
     * @throws WrongThreadException if another thread than the owner calls
     */
    List<T> join() throws InterruptedException, ExecutionException;

    /** Cancels the tasks. A join then throws a {@link CancellationException}. On the loop's thread. */
    void cancel();

    /**
     * Cancels the tasks that still run and waits for their end. The owner calls it. After a join there is nothing left
     * to do. Without a join failures are logged a second later, as those of any task that nobody joins. An interrupt
     * meanwhile leaves the interrupt status set.
     */
    @Override
    void close();
}
