package io.stepoll.internal.task;

import java.util.concurrent.Callable;

/** A task of a group, which it notifies of its end. */
final class GroupTask<T> extends LoopTask<T> {
    private final TaskScope<T> scope;

    GroupTask(LoopTasks tasks, Callable<? extends T> body, TaskScope<T> scope) {
        super(tasks, body);
        this.scope = scope;
    }

    @Override
    void ended() {
        try {
            super.ended();
        } finally {
            scope.ended(this);
        }
    }
}
