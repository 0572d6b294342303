package io.stepoll;

import java.time.Duration;

/**
 * A callback that runs again and again; from {@link EventLoop#callAtFixedRate} and
 * {@link EventLoop#callWithFixedDelay}.
 *
 * <p>The timer goes on until it is cancelled or the loop is closed, also when the callback throws: the
 * {@link FailureHandler} gets that, as from any callback. While the timer is pending {@link EventLoop#runUntilDone}
 * does not return, unless the timer is a daemon: see {@link #setDaemon}.
 *
 * <p>Each tick is a registration of its own. With a fixed rate it is made when the tick before it begins, with a fixed
 * delay when that ends. In the timers phase the newest registration runs first. A tick allocates nothing.
 *
 * @since 0.1.0
 */
public interface PeriodicTimer extends Timer {
    /**
     * Cancels the timer: the callback does not run again. A callback may cancel its own timer.
     *
     * @return whether the timer was pending, which it is within the callback; from other threads as for
     *     {@link Timer#cancel}
     */
    @Override
    boolean cancel();

    /**
     * Sets the next tick: it comes after this delay and not before, whether or not the timer was cancelled. With a
     * fixed rate the later ticks follow it by the period. Within the callback the call sets the tick to come.
     *
     * @param delay counted as for {@link EventLoop#callLater}
     * @throws LoopClosedException if the loop is closed
     */
    @Override
    void reset(Duration delay);

    /**
     * {@return how many ticks were left out just before the current run, or the last one}
     * A loop that was held up for several periods runs the callback once: this is how many others that run stands for.
     * With a fixed delay no tick is ever missed. On the loop's thread.
     */
    long missed();

    /** {@return how many ticks were left out in all} On the loop's thread. */
    long missedInAll();
}
