package io.stepoll;

import java.time.Duration;
import java.time.temporal.ChronoUnit;

/**
 * What a loop does while there is nothing to do. A spinning loop asks epoll again and again. It answers sooner, as
 * nobody has to wake it, and a submit from another thread costs no system call; it keeps a processor busy for that.
 *
 * <p>A loop with a virtual clock never spins.
 *
 * @since 0.1.0
 */
public final class IdleStrategy {
    private static final IdleStrategy SLEEP = new IdleStrategy(Duration.ZERO, false, "sleep");
    private static final IdleStrategy SPIN = new IdleStrategy(ChronoUnit.FOREVER.getDuration(), false, "spin");

    private final Duration spinTime;
    private final boolean yields;
    private final String text;

    private IdleStrategy(Duration spinTime, boolean yields, String text) {
        this.spinTime = spinTime;
        this.yields = yields;
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
        return new IdleStrategy(checked(time), false, "spin for " + time);
    }

    /**
     * {@return the strategy that spins first, but lets others have the processor between two looks; it sleeps if
     * nothing has come by then}
     * See sched_yield(2). It is for a loop whose peers answer within microseconds: a sleep and the wake-up from it
     * would cost more, here and at the peer. A peer on the same processor answers while the loop yields. When the time
     * was in vain the loop sleeps at once for the next times: once, then 3 times, 7, and so on up to 63, until
     * something comes in time. So a loop that has little to do spends little.
     *
     * @param time how long to spin, each time; some 20 µs
     * @throws IllegalArgumentException if it is not more than zero
     */
    public static IdleStrategy yieldFor(Duration time) {
        return new IdleStrategy(checked(time), true, "yield for " + time);
    }

    private static Duration checked(Duration time) {
        if (!time.isPositive()) {
            throw new IllegalArgumentException("the time to spin must be more than 0: " + time);
        }
        return time;
    }

    /** {@return the strategy that never sleeps} */
    public static IdleStrategy spin() {
        return SPIN;
    }

    /** {@return how long the loop spins before it sleeps; zero for not at all} */
    public Duration spinTime() {
        return spinTime;
    }

    /** {@return whether the loop lets others have the processor while it spins} */
    public boolean yields() {
        return yields;
    }

    @Override
    public String toString() {
        return text;
    }
}
