package io.stepoll;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;

/**
 * Tasks that belong together: all succeed, or the first that does not cancels the rest. None outlives the group.
 *
 * <p>{@snippet :
 * try (TaskGroup<String> group = TaskGroup.open(loop)) {
 *     group.spawn(() -> ask(first));
 *     group.spawn(() -> ask(second));
 *     List<String> answers = group.join();
 * }
 * }
 *
 * <p>It is opened, joined and closed by one task, its owner. If that is cancelled, or a deadline of it has come, while
 * it joins, the tasks are cancelled, and it goes on to wait for their end.
 *
 * @param <T> of the results
 */
public final class TaskGroup<T> extends TaskScope<T> {
    private TaskGroup(EventLoop loop) {
        super(loop, "TaskGroup.open");
    }

    /**
     * Opens a group. In a task, its owner.
     *
     * @param <T> of the results
     * @param loop of the task
     * @return the group
     * @throws IllegalStateException if called by a callback, or the loop is closed
     */
    public static <T> TaskGroup<T> open(EventLoop loop) {
        return new TaskGroup<>(loop);
    }

    @Override
    boolean decides(Task.State end) {
        return end != Task.State.SUCCEEDED;
    }

    /**
     * Waits for the end of all tasks, however they end.
     *
     * @return the results in the order in which the tasks were spawned
     * @throws ExecutionException if a task has failed, or was cancelled by itself. The cause is the exception of the
     *     first, which has cancelled the rest; those of the others that failed are suppressed.
     * @throws CancellationException if {@link #cancel} was called; failures are suppressed
     * @throws InterruptedException if the owner was interrupted while it waited; failures are suppressed
     * @throws WrongThreadException if called by another than the owner
     */
    public List<T> join() throws InterruptedException, ExecutionException {
        GroupTask<T> failed = awaitEnd();
        if (failed != null) {
            throw failure(failed);
        }
        List<T> results = new ArrayList<>(tasks().size());
        for (GroupTask<T> task : tasks()) {
            results.add(task.value());
        }
        return Collections.unmodifiableList(results); // which may have nulls
    }
}
