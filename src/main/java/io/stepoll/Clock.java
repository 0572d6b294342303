package io.stepoll;

import io.stepoll.internal.poll.Poller;

/** The loop's time and its sleep, together, because a virtual clock must move by what is slept. */
abstract class Clock {
    /** Monotonic nanoseconds since some origin, near enough to 0 that no deadline overflows. */
    abstract long nanoTime();

    /**
     * A loop is opened that goes by this clock.
     *
     * @param reactor to be told of each change of the clock that is not its passing
     * @return false if it is for one loop only and has one
     */
    boolean begin(Reactor reactor) {
        return true;
    }

    /**
     * {@link Poller#poll}, with the sleep as this clock has it. Before a sleep for ever it must not poll once more:
     * that might take the wake-up of a submit that came after the loop's last look at its inbox.
     */
    abstract int poll(Poller poller, long timeoutNanos);

    /**
     * Another thread works for a task, which waits for it. From any thread.
     *
     * @return to be closed when the task goes on; null where time passes by itself
     */
    VirtualClock.Hold hold() {
        return null;
    }

    /** Whether time passes while the loop does not sleep, so that it can spin meanwhile. */
    boolean passesByItself() {
        return false;
    }

    /** CLOCK_MONOTONIC, which no change of the wall clock moves. */
    static final class Monotonic extends Clock {
        private final long origin = System.nanoTime();

        @Override
        long nanoTime() {
            return System.nanoTime() - origin;
        }

        @Override
        boolean passesByItself() {
            return true;
        }

        @Override
        int poll(Poller poller, long timeoutNanos) {
            return poller.poll(timeoutNanos);
        }
    }
}
