package io.stepoll.internal.task;

import java.util.concurrent.Callable;

/** A task that nobody joins: the library started it for a connection, say. Its failure is reported at once. */
final class UnjoinableTask<T> extends LoopTask<T> {
    private final TaskEnd end;

    /** @param end is told of the failure and of the end; null if the failure is to be logged */
    UnjoinableTask(LoopTasks tasks, Callable<? extends T> body, TaskEnd end) {
        super(tasks, body);
        this.end = end;
    }

    @Override
    boolean canBeJoined() {
        return false;
    }

    @Override
    UnjoinedFailures.Ticket report(Throwable thrown) {
        if (end == null) {
            return super.report(thrown);
        }
        end.failed(thrown);
        return null;
    }

    @Override
    void ended() {
        super.ended();
        if (end != null) {
            end.ended();
        }
    }
}
