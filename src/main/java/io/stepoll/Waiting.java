package io.stepoll;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * What a loop does while there is nothing to do. A spinning one asks epoll again and again: it answers sooner, as
 * nobody has to wake it and submits from other threads cost no system call, and keeps a processor busy for that.
 *
 * <p>Under a virtual clock no loop spins.
 */
public final class Waiting {
    private static final Waiting SLEEP = new Waiting(0, "sleep");
    private static final Waiting SPIN = new Waiting(Long.MAX_VALUE, "spin");

    /** How long each wait spins before it sleeps. */
    final long spinNanos;

    private final String text;

    private Waiting(long spinNanos, String text) {
        this.spinNanos = spinNanos;
        this.text = text;
    }

    /** {@return to sleep at once, the default} */
    public static Waiting sleep() {
        return SLEEP;
    }

    /**
     * {@return to spin first, and to sleep if nothing has come by then}
     *
     * @param time how long to spin, each time
     * @throws IllegalArgumentException if it is not more than 0
     */
    public static Waiting spinFor(Duration time) {
        long nanos = TimeUnit.NANOSECONDS.convert(time);
        if (nanos <= 0) {
            throw new IllegalArgumentException("a time to spin is more than 0, not " + time);
        }
        return new Waiting(nanos, "spin for " + time);
    }

    /** {@return never to sleep} */
    public static Waiting spin() {
        return SPIN;
    }

    @Override
    public String toString() {
        return text;
    }
}
