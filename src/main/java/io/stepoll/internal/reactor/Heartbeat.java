package io.stepoll.internal.reactor;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Shows other threads that the loop gets on with what it runs: one release store for each callback and continuation,
 * and neither a clock nor a reference. A watchdog compares two looks at it.
 */
public final class Heartbeat {
    /* beats:
     *   even   the loop polls, however it waits there, or control is outside of a step
     *   odd    it runs a callback or a task; another odd number stands for another one */
    private final AtomicLong beats = new AtomicLong();

    Heartbeat() {}

    /** The loop's thread begins to run callbacks and tasks. */
    void begin() {
        beats.setRelease(beats.getPlain() + 1 | 1);
    }

    /** The loop's thread runs another callback or task. */
    void beat() {
        beats.setRelease(beats.getPlain() + 2);
    }

    /** The loop's thread runs none for now. */
    void rest() {
        beats.setRelease(beats.getPlain() + 1 & ~1L);
    }

    /** The number of the last beat. From any thread, which then sees what the loop's thread did before that beat. */
    public long beats() {
        return beats.getAcquire();
    }

    /** Whether the loop runs no callback and no task at this beat. */
    public static boolean isResting(long beats) {
        return (beats & 1) == 0;
    }
}
