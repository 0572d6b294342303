package io.stepoll.management;

import io.stepoll.metrics.Histogram;

/**
 * A histogram in a few numbers.
 *
 * @param count how many times were recorded
 * @param medianNanos half of them took no longer
 * @param ninetyNinthNanos 99 % of them took no longer
 * @param maxNanos none took longer
 * @since 0.1.0
 */
public record TimingData(long count, long medianNanos, long ninetyNinthNanos, long maxNanos) {
    private static final int MEDIAN = 50;
    private static final int NINETY_NINTH = 99;

    static TimingData of(Histogram histogram) {
        return new TimingData(histogram.count(), histogram.percentileNanos(MEDIAN),
                histogram.percentileNanos(NINETY_NINTH), histogram.maxNanos());
    }
}
