package io.stepoll.internal.task;

import io.stepoll.Task;
import io.stepoll.TaskRace;
import java.util.concurrent.ExecutionException;

/** A {@link TaskRace} of a loop. */
public final class LoopTaskRace<T> extends TaskScope<T> implements TaskRace<T> {
    /** Opens it, in a task. */
    public LoopTaskRace(LoopTasks loopTasks) {
        super(loopTasks, "openRace");
    }

    @Override
    boolean decides(Task.State end) {
        return end == Task.State.SUCCEEDED;
    }

    @Override
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
