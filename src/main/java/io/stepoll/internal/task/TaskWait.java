package io.stepoll.internal.task;

import io.stepoll.EventLoop;
import io.stepoll.internal.failure.SystemCallFailures;
import io.stepoll.internal.poll.Registration;
import io.stepoll.internal.poll.Waiter;
import io.stepoll.internal.reactor.Deadline;
import io.stepoll.internal.reactor.Wakeable;
import io.stepoll.internal.sched.Carried;
import io.stepoll.internal.sched.Scheduler;
import io.stepoll.internal.sys.Epoll;
import io.stepoll.internal.sys.Log;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * The wait of one virtual thread of the loop, for a time, a descriptor or another thread. A thread waits for one thing
 * at a time, so one object serves it for life. All of it happens on the loop's thread, the waiting thread's own part
 * included, as the loop carries that thread; so there is no synchronization.
 *
 * <p>Each wait looks at its state again whenever its thread is unparked: anybody may unpark a thread, and the loop's
 * own resumption is only a hint.
 */
public class TaskWait extends Deadline implements Waiter, Wakeable, Carried {
    /* state:
     *   RUNNING    the thread does not wait here (it may be parked elsewhere: on a lock, say)
     *   WAITING    it waits for a time, a descriptor or another thread
     *   WOKEN      what it waited for has come; it is to go on
     *   ABANDONED  the descriptor, or the loop, was taken from it
     *   TIMED_OUT  its time has come, before its descriptor was ready if it waited for one */
    private static final int RUNNING = 0;
    private static final int WAITING = 1;
    private static final int WOKEN = 2;
    private static final int ABANDONED = 3;
    private static final int TIMED_OUT = 4;

    private static final int ENDED = Epoll.EPOLLHUP | Epoll.EPOLLERR;

    final LoopTasks tasks;
    private Thread thread;
    private int state = RUNNING;
    private int events;

    /* For dumps: the call that waits, and when that began, or the wait before ended. */
    private String call;
    private long sinceNanos;

    private long waitSequence;

    /** Since the last wait. */
    private int operations;

    private Registration registration;
    private boolean idle;

    /** The innermost deadline over what the thread does. */
    DeadlineScope scope;

    /** The beat of the loop in which its watchdog found this wait pinned, even if the wait never was. */
    private volatile long pinnedAt;

    TaskWait(LoopTasks tasks) {
        this.tasks = tasks;
    }

    /** The thread leads here by its handler, or by a thread-local if it has another handler. */
    void setThread(Thread newThread) {
        thread = newThread;
    }

    @Override
    public Thread thread() {
        return thread;
    }

    @Override
    public final Scheduler scheduler() {
        return tasks.scheduler;
    }

    /** How often the task was cancelled, see {@link LoopTask#cancels()}; a thread that is no task never is. */
    long cancels() {
        return 0;
    }

    /**
     * A shield begins, in the thread: from now on no cancel interrupts the thread.
     *
     * @return false if one around it holds cancels back already; then this shield must not end that
     */
    boolean holdCancels() {
        return false;
    }

    /** The shield ends, in the thread: what it has held back interrupts the thread. */
    void releaseCancels() {}

    /**
     * Whether a cancel or a deadline has interrupted the thread, and not {@link Thread#interrupt} in the program's own
     * code. An interrupt by the program that comes after either of them counts as theirs.
     */
    public final boolean isCancelledOrPastADeadline() {
        return cancels() != 0 || scope != null && scope.hasAnyFired();
    }

    /** Waits until the time has come. */
    public final void sleepUntil(long deadlineNanos) throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException("sleep");
        }
        tasks.reactor.thread().checkTaskMayWait();
        tasks.reactor.schedule(this, deadlineNanos);
        begins("sleep");
        try {
            while (state == WAITING) {
                LockSupport.park(this);
                if (state == WAITING && Thread.interrupted()) {
                    throw new InterruptedException("sleep");
                }
                checkNotPinned("sleep");
            }
            if (state == ABANDONED) {
                throw tasks.reactor.thread().closedException();
            }
        } finally {
            leave();
        }
    }

    /**
     * An operation on a descriptor begins, which may not have to wait. When the task has done as many as the loop's
     * budget allows, it first yields until the next phase of queued callbacks. An interrupt ends that as it would end a
     * wait.
     */
    public final void operationBegins(String call, Waitable target) throws IOException {
        if (yieldsWithinBudget()) {
            if (Thread.interrupted()) {
                throw interrupted(call, target);
            }
            target.checkOpen();
        }
    }

    /** As {@link #operationBegins(String, Waitable)}, for what is no descriptor. An interrupt ends it in any case. */
    public final void operationBegins(String call) throws InterruptedException {
        yieldsWithinBudget();
        if (Thread.interrupted()) {
            throw new InterruptedException(call);
        }
    }

    /** Counts an operation. Returns whether the task has yielded, as its budget was used up. */
    private boolean yieldsWithinBudget() {
        if (++operations <= tasks.ioBudget || tasks.ioBudget == 0) {
            return false;
        }
        operations = 1;
        Thread.yield();
        return true;
    }

    /** Whether the next operation lets the task yield first. */
    public final boolean yieldsNext() {
        return operations >= tasks.ioBudget && tasks.ioBudget != 0;
    }

    /** Throws if the thread has been interrupted, and clears the status, as a wait does. */
    public final void checkNotInterrupted(String call, Waitable target) throws InterruptedIOException {
        if (Thread.interrupted()) {
            throw interrupted(call, target);
        }
    }

    private static InterruptedIOException interrupted(String call, Waitable target) {
        return new InterruptedIOException(call + " on " + target.describe() + ": interrupted");
    }

    /** Yields until the next phase of queued callbacks. */
    public final void yieldOnce() throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException("sleep");
        }
        tasks.reactor.thread().checkTaskMayWait();
        operations = 0;
        Thread.yield();
        if (Thread.interrupted()) {
            throw new InterruptedException("sleep");
        }
    }

    /**
     * Waits until a descriptor is ready, hung up or in error.
     *
     * @param call the call that waits, for messages
     * @param waitedFor the descriptor's registration
     * @param interest {@link Registration#READ}, {@link Registration#WRITE} or {@link Registration#TURN}
     * @param target the descriptor; thread dumps show it as what the thread waits for
     * @param deadlineNanos of the loop's time; {@link EventLoop#NO_DEADLINE} for none
     * @return whether it is ready; false for a mere hang-up or error, which {@link #wasHungUp} tells apart
     * @throws SocketTimeoutException if it is not ready by the deadline
     */
    public final boolean await(String call, Registration waitedFor, int interest, Waitable target, long deadlineNanos)
            throws IOException {
        if (Thread.interrupted()) {
            throw interrupted(call, target);
        }
        tasks.reactor.prepareWait();
        int result = waitedFor.await(this, interest);
        if (result < 0) {
            throw SystemCallFailures.of("epoll_ctl", -result, target.describe());
        }
        begins(call);
        registration = waitedFor;
        waitSequence = tasks.reactor.waitBegins();
        if (isDaemon()) {
            tasks.reactor.daemonWaitBegins();
        }
        try {
            if (deadlineNanos != EventLoop.NO_DEADLINE) {
                tasks.reactor.schedule(this, deadlineNanos);
            }
            while (state == WAITING) {
                LockSupport.park(target);
                if (state == WAITING && Thread.interrupted()) {
                    throw interrupted(call, target);
                }
                checkNotPinned(call);
            }
            if (state == ABANDONED) {
                throw target.closedMeanwhile();
            }
            if (state == TIMED_OUT) {
                throw new SocketTimeoutException(call + " on " + target.describe() + ": timed out");
            }
            return (events & ~ENDED) != 0;
        } finally {
            leave();
        }
    }

    /**
     * Waits for what another thread does. That thread makes the condition true, then unparks this one. If the condition
     * is true, it counts, whatever else has come.
     *
     * @param call the call that waits, for messages
     * @param condition may become true at any time, and stays true
     * @param blocker thread dumps show it as what the thread waits for
     * @param deadlineNanos of the loop's time; {@link EventLoop#NO_DEADLINE} for none
     * @return whether the condition is true; false past the deadline
     */
    public final boolean await(String call, BooleanSupplier condition, Object blocker, long deadlineNanos)
            throws InterruptedException {
        tasks.reactor.thread().checkTaskMayWait();
        if (deadlineNanos != EventLoop.NO_DEADLINE) {
            tasks.reactor.schedule(this, deadlineNanos);
        }
        begins(call);
        try {
            while (!condition.getAsBoolean()) {
                if (state == ABANDONED) {
                    throw tasks.reactor.thread().closedException();
                }
                if (state == TIMED_OUT) {
                    return false;
                }
                if (Thread.interrupted()) {
                    throw new InterruptedException(call);
                }
                LockSupport.park(blocker);
                checkNotPinned(call);
            }
            return true;
        } finally {
            leave();
        }
    }

    /** The thread begins to run: dumps say since when at most it waits for a lock. */
    final void begins() {
        sinceNanos = tasks.reactor.counters().latestNanos();
    }

    private void begins(String newCall) {
        call = newCall;
        sinceNanos = tasks.reactor.counters().latestNanos();
        state = WAITING;
    }

    /** When the wait began, or the one before ended, by the counters' clock. From any thread, as of a moment ago. */
    public final long sinceNanos() {
        return sinceNanos;
    }

    /**
     * What the thread waits for by this wait, in words; null if it does not wait here. From any thread, as of a moment
     * ago. Calls no code of the program's own.
     */
    public final String describeWait() {
        if (state != WAITING) {
            return null;
        }
        Object blocker = LockSupport.getBlocker(thread);
        return switch (blocker) {
            case null -> call;
            case TaskWait self -> call;
            case Waitable target -> call + " on " + target.describe();
            default -> call + " on " + Objects.toIdentityString(blocker);
        };
    }

    @Override
    public final String describe() {
        return call + " of " + thread;
    }

    /** The watchdog has found that the thread waits here and cannot be unmounted. From the watchdog's thread. */
    final void endWaitPinnedAt(long beats) {
        pinnedAt = beats;
        LockSupport.unpark(thread);
    }

    /**
     * As long as the beat is the same, the thread was not unmounted since. It is pinned, or the JDK had no memory to
     * unmount it. The yield tells them apart: it unmounts the thread, or throws an OutOfMemoryError, or does nothing.
     */
    private void checkNotPinned(String call) {
        if (state != WAITING || pinnedAt != tasks.reactor.heartbeat().beats()) {
            return;
        }
        Thread.yield();
        if (state == WAITING && pinnedAt == tasks.reactor.heartbeat().beats()) {
            throw pinned(call);
        }
    }

    static IllegalStateException pinned(String call) {
        return new IllegalStateException(call + " would have waited in a task that is pinned, by a native frame or a"
                + " class initializer, and would have held the loop");
    }

    /** Sets whether {@link #endIdleness} may end the wait that follows. */
    public final void setIdle(boolean newIdle) {
        idle = newIdle;
    }

    /** Lets a wait for this registration, if it still goes on, time out in the next timers phase. */
    public final void timeOut(Registration waitedFor) {
        if (state == WAITING && registration == waitedFor) {
            tasks.reactor.schedule(this, tasks.reactor.deadlineNanos(0));
        }
    }

    /**
     * Lets a wait for a descriptor, if one goes on, time out in the next timers phase.
     *
     * @return whether one goes on
     */
    public final boolean timeOut() {
        if (state != WAITING || registration == null) {
            return false;
        }
        tasks.reactor.schedule(this, tasks.reactor.deadlineNanos(0));
        return true;
    }

    /** Ends a wait for a client that has nothing to ask: it times out in the next timers phase. */
    public final void endIdleness() {
        if (idle) {
            timeOut();
        }
    }

    /** The same if the descriptor that the task waits for is marked as draining. */
    public final void endIdlenessIfMarked() {
        if (registration != null && registration.isDraining()) {
            endIdleness();
        }
    }

    /** However a wait ends, nothing of it stays behind. */
    private void leave() {
        if (isPending() && !tasks.reactor.thread().isClosed()) {
            tasks.reactor.unschedule(this);
        }
        if (state == WAITING && registration != null) {
            detach();
        }
        state = RUNNING;
        sinceNanos = tasks.reactor.counters().latestNanos();
        operations = 1; // the one that has waited
    }

    /** Whether the last wait ended with a hang-up, and not merely an error. */
    public final boolean wasHungUp() {
        return (events & Epoll.EPOLLHUP) != 0;
    }

    private void detach() {
        registration.leave(this);
        registration = null;
        waitEnds();
    }

    private void waitEnds() {
        tasks.reactor.waitEnds();
        if (isDaemon()) {
            tasks.reactor.daemonWaitEnds();
        }
    }

    /** A task: the loop's thread resumes it. */
    @Override
    public final boolean isCallback() {
        return false;
    }

    /** In the timers phase. */
    @Override
    protected final void fire() {
        if (state != WAITING) {
            return; // something else came first: its descriptor is ready, or was taken from it
        }
        if (registration != null) {
            detach();
        }
        resume(TIMED_OUT);
    }

    private void resume(int newState) {
        state = newState;
        tasks.reactor.resume(thread);
    }

    /** In the poll phase: the wake phase is to wake this wait. */
    @Override
    public final void ready(int newEvents) {
        events = newEvents;
        tasks.reactor.ready(this);
    }

    @Override
    public final long sequence() {
        return waitSequence;
    }

    /** In the wake phase: goes on if it is still the wait that the poll found ready. */
    @Override
    public final void wake(long sequence) {
        if (state == WAITING && waitSequence == sequence && registration != null) {
            detach();
            resume(WOKEN);
        }
    }

    /** No poll has found this ready, so the thread comes by the queue. */
    @Override
    public final void retryWrite() {
        if (state == WAITING) {
            detach();
            events = Epoll.EPOLLOUT;
            state = WOKEN;
            LockSupport.unpark(thread);
        }
    }

    @Override
    public final void abandoned() {
        registration = null;
        waitEnds();
        abandon();
    }

    /** Ends a wait with an error, and queues the thread. */
    @Override
    protected final void abandon() {
        if (state == WAITING) {
            state = ABANDONED;
            LockSupport.unpark(thread);
        }
    }

    /** Only a failure outside of any task's body comes here; a task keeps its own. */
    @Override
    public void uncaughtException(Thread failed, Throwable failure) {
        Log.logger().log(System.Logger.Level.ERROR, "a virtual thread of the event loop failed: " + failed, failure);
    }
}
