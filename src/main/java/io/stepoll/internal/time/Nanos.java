package io.stepoll.internal.time;

import io.stepoll.EventLoop;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Arithmetic of nanoseconds that does not overflow. */
public final class Nanos {
    private Nanos() {}

    /** {@return a duration in nanoseconds; the largest or smallest long where that is not enough} */
    public static long of(Duration duration) {
        return TimeUnit.NANOSECONDS.convert(duration);
    }

    /** {@return a time so much later, which is never {@link EventLoop#NO_DEADLINE}} A negative delay counts as 0. */
    public static long plus(long fromNanos, long delayNanos) {
        long deadlineNanos = fromNanos + Math.max(0, delayNanos);
        return deadlineNanos < fromNanos ? EventLoop.NO_DEADLINE - 1
                : Math.min(deadlineNanos, EventLoop.NO_DEADLINE - 1);
    }
}
