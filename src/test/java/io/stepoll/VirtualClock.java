package io.stepoll;

import io.stepoll.internal.poll.Poller;

/**
 * Time that moves when told to, and by what the loop asks to sleep for when no descriptor is ready. It never sleeps,
 * unless for ever and then only if that is allowed.
 */
final class VirtualClock extends Clock {
    /** The loop would sleep for ever. Not an exception that anything of the loop would catch. */
    static final class Forever extends Error {
        private static final long serialVersionUID = 1;
    }

    private long nowNanos;
    private long firstTimeoutNanos;
    private boolean polled;
    private long sleepBeforeReadyNanos;
    private boolean mayWaitForOthers;

    void advance(long nanos) {
        nowNanos += nanos;
    }

    /** A poll that may sleep and finds something ready has slept so long before. */
    void sleepBeforeReady(long nanos) {
        sleepBeforeReadyNanos = nanos;
    }

    /** A sleep for ever is one, until another thread ends it. */
    void mayWaitForOthers() {
        mayWaitForOthers = true;
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
        if (mayWaitForOthers && timeoutNanos == Poller.FOREVER) {
            return poller.poll(Poller.FOREVER); // at once: an earlier poll might take the wake-up that is to end it
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
