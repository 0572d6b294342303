package io.stepoll.examples.monitoring;

import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.stepoll.metrics.Histogram;
import io.stepoll.metrics.LoopMetrics;
import io.stepoll.metrics.Timing;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;

/**
 * The histograms of loops for Prometheus. Micrometer has no meter for a histogram that was counted elsewhere, so these
 * are a collector of Prometheus's own client, in the registry beneath Micrometer's. The bounds are powers of two of a
 * nanosecond, where the buckets of a {@link Histogram} end, too: so the counts are exact.
 */
final class LoopHistograms implements MultiCollector {
    private static final int LEAST_POWER = 10; // 1 µs
    private static final int MOST_POWER = 34; // 17 s

    private final Recent<List<LoopMetrics>> loops;

    LoopHistograms(Supplier<List<LoopMetrics>> loops) {
        this.loops = new Recent<>(loops);
    }

    @Override
    public MetricSnapshots collect() {
        List<LoopMetrics> now = loops.get();
        MetricSnapshots.Builder all = MetricSnapshots.builder();
        for (Timing timing : Timing.values()) {
            HistogramSnapshot.Builder histogram = HistogramSnapshot.builder()
                    .name("stepoll_" + timing.name().toLowerCase(Locale.ROOT) + "_seconds")
                    .help(timing.description());
            for (LoopMetrics loop : now) {
                Histogram of = loop.get(timing);
                histogram.dataPoint(HistogramDataPointSnapshot.builder()
                        .labels(Labels.of("loop", loop.name()))
                        .classicHistogramBuckets(buckets(of))
                        .sum(of.totalNanos() / LoopMeters.NANOS_PER_SECOND)
                        .build());
            }
            all.metricSnapshot(histogram.build());
        }
        return all.build();
    }

    private static ClassicHistogramBuckets buckets(Histogram histogram) {
        long[] counts = new long[MOST_POWER - LEAST_POWER + 2]; // the last one has what is longer
        histogram.forEachBucket((from, to, count) -> {
            int power = Long.SIZE - Long.numberOfLeadingZeros(to);
            counts[Math.clamp(power - LEAST_POWER, 0, counts.length - 1)] += count;
        });
        ClassicHistogramBuckets.Builder buckets = ClassicHistogramBuckets.builder();
        for (int i = 0; i < counts.length - 1; i++) {
            buckets.bucket((1L << LEAST_POWER + i) / LoopMeters.NANOS_PER_SECOND, counts[i]);
        }
        return buckets.bucket(Double.POSITIVE_INFINITY, counts[counts.length - 1]).build();
    }
}
