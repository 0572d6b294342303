package io.stepoll;

/**
 * A callback that runs again and again; from {@link EventLoop#callAtFixedRate} and
 * {@link EventLoop#callWithFixedDelay}.
 *
 * <p>It goes on until it is cancelled or the loop is closed, also when the callback throws: that goes to the
 * {@link FailureHandler}, as for any callback. While it is pending {@link EventLoop#runUntilDone} does not end.
 *
 * <p>Each tick is a registration of its own, made when the tick before it begins (with a fixed delay, ends), and in the
 * timers phase the newest registration runs first. A tick allocates nothing.
 */
public interface PeriodicTimer extends Timer {
    /**
     * Lets the callback run no more. Within it: not again.
     *
     * @return whether it was pending, which within the callback it is; from a thread other than the loop's always true
     */
    @Override
    boolean cancel();

    /**
     * Lets the next tick come after this delay and not before, whether or not the timer was cancelled. With a fixed
     * rate the later ones follow it by the period. Within the callback it holds for the tick to come.
     *
     * @param delayNanos in nanoseconds, counted as for {@link EventLoop#callLater}
     * @throws IllegalStateException if the loop is closed
     */
    @Override
    void reset(long delayNanos);

    /**
     * {@return how many ticks were left out just before the one that runs, or has run last}
     * A loop that was held up for several periods runs the callback once; here is for how many others that run
     * stands, too. With a fixed delay no tick is ever missed. To be asked on the loop's thread.
     */
    long missed();

    /** {@return how many ticks were left out in all} */
    long missedInAll();
}
