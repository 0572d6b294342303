package io.stepoll.internal.reactor;

import io.stepoll.PeriodicTimer;
import io.stepoll.internal.time.Nanos;
import java.time.Duration;

/**
 * A {@link PeriodicTimer} of a loop. It is in the queue again before its callback runs, so that the callback can cancel
 * and reset it like any other timer.
 */
public final class PeriodicLoopTimer extends LoopTimer implements PeriodicTimer {
    private final long periodNanos;
    private final boolean fixedRate;
    private long deadlineNanos;
    private long changes; // by others than itself
    private long missed;
    private long missedInAll;
    private boolean running;
    private boolean dropped; // with a fixed delay: a tick that was set anew came while the callback waited
    private long missedWhileRunning;

    public PeriodicLoopTimer(Reactor reactor, Runnable callback, Duration period, boolean fixedRate) {
        super(reactor, callback);
        if (!period.isPositive()) {
            throw new IllegalArgumentException("a period must be more than 0: " + period);
        }
        periodNanos = Nanos.of(period);
        this.fixedRate = fixedRate;
    }

    @Override
    void queue(long newDeadlineNanos) {
        queueTick(newDeadlineNanos);
        changes++;
        dropped = false;
    }

    @Override
    boolean unqueue() {
        changes++;
        dropped = false;
        return super.unqueue();
    }

    private void queueTick(long newDeadlineNanos) {
        super.queue(newDeadlineNanos);
        deadlineNanos = newDeadlineNanos;
    }

    /** A tick that comes while the callback waits for something is left out: the callback never runs beside itself. */
    @Override
    protected void fire() {
        if (fixedRate) {
            long late = (reactor.nowNanos() - deadlineNanos) / periodNanos;
            queueTick(Nanos.plus(deadlineNanos + late * periodNanos, periodNanos));
            if (running) {
                missedWhileRunning += late + 1;
                return;
            }
            missed = late + missedWhileRunning;
            missedWhileRunning = 0;
            missedInAll += missed;
            run();
        } else if (running) {
            dropped = true;
        } else {
            queueTick(Nanos.plus(reactor.nowNanos(), periodNanos));
            long before = changes;
            run();
            if ((changes == before || dropped) && !reactor.thread().isClosing()) {
                queueTick(Nanos.plus(reactor.clockNanos(), periodNanos)); // the callback has taken its time
            }
        }
    }

    private void run() {
        running = true;
        dropped = false;
        try {
            super.fire();
        } finally {
            running = false;
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
        return "PeriodicTimer[" + callback() + (fixedRate ? ", every " : ", after ") + Duration.ofNanos(periodNanos)
                + (isPending() ? ", pending]" : "]");
    }
}
