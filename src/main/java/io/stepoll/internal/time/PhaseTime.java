package io.stepoll.internal.time;

import io.stepoll.internal.timer.TimerQueue;

/** The time of a loop's current phase: the same for everybody who asks. Belongs to the loop's thread. */
public final class PhaseTime {
    private final LoopClock clock;
    private final TimerQueue timers;
    private long nanos;
    private boolean known;

    public PhaseTime(LoopClock clock, TimerQueue timers) {
        this.clock = clock;
        this.timers = timers;
        phaseBegins();
    }

    /**
     * A phase begins. While no timer is pending nobody asks for the time of most steps, so the first who asks reads the
     * clock. A clock that others move is read here all the same: the phase has the time of its begin.
     */
    public void phaseBegins() {
        known = !timers.isEmpty() || !clock.passesByItself();
        if (known) {
            nanos = clock.nanoTime();
        }
    }

    /** The time of the phase. */
    public long nanos() {
        return known ? nanos : readAgain();
    }

    /** Reads the clock. What it says is the time of the phase from now on. */
    public long readAgain() {
        nanos = clock.nanoTime();
        known = true;
        return nanos;
    }
}
