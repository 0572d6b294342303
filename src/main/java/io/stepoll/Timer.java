package io.stepoll;

/**
 * A callback that runs once after a delay, again after each {@link #reset}.
 *
 * <p>Its methods may be called from any thread. From the loop's thread, or from a task on it, they take effect at once
 * and allocate nothing; from any other they are handed to the loop and take effect in its next step, in the order of
 * that thread's calls.
 */
public interface Timer {
    /**
     * Lets the callback not run, unless it began already. One that has run, or was cancelled, stays as it is.
     *
     * @return whether it was pending; from a thread other than the loop's always true, as it is not known yet
     */
    boolean cancel();

    /**
     * Lets the callback run after this delay from now and not before, whether or not it is pending.
     *
     * @param delayNanos in nanoseconds, counted as for {@link EventLoop#callLater}
     * @throws IllegalStateException if the loop is closed
     */
    void reset(long delayNanos);

    /** {@return whether the callback is still to run; what another thread sees of it may be out of date} */
    boolean isPending();
}
