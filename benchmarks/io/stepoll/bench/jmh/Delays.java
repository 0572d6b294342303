package io.stepoll.bench.jmh;

import java.time.Duration;
import java.util.SplittableRandom;

/** Delays of timers that never become due: the same ones for each library, made beforehand. */
final class Delays {
    private static final long SEED = 42;
    private static final int COUNT = 1 << 12;
    private static final Duration HOUR = Duration.ofHours(1);
    private static final Duration DAY = Duration.ofDays(1);

    private final SplittableRandom random = new SplittableRandom(SEED);
    private final Duration[] changing = new Duration[COUNT];
    private final long[] changingNanos = new long[COUNT];
    private int next;

    /**
     * @param order of the timers that are set and cancelled: {@code random}, or {@code earliest}, which puts each of
     *     them before all pending ones
     */
    Delays(String order) {
        for (int i = 0; i < COUNT; i++) {
            changing[i] = order.equals("earliest") ? HOUR : pending();
            changingNanos[i] = changing[i].toNanos();
        }
    }

    /** The delay of a timer that stays pending. */
    Duration pending() {
        return DAY.plusNanos(random.nextLong(DAY.toNanos()));
    }

    /** The delay of a timer that is set and cancelled. */
    Duration next() {
        return changing[nextIndex()];
    }

    /** {@link #next()} in nanoseconds, for a library that counts in them. */
    long nextNanos() {
        return changingNanos[nextIndex()];
    }

    private int nextIndex() {
        return next++ & COUNT - 1;
    }
}
