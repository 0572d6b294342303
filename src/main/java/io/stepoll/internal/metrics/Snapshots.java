package io.stepoll.internal.metrics;

import io.stepoll.metrics.LoopMetrics;
import io.stepoll.metrics.Metric;
import io.stepoll.metrics.Timing;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/** Takes the snapshots of one loop. From any thread. */
public final class Snapshots {
    private static final Timing[] TIMINGS = Timing.values();

    /** By this the snapshots of one loop know each other. It leads nowhere: a snapshot keeps no loop reachable. */
    private final Object identity = new Object();

    private final String name;
    private final LoopCounters counters;
    private final Consumer<Gauges> source;

    /*
     * What was shown last of the times. Another thread reads a clock while the loop starts or stops it, and may see it
     * go on a few nanoseconds too long: the next snapshot does not go back for that.
     */
    private final AtomicLong busyShown = new AtomicLong();
    private final AtomicLong asleepShown = new AtomicLong();
    private final AtomicLong spunShown = new AtomicLong();

    /** The greatest depth of the inbox that a snapshot has seen. */
    private final AtomicLong depthShown = new AtomicLong();

    /** Takes the numbers that the loop does not count, but has: its lengths and depths. */
    public static final class Gauges {
        private final long[] numbers;

        Gauges(long[] numbers) {
            this.numbers = numbers;
        }

        /** Sets a number. */
        public void set(Metric metric, long number) {
            numbers[metric.ordinal()] = number;
        }
    }

    /** @param source sets the gauges, and the counters that other threads count. From any thread. */
    public Snapshots(String name, LoopCounters counters, Consumer<Gauges> source) {
        this.name = name;
        this.counters = counters;
        this.source = source;
    }

    /** Takes a snapshot. */
    public LoopMetrics take() {
        long takenNanos = System.nanoTime();
        long[] numbers = new long[Metric.values().length];
        counters.read(numbers);
        source.accept(new Gauges(numbers));
        keep(Metric.BUSY_NANOS, numbers, busyShown);
        keep(Metric.ASLEEP_NANOS, numbers, asleepShown);
        keep(Metric.SPUN_NANOS, numbers, spunShown);
        numbers[Metric.INBOX_DEPTH_MOST.ordinal()] = Math.max(numbers[Metric.INBOX_DEPTH_MOST.ordinal()],
                depthShown.accumulateAndGet(numbers[Metric.INBOX_DEPTH.ordinal()], Math::max));
        BucketCounts[] histograms = new BucketCounts[TIMINGS.length];
        for (Timing timing : TIMINGS) {
            histograms[timing.ordinal()] = counters.read(timing);
        }
        return new Snapshot(identity, name, counters.originNanos(), takenNanos, numbers, histograms);
    }

    private static void keep(Metric metric, long[] numbers, AtomicLong shown) {
        numbers[metric.ordinal()] = shown.accumulateAndGet(numbers[metric.ordinal()], Math::max);
    }
}
