package io.stepoll.examples.monitoring;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.stepoll.metrics.LoopMetrics;
import io.stepoll.metrics.Metric;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The numbers of loops for any registry of Micrometer: counters, and gauges for what is so at the moment. Each has a
 * tag {@code loop}, bytes have {@code kind} and {@code direction} besides, and times are in seconds. A registry reads
 * all meters one after the other; they share a snapshot for {@link Recent#LIFE_NANOS}.
 *
 * <p>Registries hold this object weakly. So keep it for as long as it is to be read.
 */
public final class LoopMeters implements MeterBinder {
    static final double NANOS_PER_SECOND = 1e9;
    private static final Pattern BYTES = Pattern.compile("(.+)_BYTES_(IN|OUT)");
    private static final String NANOS = "_NANOS";

    private final Recent<List<LoopMetrics>> loops;

    /**
     * Makes the meters.
     *
     * @param loops takes a snapshot of each loop; always of the same loops, in the same order
     */
    public LoopMeters(Supplier<List<LoopMetrics>> loops) {
        this.loops = new Recent<>(loops);
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        List<LoopMetrics> now = loops.get();
        for (int i = 0; i < now.size(); i++) {
            int index = i;
            Tags tags = Tags.of("loop", now.get(i).name());
            for (Metric metric : Metric.values()) {
                bind(registry, metric, index, tags);
            }
            Gauge.builder("stepoll.utilisation", this, meters -> meters.loops.get().get(index).utilisation())
                    .description("the part of its running time in which the loop was busy, since it was opened")
                    .tags(tags).register(registry);
        }
    }

    private void bind(MeterRegistry registry, Metric metric, int index, Tags loop) {
        double unit = metric.unit() == Metric.Unit.NANOSECONDS ? NANOS_PER_SECOND : 1;
        String baseUnit = switch (metric.unit()) {
            case NANOSECONDS -> "seconds";
            case BYTES -> "bytes";
            case NONE -> null;
        };
        Matcher bytes = BYTES.matcher(metric.name());
        boolean ofKind = bytes.matches();
        String name = ofKind ? "stepoll.io" : name(metric);
        Tags tags = ofKind
                ? loop.and(Tag.of("kind", lower(bytes.group(1))), Tag.of("direction", lower(bytes.group(2)))) : loop;
        String description = ofKind ? "bytes read and written" : metric.description();
        if (metric.kind() == Metric.Kind.COUNTER) {
            FunctionCounter.builder(name, this, meters -> meters.loops.get().get(index).get(metric) / unit)
                    .tags(tags).description(description).baseUnit(baseUnit).register(registry);
        } else {
            Gauge.builder(name, this, meters -> meters.loops.get().get(index).get(metric) / unit)
                    .tags(tags).description(description).baseUnit(baseUnit).register(registry);
        }
    }

    /** {@return the name of a meter: stepoll.tasks.begun} */
    static String name(Metric metric) {
        String name = metric.name();
        return "stepoll." + lower(name.endsWith(NANOS) ? name.substring(0, name.length() - NANOS.length()) : name)
                .replace('_', '.');
    }

    private static String lower(String name) {
        return name.toLowerCase(Locale.ROOT);
    }
}
