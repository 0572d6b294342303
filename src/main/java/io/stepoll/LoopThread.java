package io.stepoll;

import io.stepoll.internal.task.Scheduler;

/** Who may call a loop: its thread, and the virtual threads that it carries; and who may run it. */
final class LoopThread {
    /** For virtual threads whose handler does not lead to their suspension: those that a task started by itself. */
    private final ThreadLocal<Suspension> strangers = new ThreadLocal<>();

    private final String name;
    private final Scheduler scheduler;
    private boolean running;
    private volatile boolean closing;
    private volatile boolean closed;

    LoopThread(String name, Scheduler scheduler) {
        this.name = name;
        this.scheduler = scheduler;
    }

    /** The current thread begins to step, or run, the loop. */
    long enter(String call) {
        checkMayRun(call);
        if (running) {
            throw new IllegalStateException(call + " was called from within a step of the same loop");
        }
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
            throw new IllegalStateException(
                    call + " was called from a virtual thread, " + current + "; a loop runs on a platform thread");
        }
        if (!scheduler.mayBind()) {
            throw wrongThread(call);
        }
    }

    private void bind(String call) {
        if (!scheduler.bind()) {
            throw wrongThread(call);
        }
    }

    /** Whether the current thread is the loop's, or a task of the loop. */
    boolean isCurrent() {
        return scheduler.isOnLoop();
    }

    /** Whether the current thread is the loop's own, which may not wait. */
    boolean isCarrier() {
        return !closed && scheduler.isBound() && Thread.currentThread() == scheduler.loopThread();
    }

    /** For a call that may wait, in whatever thread: the loop's own must not, it would wait for itself. */
    void checkMayWait(String call) {
        if (isCarrier()) {
            throw new IllegalStateException(call + " waits, and a callback must not: call it in a task");
        }
    }

    /** Whether what belongs to the loop's thread can be done here and now: it has run, and this is it, or a task. */
    boolean isCarrierOrTask() {
        return scheduler.isBound() && scheduler.isOnLoop();
    }

    void check(String call) {
        checkOpen();
        if (!isCurrent()) {
            throw wrongThread(call);
        }
    }

    private WrongThreadException wrongThread(String call) {
        checkOpen(); // a task of a closed loop is on no loop, but that is not its fault
        return new WrongThreadException(call + " belongs to the thread of " + name + ", "
                + scheduler.loopThread() + ", and its tasks; it was called from " + Thread.currentThread());
    }

    void checkOpen() {
        if (isClosing()) {
            throw closedException();
        }
    }

    /**
     * For a task that is about to wait, or would be if its descriptor were not closed. Where the loop closes it is made
     * to yield first: one that tries again whatever it is told would else hold the closing for ever.
     */
    void checkTaskMayWait() {
        if (isClosing()) {
            Thread.yield();
            throw closedException();
        }
    }

    LoopClosedException closedException() {
        return new LoopClosedException(name);
    }

    boolean isClosing() {
        return closing || closed;
    }

    /** Nothing new is taken on. Returns what {@link #leave} takes. */
    long beginClosing() {
        checkMayRun("close");
        if (running) {
            throw new IllegalStateException("close was called from within a step of the loop; stop it first");
        }
        bind("close");
        running = true;
        closing = true;
        return scheduler.enter();
    }

    void closed() {
        closed = true;
    }

    boolean isClosed() {
        return closed;
    }

    /** The wait of the current thread, which must be a virtual one on this loop. */
    Suspension suspension(Reactor reactor, String call) {
        Thread current = Thread.currentThread();
        if (current.getUncaughtExceptionHandler() instanceof Suspension own && own.thread() == current
                && own.scheduler() == scheduler && !closed) {
            return own;
        }
        checkOpen();
        if (current == scheduler.loopThread()) {
            throw new IllegalStateException(call + " may wait, and a callback must not: call it in a task");
        }
        if (!current.isVirtual() || !scheduler.carries(current)) {
            throw wrongThread(call);
        }
        Suspension stranger = strangers.get();
        if (stranger == null) {
            stranger = new Suspension(reactor);
            stranger.setThread(current);
            strangers.set(stranger);
        }
        return stranger;
    }
}
