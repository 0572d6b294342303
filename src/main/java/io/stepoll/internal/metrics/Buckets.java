package io.stepoll.internal.metrics;

import io.stepoll.metrics.Histogram;

/**
 * The buckets of a histogram, as HdrHistogram lays them out: the first {@value #FIRST} have one value each, then each
 * power of two has {@value #PARTS} of equal width.
 */
final class Buckets {
    private static final int PARTS_SHIFT = 5;
    private static final int PARTS = 1 << PARTS_SHIFT;
    private static final int FIRST = 2 * PARTS;

    /** How many buckets there are. */
    static final int COUNT = index(Histogram.GREATEST_NANOS) + 1;

    private Buckets() {}

    /** The bucket of a time, which may be out of range. */
    static int index(long nanos) {
        long value = Math.clamp(nanos, 0, Histogram.GREATEST_NANOS);
        int shift = Long.SIZE - 1 - PARTS_SHIFT - Long.numberOfLeadingZeros(value | PARTS);
        return (shift << PARTS_SHIFT) + (int) (value >> shift);
    }

    /** The shortest time of a bucket. */
    static long from(int index) {
        if (index < FIRST) {
            return index;
        }
        int shift = (index >> PARTS_SHIFT) - 1;
        return (long) (index - (shift << PARTS_SHIFT)) << shift;
    }

    /** The longest time of a bucket. */
    static long to(int index) {
        return from(index + 1) - 1;
    }
}
