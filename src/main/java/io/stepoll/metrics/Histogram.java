package io.stepoll.metrics;

/**
 * How often a time came out how long, in nanoseconds. Immutable.
 *
 * <p>The buckets are those of HdrHistogram: each power of two is divided into equal parts, here 32. So a time is off by
 * 3 % at most, whether it is a microsecond or a minute. Times below 64 ns have buckets of their own. Times of more than
 * {@value #GREATEST_NANOS} ns count as that much.
 *
 * @since 0.1.0
 */
public interface Histogram {
    /** The greatest time that is told apart from longer ones, in nanoseconds: some 69 seconds. */
    long GREATEST_NANOS = (1L << 36) - 1;

    /** {@return how many times were recorded} */
    long count();

    /** {@return the sum of all recorded times, in nanoseconds} It is exact. */
    long totalNanos();

    /** {@return the longest recorded time, in nanoseconds, rounded up to the end of its bucket; 0 if there is none} */
    long maxNanos();

    /** {@return the mean of all recorded times, in nanoseconds; 0 if there are none} */
    default double meanNanos() {
        return count() == 0 ? 0 : (double) totalNanos() / count();
    }

    /**
     * Returns the time that so many percent of the recorded times do not exceed.
     *
     * @param percentile from 0 to 100
     * @return the time in nanoseconds, rounded up to the end of its bucket; 0 if nothing was recorded
     * @throws IllegalArgumentException if it is not from 0 to 100
     */
    long percentileNanos(double percentile);

    /**
     * Calls a consumer for each bucket that is not empty, the shortest times first.
     *
     * @param consumer is called in the calling thread
     */
    void forEachBucket(BucketConsumer consumer);

    /**
     * Returns what was recorded since an earlier snapshot of the same loop.
     *
     * @param earlier the earlier snapshot
     * @return the difference
     * @throws IllegalArgumentException if it is not an earlier one, or not of this library
     */
    Histogram minus(Histogram earlier);

    /**
     * Receives the buckets of a histogram.
     *
     * @since 0.1.0
     */
    @FunctionalInterface
    interface BucketConsumer {
        /**
         * One bucket.
         *
         * @param fromNanos the shortest time of the bucket
         * @param toNanos the longest time of the bucket
         * @param count how many times were recorded in it, more than 0
         */
        void bucket(long fromNanos, long toNanos, long count);
    }
}
