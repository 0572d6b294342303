package io.stepoll.internal.task;

import io.stepoll.Task;
import io.stepoll.TaskGroup;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutionException;

/** A {@link TaskGroup} of a loop. */
public final class LoopTaskGroup<T> extends TaskScope<T> implements TaskGroup<T> {
    /** Opens it, in a task. */
    public LoopTaskGroup(LoopTasks loopTasks) {
        super(loopTasks, "openGroup");
    }

    @Override
    boolean decides(Task.State end) {
        return end != Task.State.SUCCEEDED;
    }

    @Override
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
