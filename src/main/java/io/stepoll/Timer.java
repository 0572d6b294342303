package io.stepoll;

import java.time.Duration;

/**
 * A callback that runs once after a delay, and again after each {@link #reset}.
 *
 * <p>Its methods may be called from any thread. On the loop's thread and in a task of the loop they take effect at once
 * and allocate nothing. On any other thread they are submitted to the loop and take effect in its next step, in the
 * order of that thread's calls.
 *
 * @since 0.1.0
 */
public interface Timer {
    /**
     * Cancels the callback, unless it began already. A timer that has run, or was cancelled, stays as it is.
     *
     * @return whether the callback was pending; from a thread other than the loop's, or than its opener's before the
     *     loop first runs, always true, as it is not known yet
     */
    boolean cancel();

    /**
     * Sets the timer: the callback runs after this delay from now and not before, whether or not it was pending. If it
     * still waits for a lock then, it runs beside itself.
     *
     * @param delay counted as for {@link EventLoop#callLater}
     * @throws LoopClosedException if the loop is closed
     * @throws java.util.concurrent.RejectedExecutionException as for {@link EventLoop#callSoon}
     */
    void reset(Duration delay);

    /**
     * Sets whether the timer is a daemon, which {@link EventLoop#runUntilDone} does not wait for. By default it is
     * none. A daemon that is pending when the run returns stays as it is: it goes on in the next run, late if its time
     * has come by then, or the loop's close drops it.
     *
     * @param daemon whether the timer is a daemon, now and after each {@link #reset}
     */
    void setDaemon(boolean daemon);

    /** {@return whether the timer is a daemon; what another thread sees of it may be out of date} */
    boolean isDaemon();

    /** {@return whether the callback is still to run; what another thread sees of it may be out of date} */
    boolean isPending();
}
