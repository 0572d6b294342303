package io.stepoll;

import io.stepoll.internal.poll.Registration;
import io.stepoll.internal.poll.Waiter;
import io.stepoll.internal.sys.Epoll;
import io.stepoll.internal.task.Carried;
import io.stepoll.internal.task.Scheduler;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.nio.channels.AsynchronousCloseException;
import java.util.concurrent.locks.LockSupport;

/**
 * The wait of one virtual thread of the loop, for a time or for a descriptor; it waits for one thing at a time, so one
 * object serves it for life. Everything here happens on the loop's thread, the waiting thread's own part included, as
 * the loop carries it; so there is no synchronization.
 *
 * <p>Each wait looks at its state again whenever it is unparked: anybody may unpark a thread, and the loop's own
 * resumption is only a hint.
 */
class Suspension extends Deadline implements Waiter, Wakeable, Carried {
    /* state:
     *   RUNNING    the thread does not wait here (it may be parked elsewhere: on a lock, say)
     *   WAITING    it waits for a time or a descriptor
     *   WOKEN      what it waited for has come; it is to go on
     *   ABANDONED  the descriptor, or the loop, was taken from it
     *   TIMED_OUT  its deadline came before its descriptor was ready */
    private static final int RUNNING = 0;
    private static final int WAITING = 1;
    private static final int WOKEN = 2;
    private static final int ABANDONED = 3;
    private static final int TIMED_OUT = 4;

    private static final int ENDED = Epoll.EPOLLHUP | Epoll.EPOLLERR;

    final Reactor reactor;
    private Thread thread;
    private int state = RUNNING;
    private int events;
    private long waitSequence;

    /** Since it last waited. */
    private int operations;

    private Registration registration;
    private boolean idle;

    /** The innermost deadline over what the thread does. */
    DeadlineScope scope;

    /** The beat of the loop in which its watchdog found this wait pinned; even if it never did. */
    private volatile long pinnedAt;

    Suspension(Reactor reactor) {
        this.reactor = reactor;
    }

    /** A thread leads here by its handler, or if it is not ours to give one, by a thread-local. */
    void setThread(Thread newThread) {
        thread = newThread;
    }

    @Override
    public Thread thread() {
        return thread;
    }

    @Override
    public Scheduler scheduler() {
        return reactor.scheduler;
    }

    /** How often it was cancelled, see {@link LoopTask#cancels()}; a thread that is no task never is. */
    long cancels() {
        return 0;
    }

    /** Waits until the time has come. */
    void sleepUntil(long deadlineNanos) throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException("sleep");
        }
        reactor.thread.checkTaskMayWait();
        state = WAITING;
        reactor.timers.add(this, deadlineNanos);
        try {
            while (state == WAITING) {
                LockSupport.park(this);
                if (state == WAITING && Thread.interrupted()) {
                    throw new InterruptedException("sleep");
                }
                checkNotPinned("sleep");
            }
            if (state == ABANDONED) {
                throw reactor.thread.closedException();
            }
        } finally {
            leave();
        }
    }

    /**
     * An operation on a descriptor begins, which may not have to wait. After as many as the loop's budget allows the
     * task goes on in the next transients phase, and an interrupt ends it as it would a wait.
     *
     * @return this
     */
    Suspension operationBegins(String call, Descriptor descriptor) throws IOException {
        if (++operations > reactor.ioBudget && reactor.ioBudget != 0) {
            operations = 1;
            Thread.yield();
            if (Thread.interrupted()) {
                throw new InterruptedIOException(call + " on " + descriptor.describe() + ": interrupted");
            }
            descriptor.checkOpen();
        }
        return this;
    }

    /** Goes on in the next transients phase. */
    void yieldOnce() throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException("sleep");
        }
        reactor.thread.checkTaskMayWait();
        operations = 0;
        Thread.yield();
        if (Thread.interrupted()) {
            throw new InterruptedException("sleep");
        }
    }

    /**
     * Waits until the descriptor is ready, hung up or in error.
     *
     * @param call what waits, for messages
     * @param deadlineNanos of the loop's time; {@link EventLoop#NO_DEADLINE} for none
     * @return whether it is ready; false for a mere hang-up or error, which {@link #wasHungUp} tells apart
     * @throws SocketTimeoutException if it is not by the deadline
     */
    boolean await(String call, Registration waitedFor, int interest, Descriptor descriptor, long deadlineNanos)
            throws IOException {
        if (Thread.interrupted()) {
            throw new InterruptedIOException(call + " on " + descriptor.describe() + ": interrupted");
        }
        int result = waitedFor.await(this, interest);
        if (result < 0) {
            throw SystemCallFailure.of("epoll_ctl", -result, descriptor.describe());
        }
        state = WAITING;
        registration = waitedFor;
        waitSequence = reactor.waiterCame();
        try {
            if (deadlineNanos != EventLoop.NO_DEADLINE) {
                reactor.timers.add(this, deadlineNanos);
            }
            while (state == WAITING) {
                LockSupport.park(descriptor);
                if (state == WAITING && Thread.interrupted()) {
                    throw new InterruptedIOException(call + " on " + descriptor.describe() + ": interrupted");
                }
                checkNotPinned(call);
            }
            if (state == ABANDONED) {
                throw new AsynchronousCloseException();
            }
            if (state == TIMED_OUT) {
                throw new SocketTimeoutException(call + " on " + descriptor.describe() + ": timed out");
            }
            return (events & ~ENDED) != 0;
        } finally {
            leave();
        }
    }

    /** The watchdog has found that the thread waits here and cannot be unmounted. From its thread. */
    final void endWaitPinnedAt(long beats) {
        pinnedAt = beats;
        LockSupport.unpark(thread);
    }

    /** As long as it is the same beat, the thread was not unmounted since. */
    private void checkNotPinned(String call) {
        if (state == WAITING && pinnedAt == reactor.pulse.beats()) {
            throw pinned(call);
        }
    }

    static IllegalStateException pinned(String call) {
        return new IllegalStateException(call + " was to wait in a task that is pinned, by a native frame or a class"
                + " initializer, and so held the loop");
    }

    /** Whether the wait that follows may be ended by {@link #endIdleness}. */
    void setIdle(boolean newIdle) {
        idle = newIdle;
    }

    /** A wait for a client that has nothing to ask times out, in the next timer phase. */
    void endIdleness() {
        if (idle && state == WAITING && registration != null) {
            reactor.timers.add(this, reactor.deadlineNanos(0));
        }
    }

    /** However a wait ends, nothing of it stays behind. */
    private void leave() {
        if (isPending() && !reactor.thread.isClosed()) {
            reactor.timers.cancel(this);
        }
        if (state == WAITING && registration != null) {
            detach();
        }
        state = RUNNING;
        operations = 1; // the one that has waited
    }

    /** Of the last wait: hung up, and not merely in error. */
    boolean wasHungUp() {
        return (events & Epoll.EPOLLHUP) != 0;
    }

    private void detach() {
        registration.leave(this);
        registration = null;
        reactor.waiterLeft();
    }

    /** In the timer phase. */
    @Override
    final void fire() {
        if (state != WAITING) {
            return; // it is on its way already, with what came first: its descriptor ready, or taken from it
        }
        if (registration == null) {
            resume(WOKEN);
        } else {
            detach();
            resume(TIMED_OUT);
        }
    }

    /** Goes on, before this returns if the JDK lets it. What comes out of its thread is no reason to skip the next. */
    private void resume(int newState) {
        state = newState;
        try {
            reactor.scheduler.resume(thread);
        } catch (Throwable thrown) {
            reactor.failures.callbackFailed(thread, thrown);
        }
    }

    /** In the poll phase: to be woken in the next one. */
    @Override
    public final void ready(int newEvents) {
        events = newEvents;
        reactor.ready(waitSequence, this);
    }

    /** In the wake phase, if it still waits what it waited for when it was said to be ready. */
    @Override
    public final void wake(long sequence) {
        if (state == WAITING && waitSequence == sequence && registration != null) {
            detach();
            resume(WOKEN);
        }
    }

    /** By the queue, as no poll has told. */
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
        reactor.waiterLeft();
        abandon();
    }

    /** Ends a wait with an error, and queues the thread. */
    @Override
    final void abandon() {
        if (state == WAITING) {
            state = ABANDONED;
            LockSupport.unpark(thread);
        }
    }

    /** Only a failure outside of any body comes here; a task keeps its own. */
    @Override
    public void uncaughtException(Thread failed, Throwable failure) {
        reactor.failures.unhandled(failed, failure);
    }
}
