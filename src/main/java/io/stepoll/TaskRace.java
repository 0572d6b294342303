package io.stepoll;

import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;

/**
 * Tasks of which one is to succeed: the first that does cancels the rest. None outlives the group. Else as
 * {@link TaskGroup}.
 *
 * @param <T> of the result
 */
public final class TaskRace<T> extends TaskScope<T> {
    private TaskRace(EventLoop loop) {
        super(loop, "TaskRace.open");
    }

    /**
     * Opens a group. In a task, its owner.
     *
     * @param <T> of the result
     * @param loop of the task
     * @return the group
     * @throws IllegalStateException if called by a callback, or the loop is closed
     */
    public static <T> TaskRace<T> open(EventLoop loop) {
        return new TaskRace<>(loop);
    }

    @Override
    boolean decides(Task.State end) {
        return end == Task.State.SUCCEEDED;
    }

    /**
     * Waits until one task has succeeded and the others, cancelled then, have ended; or until all have ended.
     *
     * @return the result of the first to succeed; what the others have failed with is dropped
     * @throws ExecutionException if none has succeeded. The cause is what the task that was spawned first has ended
     *     with; what the others have failed with is suppressed.
     * @throws CancellationException if {@link #cancel} was called; failures are suppressed
     * @throws InterruptedException if the owner was interrupted while it waited; failures are suppressed
     * @throws IllegalStateException if there was no task
     * @throws WrongThreadException if called by another than the owner
     */
    public T join() throws InterruptedException, ExecutionException {
        GroupTask<T> winner = awaitEnd();
        if (tasks().isEmpty()) {
            throw new IllegalStateException("a race of no tasks");
        }
        if (winner == null) {
            throw failure(tasks().getFirst());
        }
        for (GroupTask<T> task : tasks()) {
            task.takeFailure();
        }
        return winner.value();
    }
}
