package io.stepoll.internal.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.metrics.Histogram;
import io.stepoll.support.Seeds;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The buckets of a histogram, against the sorted times themselves. */
class HistogramTest {
    private static final int TIMES = 10_000;

    /** A bucket begins where the one before ends, and is narrower than a 32nd of its times. */
    @Test
    void theBucketsHaveNoGap() {
        assertEquals(0, Buckets.from(0));
        for (int i = 0; i < Buckets.COUNT; i++) {
            int bucket = i;
            long from = Buckets.from(i);
            long to = Buckets.to(i);
            assertEquals(i, Buckets.index(from), () -> "begin of bucket " + bucket);
            assertEquals(i, Buckets.index(to), () -> "end of bucket " + bucket);
            assertEquals(from, i == 0 ? 0 : Buckets.to(i - 1) + 1);
            assertTrue((to - from) * 32 <= from, () -> "bucket " + bucket + " is from " + from + " to " + to);
        }
        assertEquals(Histogram.GREATEST_NANOS, Buckets.to(Buckets.COUNT - 1));
        assertEquals(Buckets.COUNT - 1, Buckets.index(Long.MAX_VALUE));
        assertEquals(0, Buckets.index(-1));
    }

    @Test
    void percentilesAreThoseOfTheSortedTimes() {
        SplittableRandom random = Seeds.random("times");
        Recorder recorder = new Recorder();
        long[] times = new long[TIMES];
        long total = 0;
        for (int i = 0; i < TIMES; i++) {
            times[i] = random.nextLong(1L << random.nextInt(1, 36));
            total += times[i];
            recorder.record(times[i]);
        }
        Arrays.sort(times);
        Histogram read = recorder.read();
        assertEquals(TIMES, read.count());
        assertEquals(total, read.totalNanos());
        for (double percentile : new double[] {0, 1, 50, 90, 99, 99.9, 100}) {
            long rank = (Math.round(percentile * 10) * TIMES + 999) / 1000; // by doubles it would be one too many
            long exact = times[(int) Math.max(1, rank) - 1];
            long found = read.percentileNanos(percentile);
            assertTrue(found >= exact && found <= exact + exact / 32, () -> percentile + " %: " + exact + ", " + found);
        }
        assertEquals(read.percentileNanos(100), read.maxNanos());
        long[] sum = new long[1];
        read.forEachBucket((from, to, count) -> {
            assertTrue(from <= to && count > 0);
            sum[0] += count;
        });
        assertEquals(TIMES, sum[0]);
    }

    /** 99.9 % of a thousand times are 999 of them, though 99.9 / 100 * 1000 is a bit more by doubles. */
    @Test
    void aPercentileIsOfWholeTimes() {
        Recorder recorder = new Recorder();
        for (int i = 1; i <= 1000; i++) {
            recorder.record(i == 1000 ? 1_000_000_000 : i <= 70 ? 1 : 50);
        }
        Histogram read = recorder.read();
        assertEquals(50, read.percentileNanos(99.9));
        assertTrue(read.percentileNanos(99.91) >= 1_000_000_000);
        assertEquals(1, read.percentileNanos(7));
        assertEquals(50, read.percentileNanos(7.01));
        assertEquals(1, read.percentileNanos(0));
        assertTrue(read.percentileNanos(100) >= 1_000_000_000);
    }

    @Test
    void aDifferenceHasWhatCameInBetween() {
        Recorder recorder = new Recorder();
        recorder.record(10);
        Histogram before = recorder.read();
        recorder.record(1000);
        Histogram after = recorder.read();
        assertEquals(1, after.minus(before).count());
        assertEquals(1000, after.minus(before).totalNanos());
        assertEquals(after.maxNanos(), after.minus(before).percentileNanos(0));
        assertThrows(IllegalArgumentException.class, () -> before.minus(after));
    }

    @Test
    void anEmptyHistogramIsZero() {
        Histogram empty = new Recorder().read();
        assertEquals(0, empty.count());
        assertEquals(0, empty.maxNanos());
        assertEquals(0, empty.percentileNanos(99));
        assertEquals(0, empty.meanNanos());
        assertThrows(IllegalArgumentException.class, () -> empty.percentileNanos(101));
        assertThrows(IllegalArgumentException.class, () -> empty.percentileNanos(Double.NaN));
    }
}
