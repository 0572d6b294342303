package io.stepoll.examples.monitoring;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.metrics.BatchCallback;
import io.opentelemetry.api.metrics.Meter;
import io.opentelemetry.api.metrics.ObservableDoubleMeasurement;
import io.opentelemetry.api.metrics.ObservableLongMeasurement;
import io.opentelemetry.api.metrics.ObservableMeasurement;
import io.stepoll.metrics.Histogram;
import io.stepoll.metrics.LoopMetrics;
import io.stepoll.metrics.Metric;
import io.stepoll.metrics.Timing;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;

/**
 * The numbers of loops as asynchronous instruments of OpenTelemetry, with the attribute {@code loop}. One callback
 * observes all of them, from one snapshot, when the SDK collects. OpenTelemetry has no asynchronous histogram: of a
 * histogram there are the number and the sum of the times as counters, and percentiles since the loop was opened as
 * gauges.
 */
public final class OpenTelemetryLoops implements AutoCloseable {
    private static final AttributeKey<String> LOOP = AttributeKey.stringKey("loop");
    private static final AttributeKey<Double> PERCENTILE = AttributeKey.doubleKey("percentile");
    private static final double[] PERCENTILES = {50, 99, 99.9, 100};

    private final Map<Metric, ObservableLongMeasurement> numbers = new EnumMap<>(Metric.class);
    private final Map<Timing, ObservableLongMeasurement> counts = new EnumMap<>(Timing.class);
    private final Map<Timing, ObservableDoubleMeasurement> sums = new EnumMap<>(Timing.class);
    private final Map<Timing, ObservableDoubleMeasurement> percentiles = new EnumMap<>(Timing.class);
    private final ObservableDoubleMeasurement utilisation;
    private final BatchCallback callback;

    /**
     * Registers the instruments.
     *
     * @param meter of the SDK
     * @param loops takes a snapshot of each loop
     */
    public OpenTelemetryLoops(Meter meter, Supplier<List<LoopMetrics>> loops) {
        List<ObservableMeasurement> all = new ArrayList<>();
        utilisation = meter.gaugeBuilder("stepoll.utilisation").setUnit("1")
                .setDescription("the part of its running time in which the loop was busy").buildObserver();
        all.add(utilisation);
        for (Metric metric : Metric.values()) {
            ObservableLongMeasurement number = instrument(meter, metric);
            numbers.put(metric, number);
            all.add(number);
        }
        for (Timing timing : Timing.values()) {
            String name = "stepoll." + timing.name().toLowerCase(Locale.ROOT).replace('_', '.');
            counts.put(timing, meter.counterBuilder(name + ".count").setUnit("1")
                    .setDescription("how often: " + timing.description()).buildObserver());
            sums.put(timing, meter.counterBuilder(name + ".sum").ofDoubles().setUnit("s")
                    .setDescription("the sum of: " + timing.description()).buildObserver());
            percentiles.put(timing, meter.gaugeBuilder(name).setUnit("s").setDescription(timing.description())
                    .buildObserver());
            all.addAll(List.of(counts.get(timing), sums.get(timing), percentiles.get(timing)));
        }
        callback = meter.batchCallback(() -> loops.get().forEach(this::observe), all.getFirst(),
                all.subList(1, all.size()).toArray(ObservableMeasurement[]::new));
    }

    private static ObservableLongMeasurement instrument(Meter meter, Metric metric) {
        String unit = switch (metric.unit()) {
            case NANOSECONDS -> "ns";
            case BYTES -> "By";
            case NONE -> "1";
        };
        return metric.kind() == Metric.Kind.COUNTER
                ? meter.counterBuilder(LoopMeters.name(metric)).setUnit(unit).setDescription(metric.description())
                        .buildObserver()
                : meter.gaugeBuilder(LoopMeters.name(metric)).ofLongs().setUnit(unit)
                        .setDescription(metric.description()).buildObserver();
    }

    private void observe(LoopMetrics loop) {
        Attributes ofLoop = Attributes.of(LOOP, loop.name());
        utilisation.record(loop.utilisation(), ofLoop);
        numbers.forEach((metric, number) -> number.record(loop.get(metric), ofLoop));
        for (Timing timing : Timing.values()) {
            Histogram histogram = loop.get(timing);
            counts.get(timing).record(histogram.count(), ofLoop);
            sums.get(timing).record(histogram.totalNanos() / LoopMeters.NANOS_PER_SECOND, ofLoop);
            for (double percentile : PERCENTILES) {
                percentiles.get(timing).record(histogram.percentileNanos(percentile) / LoopMeters.NANOS_PER_SECOND,
                        Attributes.of(LOOP, loop.name(), PERCENTILE, percentile));
            }
        }
    }

    /** Takes the instruments back. */
    @Override
    public void close() {
        callback.close();
    }
}
