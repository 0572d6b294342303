package io.stepoll.internal.time;

import io.stepoll.internal.poll.Poller;

/** CLOCK_MONOTONIC, which no change of the wall clock moves. */
public final class MonotonicClock extends LoopClock {
    private final long origin = System.nanoTime();

    @Override
    public long nanoTime() {
        return System.nanoTime() - origin;
    }

    @Override
    public boolean passesByItself() {
        return true;
    }

    @Override
    public int poll(Poller poller, long timeoutNanos, long deadlineNanos) {
        return poller.poll(timeoutNanos);
    }
}
