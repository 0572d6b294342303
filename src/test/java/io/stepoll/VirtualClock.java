package io.stepoll;

import io.stepoll.internal.poll.Poller;

/** Time that moves when told to, and by what the loop asks to sleep for when no descriptor is ready. It never sleeps. */
final class VirtualClock extends Clock {
    /** The loop would sleep for ever. Not an exception that anything of the loop would catch. */
    static final class Forever extends Error {
        private static final long serialVersionUID = 1;
    }

    private long nowNanos;
    private long firstTimeoutNanos;
    private boolean polled;

    void advance(long nanos) {
        nowNanos += nanos;
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
        if (told == 0 && timeoutNanos == Poller.FOREVER) {
            throw new Forever();
        }
        if (told == 0) {
            nowNanos += timeoutNanos;
        }
        return told;
    }
}
