package io.stepoll;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Shows other threads that the loop gets on with what it runs: one release store for each callback or continuation, no
 * clock, no reference. What stands still, and since when, is for a {@link Watchdog} to find out.
 */
final class Pulse {
    /* beats:
     *   even   the loop polls, however it waits there, or control is outside of a step
     *   odd    it runs a callback or a task; another odd number is another one */
    private final AtomicLong beats = new AtomicLong();

    /** The loop's thread begins to run callbacks and tasks. */
    void begin() {
        beats.setRelease(beats.getPlain() + 1 | 1);
    }

    /** It runs another one. */
    void beat() {
        beats.setRelease(beats.getPlain() + 2);
    }

    /** It runs none for now. */
    void rest() {
        beats.setRelease(beats.getPlain() + 1 & ~1L);
    }

    /** From any thread. What the loop's thread did before the last beat is visible then. */
    long beats() {
        return beats.getAcquire();
    }

    static boolean isResting(long beats) {
        return (beats & 1) == 0;
    }
}
