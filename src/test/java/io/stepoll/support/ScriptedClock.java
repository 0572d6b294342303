package io.stepoll.support;

import io.stepoll.VirtualClock;
import io.stepoll.internal.poll.Poller;
import io.stepoll.internal.time.LoopClock;

/**
 * Like a {@link VirtualClock}, but the clock also reports the timeout of a step's first poll, and a sleep without end
 * is an error. The clock never sleeps.
 */
public final class ScriptedClock extends LoopClock {
    /** The loop would sleep for ever. An error, because the loop catches exceptions. */
    public static final class Forever extends Error {
        private static final long serialVersionUID = 1;
    }

    private long nowNanos;
    private long firstTimeoutNanos;
    private boolean polled;
    private long sleepBeforeReadyNanos;

    public void advance(long nanos) {
        nowNanos += nanos;
    }

    /** From now on a poll that may sleep and finds something ready counts as having slept so long before. */
    public void sleepBeforeReady(long nanos) {
        sleepBeforeReadyNanos = nanos;
    }

    /** The next poll will be the first one of a step. */
    public void stepBegins() {
        polled = false;
    }

    /** The timeout of the step's first poll. */
    public long firstTimeoutNanos() {
        return firstTimeoutNanos;
    }

    @Override
    public long nanoTime() {
        return nowNanos;
    }

    @Override
    public int poll(Poller poller, long timeoutNanos, long deadlineNanos) {
        if (!polled) {
            polled = true;
            firstTimeoutNanos = timeoutNanos;
        }
        int notified = poller.poll(0);
        if (notified > 0 && timeoutNanos > 0) {
            nowNanos += sleepBeforeReadyNanos;
        } else if (notified == 0 && timeoutNanos != Poller.FOREVER) {
            nowNanos += timeoutNanos;
        } else if (notified == 0) {
            throw new Forever();
        }
        return notified;
    }
}
