package io.stepoll.internal.task;

import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;

/** A task of a group, which it notifies of its end. */
final class GroupTask<T> extends LoopTask<T> {
    private final TaskScope<T> group;

    /** The task of the group that has ended before this one, and that the owner has not taken. */
    private GroupTask<T> endedBefore;

    GroupTask(LoopTasks tasks, Callable<? extends T> body, TaskScope<T> group) {
        super(tasks, body);
        this.group = group;
    }

    GroupTask<T> endedBefore() {
        return endedBefore;
    }

    void setEndedBefore(GroupTask<T> task) {
        endedBefore = task;
    }

    /** The owner of the group takes the failure, too, unless it closes the group without a join. */
    @Override
    BooleanSupplier joiners() {
        Joins joins = joins();
        AtomicBoolean open = group.open();
        return () -> open.get() || joins.hasJoiners();
    }

    @Override
    void ended() {
        try {
            super.ended();
        } finally {
            group.ended(this);
        }
    }
}
