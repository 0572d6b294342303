package io.stepoll;

import io.stepoll.internal.timer.TimerQueue;

/** What time it is for a phase of a loop: the same for all who ask. Belongs to the loop's thread. */
final class LoopTime {
    private final Clock clock;
    private final TimerQueue timers;
    private long nanos;
    private boolean known;

    LoopTime(Clock clock, TimerQueue timers) {
        this.clock = clock;
        this.timers = timers;
        phaseBegins();
    }

    /**
     * A phase begins. While no timer is pending the time of a step is mostly nobody's concern: then whoever asks reads
     * the clock. One that others move is read here all the same, so that the phase has the time of its begin.
     */
    void phaseBegins() {
        known = !timers.isEmpty() || !clock.passesByItself();
        if (known) {
            nanos = clock.nanoTime();
        }
    }

    /** The time of the phase. */
    long nanos() {
        return known ? nanos : readAgain();
    }

    /** The clock's, which is the phase's from here on. */
    long readAgain() {
        nanos = clock.nanoTime();
        known = true;
        return nanos;
    }
}
