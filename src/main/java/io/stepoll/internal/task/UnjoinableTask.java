package io.stepoll.internal.task;

import java.util.concurrent.Callable;

/** A task that nobody has: the library started it for a connection, say. Its failure is reported at once. */
final class UnjoinableTask<T> extends LoopTask<T> {
    UnjoinableTask(LoopTasks tasks, Callable<? extends T> body) {
        super(tasks, body);
    }

    @Override
    boolean canBeJoined() {
        return false;
    }
}
