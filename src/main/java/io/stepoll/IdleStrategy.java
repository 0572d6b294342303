package io.stepoll;

import java.time.Duration;
import java.time.temporal.ChronoUnit;

/**
 * What a loop does while there is nothing to do. A spinning loop asks epoll again and again. It answers sooner, as
 * nobody has to wake it, and a submit from another thread costs no system call; it keeps a processor busy for that.
 *
 * <p>A loop with a virtual clock never spins.
 */
public final class IdleStrategy {
    private static final IdleStrategy SLEEP = new IdleStrategy(Duration.ZERO, "sleep");
    private static final IdleStrategy SPIN = new IdleStrategy(ChronoUnit.FOREVER.getDuration(), "spin");

    private final Duration spinTime;
    private final String text;

    private IdleStrategy(Duration spinTime, String text) {
        this.spinTime = spinTime;
        this.text = text;
    }

    /** {@return the strategy that sleeps at once, the default} */
    public static IdleStrategy sleep() {
        return SLEEP;
    }

    /**
     * {@return the strategy that spins first, and sleeps if nothing has come by then}
     *
     * @param time how long to spin, each time
     * @throws IllegalArgumentException if it is not more than zero
     */
    public static IdleStrategy spinFor(Duration time) {
        if (!time.isPositive()) {
            throw new IllegalArgumentException("the time to spin must be more than 0: " + time);
        }
        return new IdleStrategy(time, "spin for " + time);
    }

    /** {@return the strategy that never sleeps} */
    public static IdleStrategy spin() {
        return SPIN;
    }

    /** {@return how long the loop spins before it sleeps; zero for not at all} */
    public Duration spinTime() {
        return spinTime;
    }

    @Override
    public String toString() {
        return text;
    }
}
