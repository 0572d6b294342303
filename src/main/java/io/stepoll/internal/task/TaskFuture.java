package io.stepoll.internal.task;

import io.stepoll.Task;
import java.util.concurrent.CompletableFuture;

/** A task as a future of the JDK; see {@link Task#toCompletableFuture}. */
final class TaskFuture<T> extends CompletableFuture<T> {
    private final Task<T> task;

    TaskFuture(Task<T> task) {
        this.task = task;
    }

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
        boolean cancelled = super.cancel(mayInterruptIfRunning);
        if (cancelled) {
            task.cancel();
        }
        return cancelled;
    }

    @Override
    public <U> CompletableFuture<U> newIncompleteFuture() {
        return new CompletableFuture<>(); // a future that depends on this one is no task
    }
}
