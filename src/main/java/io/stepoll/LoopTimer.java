package io.stepoll;

import java.util.Objects;

/** A {@link Timer} of a loop. */
sealed class LoopTimer extends Deadline implements Timer permits PeriodicLoopTimer {
    final Reactor reactor;
    final Runnable callback;

    LoopTimer(Reactor reactor, Runnable callback) {
        this.reactor = reactor;
        this.callback = Objects.requireNonNull(callback, "callback");
    }

    @Override
    public final boolean cancel() {
        if (reactor.thread.isCarrierOrTask()) {
            return unqueue();
        }
        return reactor.change(this::unqueue);
    }

    @Override
    public final void reset(long delayNanos) {
        reactor.thread.checkOpen();
        long deadlineNanos = reactor.deadlineNanos(delayNanos);
        if (reactor.thread.isCarrierOrTask()) {
            queue(deadlineNanos);
        } else if (!reactor.change(() -> queue(deadlineNanos))) {
            throw reactor.thread.closedException();
        }
    }

    /** On the loop's thread. */
    void queue(long deadlineNanos) {
        reactor.timers.add(this, deadlineNanos);
    }

    /** On the loop's thread. */
    boolean unqueue() {
        return reactor.timers.cancel(this);
    }

    @Override
    void fire() {
        reactor.runGuarded(callback);
    }

    @Override
    final void abandon() {}

    @Override
    public String toString() {
        return "Timer[" + callback + (isPending() ? ", pending]" : "]");
    }
}
