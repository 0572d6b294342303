package io.stepoll.sync;

import java.util.concurrent.atomic.AtomicLong;

/** Things that are so alike that only their number counts. */
final class Counted extends Supply {
    /** Any of them. */
    static final int ONE = 0;

    private final AtomicLong count = new AtomicLong();

    @Override
    int tryTake() {
        long current = count.get();
        while (current > 0) {
            if (count.compareAndSet(current, current - 1)) {
                return ONE;
            }
            current = count.get();
        }
        return NONE;
    }

    @Override
    void put(int thing) {
        count.incrementAndGet();
    }
}
