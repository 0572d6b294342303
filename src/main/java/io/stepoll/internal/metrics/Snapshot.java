package io.stepoll.internal.metrics;

import io.stepoll.metrics.Histogram;
import io.stepoll.metrics.LoopMetrics;
import io.stepoll.metrics.Metric;
import io.stepoll.metrics.Timing;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A {@link LoopMetrics}: of a loop, of a group, or the difference of two. */
public final class Snapshot implements LoopMetrics {
    private static final Metric[] METRICS = Metric.values();
    private static final Timing[] TIMINGS = Timing.values();

    /** Whose numbers these are: two loops may have the same name. For a group a list. */
    private final Object source;

    private final String name;
    private final long beginNanos;
    private final long takenNanos;
    private final long[] numbers;
    private final BucketCounts[] histograms;

    /**
     * @param source is equal for two snapshots of the same loop or group
     * @param beginNanos from when on the counters count
     */
    Snapshot(Object source, String name, long beginNanos, long takenNanos, long[] numbers, BucketCounts[] histograms) {
        this.source = source;
        this.name = name;
        this.beginNanos = beginNanos;
        this.takenNanos = takenNanos;
        this.numbers = numbers;
        this.histograms = histograms;
    }

    /**
     * The sum of several loops.
     *
     * @param loops at least one
     */
    public static LoopMetrics sum(String name, List<? extends LoopMetrics> loops) {
        long[] numbers = new long[METRICS.length];
        BucketCounts[] histograms = new BucketCounts[TIMINGS.length];
        List<Object> sources = new ArrayList<>();
        long beginNanos = of(loops.getFirst()).beginNanos;
        for (LoopMetrics loop : loops) {
            Snapshot one = of(loop);
            sources.add(one.source);
            beginNanos = one.beginNanos - beginNanos < 0 ? one.beginNanos : beginNanos;
            for (Metric metric : METRICS) {
                int i = metric.ordinal();
                numbers[i] = metric.kind() == Metric.Kind.MAXIMUM ? Math.max(numbers[i], one.numbers[i])
                        : numbers[i] + one.numbers[i];
            }
            for (int i = 0; i < histograms.length; i++) {
                histograms[i] = histograms[i] == null ? one.histograms[i] : histograms[i].plus(one.histograms[i]);
            }
        }
        return new Snapshot(sources, name, beginNanos, loops.getLast().takenNanos(), numbers, histograms);
    }

    private static Snapshot of(LoopMetrics metrics) {
        if (metrics instanceof Snapshot ours) {
            return ours;
        }
        throw new IllegalArgumentException("not a snapshot of this library: " + metrics);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Duration span() {
        return Duration.ofNanos(takenNanos - beginNanos);
    }

    @Override
    public long takenNanos() {
        return takenNanos;
    }

    @Override
    public long get(Metric metric) {
        return numbers[metric.ordinal()];
    }

    @Override
    public Histogram get(Timing timing) {
        return histograms[timing.ordinal()];
    }

    @Override
    public LoopMetrics minus(LoopMetrics earlier) {
        Snapshot former = of(earlier);
        if (!former.source.equals(source)) {
            throw new IllegalArgumentException("a snapshot of " + former.name + " and one of " + name
                    + ", which are not the same");
        }
        if (former.beginNanos != beginNanos || takenNanos - former.takenNanos < 0) {
            throw new IllegalArgumentException("not an earlier snapshot of " + name + ", or a difference");
        }
        long[] differences = numbers.clone();
        for (Metric metric : METRICS) {
            if (metric.kind() == Metric.Kind.COUNTER) {
                differences[metric.ordinal()] -= former.numbers[metric.ordinal()];
            }
        }
        BucketCounts[] between = new BucketCounts[TIMINGS.length];
        for (int i = 0; i < between.length; i++) {
            between[i] = (BucketCounts) histograms[i].minus(former.histograms[i]);
        }
        return new Snapshot(source, name, former.takenNanos, takenNanos, differences, between);
    }

    /** All numbers that are not 0, one on a line, and the histograms. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(name).append(", ").append(span()).append(", busy ")
                .append(Math.round(utilisation() * 100)).append(" %");
        for (Metric metric : METRICS) {
            if (get(metric) != 0) {
                text.append("\n  ").append(metric).append(' ').append(get(metric));
            }
        }
        for (Timing timing : TIMINGS) {
            if (get(timing).count() != 0) {
                text.append("\n  ").append(timing).append(' ').append(get(timing));
            }
        }
        return text.toString();
    }
}
