package io.stepoll.management;

import io.stepoll.metrics.LoopDump;
import io.stepoll.metrics.LoopMetrics;
import io.stepoll.metrics.Metric;
import io.stepoll.metrics.Timing;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** The bean of a loop or of a group. */
final class LoopBean implements LoopMXBean {
    private static final Duration SHORTEST_PERIOD = Duration.ofSeconds(1);

    private final Supplier<LoopMetrics> metrics;
    private final Supplier<List<LoopDump>> dumps;
    private final boolean group;
    private final AtomicReference<Period> last;

    /** Two snapshots: the utilisation is that of the time between them. */
    private record Period(LoopMetrics begin, LoopMetrics end) {
        double utilisation() {
            return begin == end ? end.utilisation() : end.minus(begin).utilisation();
        }
    }

    /** @param group whether the dumps are those of several loops */
    LoopBean(Supplier<LoopMetrics> metrics, Supplier<List<LoopDump>> dumps, boolean group) {
        this.metrics = metrics;
        this.dumps = dumps;
        this.group = group;
        LoopMetrics now = metrics.get();
        last = new AtomicReference<>(new Period(now, now));
    }

    @Override
    public String getName() {
        return metrics.get().name();
    }

    @Override
    public double getUtilisation() {
        LoopMetrics now = metrics.get();
        return last.updateAndGet(period -> now.takenNanos() - period.end.takenNanos() < SHORTEST_PERIOD.toNanos()
                ? period : new Period(period.end, now)).utilisation();
    }

    @Override
    public Map<String, Long> getMetrics() {
        LoopMetrics now = metrics.get();
        Map<String, Long> numbers = new TreeMap<>();
        for (Metric metric : Metric.values()) {
            numbers.put(metric.name(), now.get(metric));
        }
        return numbers;
    }

    @Override
    public Map<String, TimingData> getTimings() {
        LoopMetrics now = metrics.get();
        Map<String, TimingData> timings = new TreeMap<>();
        for (Timing timing : Timing.values()) {
            timings.put(timing.name(), TimingData.of(now.get(timing)));
        }
        return timings;
    }

    @Override
    public long getTasksLive() {
        return metrics.get().get(Metric.TASKS_LIVE);
    }

    @Override
    public long getTasksFailed() {
        return metrics.get().get(Metric.TASKS_FAILED);
    }

    @Override
    public long getInboxDepth() {
        return metrics.get().get(Metric.INBOX_DEPTH);
    }

    @Override
    public long getDescriptors() {
        return metrics.get().get(Metric.DESCRIPTORS);
    }

    @Override
    public String dump() {
        return dumps.get().stream().map(LoopDump::toString).collect(Collectors.joining("\n\n"));
    }

    @Override
    public String dumpAsJson() {
        String json = dumps.get().stream().map(LoopDump::toJson).collect(Collectors.joining(","));
        return group ? "[" + json + "]" : json;
    }
}
