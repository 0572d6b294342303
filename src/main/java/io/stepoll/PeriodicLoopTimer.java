package io.stepoll;

/**
 * A {@link PeriodicTimer} of a loop. It is in the queue again before its callback runs, so that this can cancel and
 * reset it like any other.
 */
final class PeriodicLoopTimer extends LoopTimer implements PeriodicTimer {
    private final long periodNanos;
    private final boolean fixedRate;
    private long deadlineNanos;
    private long changes; // by others than itself
    private long missed;
    private long missedInAll;

    PeriodicLoopTimer(Reactor reactor, Runnable callback, long periodNanos, boolean fixedRate) {
        super(reactor, callback);
        if (periodNanos <= 0) {
            throw new IllegalArgumentException("a period is more than 0 ns: " + periodNanos);
        }
        this.periodNanos = periodNanos;
        this.fixedRate = fixedRate;
    }

    @Override
    void queue(long newDeadlineNanos) {
        changes++;
        queueTick(newDeadlineNanos);
    }

    @Override
    boolean unqueue() {
        changes++;
        return super.unqueue();
    }

    private void queueTick(long newDeadlineNanos) {
        deadlineNanos = newDeadlineNanos;
        super.queue(newDeadlineNanos);
    }

    @Override
    void fire() {
        if (fixedRate) {
            missed = (reactor.nowNanos() - deadlineNanos) / periodNanos;
            missedInAll += missed;
            queueTick(Reactor.plus(deadlineNanos + missed * periodNanos, periodNanos));
            super.fire();
        } else {
            queueTick(Reactor.plus(reactor.nowNanos(), periodNanos));
            long before = changes;
            super.fire();
            if (changes == before) {
                queueTick(Reactor.plus(reactor.clock.nanoTime(), periodNanos)); // the callback has taken its time
            }
        }
    }

    @Override
    public long missed() {
        return missed;
    }

    @Override
    public long missedInAll() {
        return missedInAll;
    }

    @Override
    public String toString() {
        return "PeriodicTimer[" + callback + (fixedRate ? ", every " : ", after ") + periodNanos + " ns"
                + (isPending() ? ", pending]" : "]");
    }
}
