package io.stepoll.internal.metrics;

import io.stepoll.metrics.Histogram;

/** A histogram that was read. */
final class BucketCounts implements Histogram {
    static final BucketCounts EMPTY = new BucketCounts(new long[Buckets.COUNT], 0);

    private final long[] counts;
    private final long totalNanos;
    private final long count;

    /** @param counts of each bucket; the caller changes them no more */
    BucketCounts(long[] counts, long totalNanos) {
        this.counts = counts;
        this.totalNanos = totalNanos;
        long sum = 0;
        for (long one : counts) {
            sum += one;
        }
        count = sum;
    }

    @Override
    public long count() {
        return count;
    }

    @Override
    public long totalNanos() {
        return totalNanos;
    }

    @Override
    public long maxNanos() {
        return atRank(count);
    }

    @Override
    public long percentileNanos(double percentile) {
        if (!(percentile >= 0 && percentile <= 100)) {
            throw new IllegalArgumentException("a percentile is from 0 to 100: " + percentile);
        }
        double times = Math.nextDown(percentile) / 100 * count; // 99.9 % of 1000 are 999, and by doubles a bit more
        return atRank(Math.clamp((long) Math.ceil(times), 1, Math.max(1, count)));
    }

    /** The end of the bucket with the time of this rank, counted from 1; 0 if there is none. */
    private long atRank(long rank) {
        long seen = 0;
        for (int i = 0; i < counts.length; i++) {
            seen += counts[i];
            if (seen >= rank && seen > 0) {
                return Buckets.to(i);
            }
        }
        return 0;
    }

    @Override
    public void forEachBucket(BucketConsumer consumer) {
        for (int i = 0; i < counts.length; i++) {
            if (counts[i] > 0) {
                consumer.bucket(Buckets.from(i), Buckets.to(i), counts[i]);
            }
        }
    }

    @Override
    public Histogram minus(Histogram earlier) {
        if (!(earlier instanceof BucketCounts former)) {
            throw new IllegalArgumentException("not a histogram of this library: " + earlier);
        }
        long[] differences = new long[counts.length];
        for (int i = 0; i < differences.length; i++) {
            differences[i] = counts[i] - former.counts[i];
            if (differences[i] < 0) {
                throw new IllegalArgumentException("not an earlier histogram of the same loop");
            }
        }
        return new BucketCounts(differences, totalNanos - former.totalNanos);
    }

    /** The counts of both. */
    BucketCounts plus(BucketCounts other) {
        long[] sums = new long[counts.length];
        for (int i = 0; i < sums.length; i++) {
            sums[i] = counts[i] + other.counts[i];
        }
        return new BucketCounts(sums, totalNanos + other.totalNanos);
    }

    @Override
    public String toString() {
        return count + " times, median " + percentileNanos(50) + " ns, 99 % " + percentileNanos(99) + " ns, most "
                + maxNanos() + " ns";
    }
}
