package io.stepoll;

import io.stepoll.internal.poll.Poller;

/**
 * Like a {@link VirtualClock}, for what that does not tell: the timeout of a poll, and a sleep for ever, which is an
 * error. It never sleeps.
 */
final class ScriptedClock extends Clock {
    /** The loop would sleep for ever. Not an exception that anything of the loop would catch. */
    static final class Forever extends Error {
        private static final long serialVersionUID = 1;
    }

    private long nowNanos;
    private long firstTimeoutNanos;
    private boolean polled;
    private long sleepBeforeReadyNanos;

    void advance(long nanos) {
        nowNanos += nanos;
    }

    /** A poll that may sleep and finds something ready has slept so long before. */
    void sleepBeforeReady(long nanos) {
        sleepBeforeReadyNanos = nanos;
    }

    /** From here on the next poll is a step's first. */
    void stepBegins() {
        polled = false;
    }

    /** The timeout that the step's first poll was given. */
    long firstTimeoutNanos() {
        return firstTimeoutNanos;
    }

    @Override
    long nanoTime() {
        return nowNanos;
    }

    @Override
    int poll(Poller poller, long timeoutNanos) {
        if (!polled) {
            polled = true;
            firstTimeoutNanos = timeoutNanos;
        }
        int told = poller.poll(0);
        if (told > 0 && timeoutNanos > 0) {
            nowNanos += sleepBeforeReadyNanos;
        } else if (told == 0 && timeoutNanos != Poller.FOREVER) {
            nowNanos += timeoutNanos;
        } else if (told == 0) {
            throw new Forever();
        }
        return told;
    }
}
