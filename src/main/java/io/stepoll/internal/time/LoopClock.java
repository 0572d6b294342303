package io.stepoll.internal.time;

import io.stepoll.VirtualClock;
import io.stepoll.internal.poll.Poller;

/** The clock of a loop, and the sleep of its poll: one class has both, because what is slept moves a virtual clock. */
public abstract class LoopClock {
    /** Monotonic nanoseconds since some origin, near enough to 0 that no deadline overflows. */
    public abstract long nanoTime();

    /**
     * A loop that goes by this clock is opened.
     *
     * @param user the loop
     * @return false if the clock is for one loop only and has one
     */
    public boolean begin(ClockUser user) {
        return true;
    }

    /**
     * Polls like {@link Poller#poll}, with a sleep by this clock. Before a sleep without a deadline it must not poll
     * once more without waiting: that poll might take the wake-up of a submit that came after the loop's last look at
     * its inbox.
     *
     * @param deadlineNanos at which the timeout ends, by this clock as the caller has read it
     */
    public abstract int poll(Poller poller, long timeoutNanos, long deadlineNanos);

    /**
     * Another thread works for a task, which waits for it. From any thread.
     *
     * @return to be closed when the task goes on; null for a clock that passes by itself
     */
    public VirtualClock.Hold hold() {
        return null;
    }

    /** Whether time passes while the loop does not sleep, so that the loop may spin. */
    public boolean passesByItself() {
        return false;
    }
}
