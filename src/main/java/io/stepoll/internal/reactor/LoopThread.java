package io.stepoll.internal.reactor;

import io.stepoll.LoopClosedException;
import io.stepoll.internal.sched.Scheduler;
import java.util.concurrent.RejectedExecutionException;

/** Who may call a loop: its thread, and the virtual threads that the loop carries; and who may run it. */
public final class LoopThread {
    private final String name;
    private final Scheduler scheduler;
    private boolean running;
    private volatile boolean closing;
    private volatile boolean closed;

    public LoopThread(String name, Scheduler scheduler) {
        this.name = name;
        this.scheduler = scheduler;
        assert HeldMonitors.areKnown();
    }

    /** The current thread begins to step, or run, the loop. Returns the argument for {@link #leave}. */
    long enter(String call) {
        checkMayRun(call);
        checkIsOutsideOfAStep(call);
        assert HeldMonitors.none(call);
        bind(call);
        running = true;
        return scheduler.enter();
    }

    void leave(long entered) {
        running = false;
        scheduler.leave(entered);
    }

    private void checkMayRun(String call) {
        checkOpen();
        Thread current = Thread.currentThread();
        if (current.isVirtual()) {
            if (scheduler.isInCallback()) {
                checkIsOutsideOfAStep(call);
            }
            throw new IllegalStateException(
                    call + " was called from a virtual thread, " + current + "; a loop runs on a platform thread");
        }
        if (!scheduler.mayBind()) {
            throw wrongThread(call);
        }
    }

    private void checkIsOutsideOfAStep(String call) {
        if (running) {
            throw new IllegalStateException(
                    call + " was called from within a step of the same loop; stop the loop there");
        }
    }

    private void bind(String call) {
        if (!scheduler.bind()) {
            throw wrongThread(call);
        }
    }

    /** Whether the current thread is the loop's, or a task of the loop. */
    public boolean isCurrent() {
        return scheduler.isOnLoop();
    }

    /** Whether the current thread runs a callback of the loop, or is the loop's own: then it must not wait by name. */
    public boolean isInCallback() {
        return !closed && scheduler.isBound() && scheduler.isInCallback();
    }

    /**
     * Whether the current thread runs a callback in a step. Outside of a step the loop's thread may wait: nobody runs.
     */
    public boolean isInCallbackOfAStep() {
        return running && isInCallback();
    }

    /**
     * For a call that may wait, on whatever thread. The loop's own thread must not call it: it would wait for itself.
     */
    public void checkMayWait(String call) {
        if (isInCallback()) {
            throw mustNotWait(call);
        }
    }

    /** What a call that may wait throws in a callback. */
    public static IllegalStateException mustNotWait(String call) {
        return new IllegalStateException(call + " may wait, and a callback must not: call it in a task");
    }

    /** Whether the loop has run and the current thread is its own, or a task: then a change can be made at once. */
    public boolean isCarrierOrTask() {
        return scheduler.isBound() && scheduler.isOnLoop();
    }

    /** Throws unless the loop is open, and the current thread is the loop's or a task of it. */
    public void check(String call) {
        checkOpen();
        if (!isCurrent()) {
            throw wrongThread(call);
        }
    }

    /** What a call throws on a thread that is neither the loop's nor a task of it. */
    public WrongThreadException wrongThread(String call) {
        checkOpen(); // a task of a closed loop is on no loop, and has done nothing wrong
        return new WrongThreadException(call + " belongs to the thread of " + name + ", "
                + scheduler.loopThread() + ", and its tasks; it was called from " + Thread.currentThread());
    }

    /** Throws if the loop is closed, or closes. */
    public void checkOpen() {
        if (isClosing()) {
            throw closedException();
        }
    }

    /** For a new callback, timer or task, from any thread: throws if the loop closes, or its inbox is full. */
    public void checkMaySubmit() {
        checkOpen();
        if (scheduler.refusesSubmits()) {
            throw inboxFull();
        }
    }

    /** What an {@link java.util.concurrent.Executor} throws in place of {@link #checkMaySubmit}. */
    public void checkMayExecute() {
        if (isClosing()) {
            throw new RejectedExecutionException(closedException());
        }
        if (scheduler.refusesSubmits()) {
            throw inboxFull();
        }
    }

    /** What a submit throws if the inbox is full. */
    public RejectedExecutionException inboxFull() {
        return new RejectedExecutionException("the inbox of " + name + " is full: see EventLoopBuilder.inboxLimit");
    }

    /**
     * For a task that is about to wait, or would wait if its descriptor were not closed. If the loop closes, the task
     * yields before it gets the exception: a task that ignores the exception and tries again would hold the close.
     */
    public void checkTaskMayWait() {
        if (isClosing()) {
            Thread.yield();
            throw closedException();
        }
    }

    public LoopClosedException closedException() {
        return new LoopClosedException(name);
    }

    public boolean isClosing() {
        return closing || closed;
    }

    /** From now on the loop accepts nothing new. Returns the argument for {@link #endClosing}. */
    public long beginClosing() {
        checkMayRun("close");
        checkIsOutsideOfAStep("close");
        bind("close");
        running = true;
        closing = true;
        return scheduler.enter();
    }

    /** The loop is closed, and nothing of it runs on its thread any more but what {@link #endClosing} ends. */
    public void closed() {
        closed = true;
    }

    /** The end of {@link #beginClosing}, which has returned the argument. */
    public void endClosing(long entered) {
        leave(entered);
    }

    public boolean isClosed() {
        return closed;
    }
}
