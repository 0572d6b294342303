package io.stepoll.internal.jfr;

import io.stepoll.EventLoop;
import io.stepoll.metrics.LoopMetrics;
import io.stepoll.metrics.Metric;
import io.stepoll.metrics.Timing;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.function.Supplier;
import jdk.jfr.AnnotationElement;
import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.EventFactory;
import jdk.jfr.FlightRecorder;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Percentage;
import jdk.jfr.Period;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;
import jdk.jfr.ValueDescriptor;

/**
 * The periodic event of each open loop: what the loop has done since the event before, in the words of {@link Metric}.
 * A thread of the flight recorder takes the snapshots, and no loop is disturbed. The last event of a loop comes when it
 * is closed.
 */
final class Statistics {
    private static final double[] PERCENTILES = {50, 99, 100};
    private static final String[] PERCENTILE_NAMES = {"Median", "99", "Most"};

    /** Null until the flight recorder runs. */
    private static volatile Statistics begun;

    private final Supplier<List<?>> loops;
    private final EventFactory factory;
    private final Map<EventLoop, LoopMetrics> before = new WeakHashMap<>();

    private Statistics(Supplier<List<?>> loops) {
        this.loops = loops;
        factory = EventFactory.create(List.of(new AnnotationElement(Name.class, "io.stepoll.LoopStatistics"),
                new AnnotationElement(Label.class, "Loop Statistics"),
                new AnnotationElement(Description.class,
                        "What an event loop has done since the event before, or since it was opened"),
                new AnnotationElement(Category.class, new String[] {"stepoll", "Event Loop"}),
                new AnnotationElement(StackTrace.class, false), new AnnotationElement(Period.class, "1 s")), fields());
    }

    /** Adds the event to the flight recorder, which runs. */
    static void begin(Supplier<List<?>> loops) {
        Statistics statistics = new Statistics(loops);
        FlightRecorder.addPeriodicEvent(statistics.factory.newEvent().getClass(), statistics::commitAll);
        begun = statistics;
    }

    private static List<ValueDescriptor> fields() {
        List<ValueDescriptor> fields = new ArrayList<>();
        fields.add(field(String.class, "loop", "Event Loop", null));
        fields.add(field(long.class, "period", "Period", new AnnotationElement(Timespan.class, Timespan.NANOSECONDS)));
        fields.add(field(float.class, "utilisation", "Utilisation", new AnnotationElement(Percentage.class)));
        for (Metric metric : Metric.values()) {
            fields.add(new ValueDescriptor(long.class, name(metric.name()), annotations(metric)));
        }
        for (Timing timing : Timing.values()) {
            for (String percentile : PERCENTILE_NAMES) {
                fields.add(field(long.class, name(timing.name()) + percentile, label(timing.name()) + ", " + percentile,
                        new AnnotationElement(Timespan.class, Timespan.NANOSECONDS)));
            }
        }
        return fields;
    }

    private static ValueDescriptor field(Class<?> type, String name, String label, AnnotationElement unit) {
        AnnotationElement labelled = new AnnotationElement(Label.class, label);
        return new ValueDescriptor(type, name, unit == null ? List.of(labelled) : List.of(labelled, unit));
    }

    private static List<AnnotationElement> annotations(Metric metric) {
        List<AnnotationElement> annotations = new ArrayList<>();
        annotations.add(new AnnotationElement(Label.class, label(metric.name())));
        annotations.add(new AnnotationElement(Description.class, metric.description()));
        switch (metric.unit()) {
            case BYTES -> annotations.add(new AnnotationElement(DataAmount.class, DataAmount.BYTES));
            case NANOSECONDS -> annotations.add(new AnnotationElement(Timespan.class, Timespan.NANOSECONDS));
            case NONE -> { }
        }
        return annotations;
    }

    /** From {@code TIMERS_FIRED} to {@code timersFired}. */
    private static String name(String constant) {
        String label = label(constant).replace(" ", "");
        return Character.toLowerCase(label.charAt(0)) + label.substring(1);
    }

    /** From {@code TIMERS_FIRED} to {@code Timers Fired}; a time's unit is none of its words. */
    private static String label(String constant) {
        StringBuilder label = new StringBuilder();
        for (String word : constant.replace("_NANOS", "").split("_")) {
            label.append(label.isEmpty() ? "" : " ").append(word.charAt(0))
                    .append(word.substring(1).toLowerCase(Locale.ROOT));
        }
        return label.toString();
    }

    private void commitAll() {
        for (Object one : loops.get()) {
            commit((EventLoop) one);
        }
    }

    /** A loop is closed: no period has it any more. */
    static void closed(EventLoop loop) {
        Statistics statistics = begun;
        if (statistics != null && statistics.factory.getEventType().isEnabled()) {
            statistics.commit(loop);
        }
    }

    private synchronized void commit(EventLoop loop) {
        LoopMetrics now = loop.metrics();
        LoopMetrics former = before.put(loop, now);
        LoopMetrics period = former == null ? now : now.minus(former);
        Event event = factory.newEvent();
        int field = 0;
        event.set(field++, period.name());
        event.set(field++, period.span().toNanos());
        event.set(field++, (float) period.utilisation());
        for (Metric metric : Metric.values()) {
            event.set(field++, period.get(metric));
        }
        for (Timing timing : Timing.values()) {
            for (double percentile : PERCENTILES) {
                event.set(field++, period.get(timing).percentileNanos(percentile));
            }
        }
        event.commit();
    }
}
