package io.stepoll.internal.task;

import io.stepoll.Task;
import io.stepoll.TaskRace;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;

/** A {@link TaskRace} of a loop. */
public final class LoopTaskRace<T> extends TaskScope<T> implements TaskRace<T> {
    private final int winners;

    /** How many tasks have succeeded; on late threads, after the loop's close, several at once. */
    private final AtomicInteger succeeded = new AtomicInteger();

    /** Opens it, in a task. */
    public LoopTaskRace(LoopTasks loopTasks, int winners) {
        super(loopTasks, "openRace");
        if (winners < 1) {
            throw new IllegalArgumentException("a race has at least 1 winner: " + winners);
        }
        this.winners = winners;
    }

    @Override
    boolean decides(Task.State end) {
        return end == Task.State.SUCCEEDED && succeeded.incrementAndGet() == winners;
    }

    @Override
    public T join() throws InterruptedException, ExecutionException {
        return joinWinners().getFirst();
    }

    @Override
    public List<T> joinWinners() throws InterruptedException, ExecutionException {
        GroupTask<T> last = awaitEnd();
        if (tasks().size() < winners) {
            throw new IllegalStateException("a race of " + tasks().size() + " tasks for " + winners + " winners");
        }
        if (last == null) {
            throw failure(tasks().stream().filter(task -> task.state() != Task.State.SUCCEEDED).findFirst()
                    .orElseThrow());
        }
        for (GroupTask<T> task : tasks()) {
            task.takeFailure();
        }
        List<T> results = new ArrayList<>(winners);
        for (GroupTask<T> task : ended()) {
            if (task.state() == Task.State.SUCCEEDED && results.size() < winners) {
                results.add(task.value());
            }
        }
        return Collections.unmodifiableList(results); // which may have nulls
    }
}
