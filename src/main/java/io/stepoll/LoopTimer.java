package io.stepoll;

/** A {@link Timer} of a loop. */
final class LoopTimer extends Deadline implements Timer {
    private final Reactor reactor;
    private final Runnable callback;

    LoopTimer(Reactor reactor, Runnable callback) {
        this.reactor = reactor;
        this.callback = callback;
    }

    @Override
    public boolean cancel() {
        if (reactor.thread.isCarrierOrTask()) {
            return reactor.timers.cancel(this);
        }
        return reactor.change(() -> reactor.timers.cancel(this));
    }

    @Override
    public void reset(long delayNanos) {
        reactor.thread.checkOpen();
        long deadlineNanos = reactor.deadlineNanos(delayNanos);
        if (reactor.thread.isCarrierOrTask()) {
            reactor.timers.add(this, deadlineNanos);
        } else if (!reactor.change(() -> reactor.timers.add(this, deadlineNanos))) {
            throw reactor.thread.closedException();
        }
    }

    @Override
    void fire() {
        reactor.runGuarded(callback);
    }

    @Override
    void abandon() {}

    @Override
    public String toString() {
        return "Timer[" + callback + (isPending() ? ", pending]" : "]");
    }
}
