package io.stepoll.internal.task;

import io.stepoll.Task;
import io.stepoll.TaskBody;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * Tasks that do not outlive a piece of code: what {@link LoopTaskGroup} and {@link LoopTaskRace} have in common.
 *
 * <p>The owner waits for the end of each task, one after the other, and counts nothing. So it does not matter where a
 * task comes to its end, which after the loop's close is on a thread of its own.
 */
abstract class TaskScope<T> {
    private final LoopTasks loopTasks;
    private final Thread owner;
    private final boolean daemon;
    private final ArrayList<GroupTask<T>> tasks = new ArrayList<>();

    /** The first task whose end has decided what becomes of the others. */
    private final AtomicReference<GroupTask<T>> decisive = new AtomicReference<>();

    /** Whether the owner is still to join the tasks, and gets their failures then. */
    private final AtomicBoolean open = new AtomicBoolean(true);

    /* The tasks in the order in which they have ended. Each task puts itself on a stack, whose links are in the tasks,
     * so that needs no memory. The owner takes the stack and adds it, the right way round, to its list. */
    private final AtomicReference<GroupTask<T>> lastEnded = new AtomicReference<>();
    private final ArrayList<GroupTask<T>> ended = new ArrayList<>();
    private int returned; // of these, by nextEnded
    private volatile boolean awaitsNext;

    private volatile boolean cancelled;
    private boolean joined;
    private boolean closed;

    TaskScope(LoopTasks loopTasks, String call) {
        this.loopTasks = loopTasks;
        TaskWait opener = loopTasks.current(call);
        owner = opener.thread();
        daemon = opener.isDaemon();
    }

    public final Task<T> spawn(Callable<? extends T> body) {
        return start(null, Objects.requireNonNull(body, "body"));
    }

    public final Task<T> spawn(String name, Callable<? extends T> body) {
        return start(Objects.requireNonNull(name, "name"), Objects.requireNonNull(body, "body"));
    }

    public final Task<T> spawn(TaskBody body) {
        return start(null, Objects.requireNonNull(body, "body").asCallable());
    }

    private Task<T> start(String name, Callable<? extends T> body) {
        loopTasks.reactor.thread().check("spawn");
        if (joined || closed) {
            throw new IllegalStateException("the group was " + (closed ? "closed" : "joined") + " before");
        }
        GroupTask<T> task = new GroupTask<>(loopTasks, body, this);
        if (daemon) {
            task.makeDaemon();
        }
        tasks.ensureCapacity(tasks.size() + 1); // a task that has started must be one that the group waits for
        task.start(name);
        tasks.add(task);
        if (cancelled || decisive.get() != null) {
            task.cancel();
        }
        return task;
    }

    public final void cancel() {
        if (!closed) {
            loopTasks.reactor.thread().check("cancel");
            cancelled = true;
            cancelTasks();
        }
    }

    private void cancelTasks() {
        for (int i = 0; i < tasks.size(); i++) {
            tasks.get(i).cancel();
        }
    }

    /** Whether a task that ends with this state, and not by a cancel of the group, decides the outcome. */
    abstract boolean decides(Task.State end);

    /** In the task's thread, at its end. */
    final void ended(GroupTask<T> task) {
        if (!cancelled && decides(task.state()) && decisive.compareAndSet(null, task)) {
            cancelTasks();
        }
        GroupTask<T> before;
        do {
            before = lastEnded.get();
            task.setEndedBefore(before);
        } while (!lastEnded.compareAndSet(before, task));
        if (awaitsNext) { // read after the task is on the stack; the owner writes it before it looks there
            LockSupport.unpark(owner);
        }
    }

    public final Task<T> nextEnded() throws InterruptedException {
        checkOwner("nextEnded");
        while (returned == ended().size() && returned < tasks.size()) {
            awaitsNext = true;
            try {
                if (returned == ended().size()) {
                    LockSupport.park(this);
                    if (Thread.interrupted()) {
                        throw new InterruptedException("nextEnded: interrupted; the tasks go on");
                    }
                }
            } finally {
                awaitsNext = false;
            }
        }
        return returned < ended.size() ? ended.get(returned++) : null;
    }

    /** The tasks in the order in which they have ended. For the owner. */
    final List<GroupTask<T>> ended() {
        ended.ensureCapacity(tasks.size()); // what is taken from the stack must not be lost
        int from = ended.size();
        for (GroupTask<T> task = lastEnded.getAndSet(null); task != null; task = task.endedBefore()) {
            ended.add(task);
        }
        Collections.reverse(ended.subList(from, ended.size()));
        return ended;
    }

    /**
     * Waits for the end of all tasks; by the owner. An interrupt of the owner cancels the tasks, and the owner goes on
     * waiting.
     *
     * @return the task that has decided the outcome; null if none has
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

    final AtomicBoolean open() {
        return open;
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
        for (int i = 0; i < tasks.size();) { // the tasks may spawn further ones
            try {
                tasks.get(i).awaitEnd();
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

    /** The exception of a task that did not succeed, as that of the group, with the other failures suppressed in it. */
    final ExecutionException failure(GroupTask<T> task) {
        return suppressing(new ExecutionException(
                task.state() == Task.State.FAILED ? task.takeFailure() : task.cancellation()), task);
    }

    /** Suppresses the failures of all tasks but one in an exception. */
    private <E extends Exception> E suppressing(E exception, GroupTask<T> but) {
        for (GroupTask<T> task : tasks) {
            if (task != but && task.hasFailed()) {
                exception.addSuppressed(task.takeFailure());
            }
        }
        return exception;
    }

    public final void close() {
        if (closed) {
            return;
        }
        checkOwner("close");
        closed = true;
        cancelled = true;
        cancelTasks();
        boolean interrupted = awaitTasks();
        open.set(false);
        tasks.forEach(GroupTask::waitForJoin);
        if (interrupted) {
            owner.interrupt();
        }
    }
}
