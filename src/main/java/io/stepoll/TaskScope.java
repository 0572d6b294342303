package io.stepoll;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Tasks that do not outlive a piece of code: what {@link TaskGroup} and {@link TaskRace} have in common.
 *
 * <p>Who waits for the tasks waits for their threads, one after the other, and counts nothing: so it does not matter
 * where a task comes to its end, which after the loop was closed is on a thread of its own.
 */
abstract sealed class TaskScope<T> implements AutoCloseable permits TaskGroup, TaskRace {
    private final Reactor reactor;
    private final Thread owner;
    private final List<GroupTask<T>> tasks = new ArrayList<>();

    /** The first task whose end has decided what becomes of the others. */
    private final AtomicReference<GroupTask<T>> decisive = new AtomicReference<>();

    private volatile boolean cancelled;
    private boolean joined;
    private boolean closed;

    TaskScope(EventLoop loop, String what) {
        reactor = loop.reactor();
        owner = reactor.thread.suspension(reactor, what).thread();
    }

    /**
     * Starts a task of the group; see {@link EventLoop#spawn(Callable)}. Any task of the loop may, until the group was
     * joined. Once the outcome is decided, or the group cancelled, the body does not run.
     *
     * @param body what it does
     * @return the task
     * @throws IllegalStateException if the group was joined or closed, or the loop is closed
     */
    public final Task<T> spawn(Callable<? extends T> body) {
        return start(null, Objects.requireNonNull(body, "body"));
    }

    /**
     * Starts a task whose thread has a name; else as {@link #spawn(Callable)}.
     *
     * @param name of the thread
     * @param body what it does
     * @return the task
     */
    public final Task<T> spawn(String name, Callable<? extends T> body) {
        return start(Objects.requireNonNull(name, "name"), Objects.requireNonNull(body, "body"));
    }

    /**
     * Starts a task whose result is null; else as {@link #spawn(Callable)}.
     *
     * @param body what it does
     * @return the task
     */
    public final Task<T> spawn(TaskBody body) {
        Objects.requireNonNull(body, "body");
        return start(null, () -> {
            body.run();
            return null;
        });
    }

    private Task<T> start(String name, Callable<? extends T> body) {
        reactor.thread.check("spawn");
        if (joined || closed) {
            throw new IllegalStateException("the group was " + (closed ? "closed" : "joined") + " before");
        }
        GroupTask<T> task = new GroupTask<>(reactor, body, this);
        task.start(name);
        tasks.add(task);
        if (cancelled || decisive.get() != null) {
            task.cancel();
        }
        return task;
    }

    /** Cancels the tasks. To join the group then ends with a {@link CancellationException}. On the loop's thread. */
    public final void cancel() {
        if (!closed) {
            reactor.thread.check("cancel");
            cancelled = true;
            cancelTasks();
        }
    }

    private void cancelTasks() {
        for (int i = 0; i < tasks.size(); i++) {
            tasks.get(i).cancel();
        }
    }

    /** Whether the end of a task with this state, not being due to a cancel of the group, decides. */
    abstract boolean decides(Task.State end);

    /** In the task's thread, at its end. */
    final void ended(GroupTask<T> task) {
        if (!cancelled && decides(task.state()) && decisive.compareAndSet(null, task)) {
            cancelTasks();
        }
    }

    /**
     * Waits for the end of all tasks; by the owner. One that is interrupted cancels them, and goes on waiting.
     *
     * @return the task that has decided; null if none
     */
    final GroupTask<T> awaitEnd() throws InterruptedException {
        checkOwner("join");
        boolean interrupted = awaitTasks();
        joined = true;
        if (interrupted) {
            throw suppressing(new InterruptedException("join: interrupted; the tasks were cancelled"), null);
        }
        if (cancelled) {
            throw suppressing(new CancellationException("the group was cancelled"), null);
        }
        return decisive.get();
    }

    private void checkOwner(String call) {
        if (Thread.currentThread() != owner) {
            throw new WrongThreadException(call + " belongs to the task that has opened the group, " + owner
                    + "; it was called from " + Thread.currentThread());
        }
    }

    /** Returns whether the owner was interrupted. */
    private boolean awaitTasks() {
        boolean interrupted = false;
        for (int i = 0; i < tasks.size();) { // they may spawn further ones
            try {
                tasks.get(i).thread().join();
                i++;
            } catch (InterruptedException e) {
                interrupted = true;
                cancelled = true;
                cancelTasks();
            }
        }
        return interrupted;
    }

    /** The tasks in the order in which they were spawned. */
    final List<GroupTask<T>> tasks() {
        return tasks;
    }

    /** What a task has ended with that did not succeed, as what the group ends with; those of the others go along. */
    final ExecutionException failure(GroupTask<T> task) {
        return suppressing(new ExecutionException(
                task.state() == Task.State.FAILED ? task.takeFailure() : task.cancellation()), task);
    }

    /** Adds the failures of all tasks but one. */
    private <E extends Exception> E suppressing(E exception, GroupTask<T> but) {
        for (GroupTask<T> task : tasks) {
            if (task != but && task.state() == Task.State.FAILED) {
                exception.addSuppressed(task.takeFailure());
            }
        }
        return exception;
    }

    /**
     * Cancels what still runs and waits for its end; by the task that has opened the group. After a join there is
     * nothing left to do. Without one failures are logged, as of any task that nobody joins. An interrupt meanwhile
     * stays set.
     */
    @Override
    public final void close() {
        if (closed) {
            return;
        }
        checkOwner("close");
        closed = true;
        cancelled = true;
        cancelTasks();
        if (awaitTasks()) {
            owner.interrupt();
        }
    }
}
