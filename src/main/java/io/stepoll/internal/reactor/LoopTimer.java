package io.stepoll.internal.reactor;

import io.stepoll.Timer;
import java.time.Duration;
import java.util.Objects;

/** A {@link Timer} of a loop. */
public class LoopTimer extends Deadline implements Timer {
    final Reactor reactor;
    private final Runnable callback;

    public LoopTimer(Reactor reactor, Runnable callback) {
        this.reactor = reactor;
        this.callback = Objects.requireNonNull(callback, "callback");
    }

    @Override
    public final boolean cancel() {
        if (reactor.thread().isCarrierOrTask()) {
            return unqueue();
        }
        boolean[] wasPending = new boolean[1];
        if (reactor.changeBeforeRun(() -> wasPending[0] = unqueue())) {
            return wasPending[0];
        }
        return reactor.submit(this::unqueue);
    }

    @Override
    public final void reset(Duration delay) {
        reactor.thread().checkMaySubmit();
        long deadlineNanos = reactor.deadlineNanos(delay);
        if (reactor.thread().isCarrierOrTask()) {
            queue(deadlineNanos);
        } else if (!reactor.change(() -> queue(deadlineNanos))) {
            throw reactor.thread().closedException();
        }
    }

    @Override
    public final void setDaemon(boolean daemon) {
        if (reactor.thread().isCarrierOrTask()) {
            reactor.setDaemon(this, daemon);
        } else {
            reactor.change(() -> reactor.setDaemon(this, daemon)); // a closed loop waits for nothing
        }
    }

    /** On the loop's thread. */
    void queue(long deadlineNanos) {
        reactor.schedule(this, deadlineNanos);
    }

    /** On the loop's thread. */
    boolean unqueue() {
        return reactor.unschedule(this);
    }

    @Override
    protected void fire() {
        reactor.runGuarded(callback);
    }

    @Override
    protected final void abandon() {}

    @Override
    public final String describe() {
        return "timer " + Objects.toIdentityString(callback);
    }

    @Override
    public String toString() {
        return "Timer[" + callback + (isPending() ? ", pending]" : "]");
    }

    /** The callback, for messages. */
    final Runnable callback() {
        return callback;
    }
}
