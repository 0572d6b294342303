package io.stepoll.bench;

import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

/** Delays of timers whose time does not come, the same for each library. */
final class Delays {
    private static final long SEED = 42;
    private static final int COUNT = 1 << 12;

    private final SplittableRandom random = new SplittableRandom(SEED);
    private final long[] changing = new long[COUNT];
    private int next;

    /** @param order of those that come and go: {@code random}, or {@code earliest}, before all that are pending */
    Delays(String order) {
        for (int i = 0; i < COUNT; i++) {
            changing[i] = order.equals("earliest") ? TimeUnit.HOURS.toNanos(1) : pendingNanos();
        }
    }

    /** Of one that stays. */
    long pendingNanos() {
        return TimeUnit.DAYS.toNanos(1) + random.nextLong(TimeUnit.DAYS.toNanos(1));
    }

    /** Of one that comes and goes. */
    long nextNanos() {
        return changing[next++ & COUNT - 1];
    }
}
