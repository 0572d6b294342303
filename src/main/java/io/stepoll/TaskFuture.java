package io.stepoll;

import java.util.concurrent.CompletableFuture;

/** A task as the JDK's code likes it: see {@link Task#toCompletableFuture}. */
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
        return new CompletableFuture<>(); // what depends on it is no task
    }
}
