package io.stepoll;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Shows other threads that the loop gets on with what it runs: one plain store for each callback or continuation, no
 * clock, no reference. What stands still, and since when, is for a {@link Watchdog} to find out.
 */
final class Pulse {
    private static final VarHandle BEATS;

    static {
        try {
            BEATS = MethodHandles.lookup().findVarHandle(Pulse.class, "beats", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /* beats:
     *   even   the loop polls, however it waits there, or control is outside of a step
     *   odd    it runs a callback or a task; another odd number is another one */
    private long beats;

    /** The loop's thread begins to run callbacks and tasks. */
    void begin() {
        set(beats + 1 | 1);
    }

    /** It runs another one. */
    void beat() {
        set(beats + 2);
    }

    /** It runs none for now. */
    void rest() {
        set(beats + 1 & ~1L);
    }

    private void set(long newBeats) {
        BEATS.setRelease(this, newBeats);
    }

    /** From any thread. What the loop's thread did before the last beat is visible then. */
    long beats() {
        return (long) BEATS.getAcquire(this);
    }

    static boolean isResting(long beats) {
        return (beats & 1) == 0;
    }
}
