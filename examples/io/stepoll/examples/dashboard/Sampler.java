package io.stepoll.examples.dashboard;

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.stepoll.metrics.Histogram;
import io.stepoll.metrics.LoopMetrics;
import io.stepoll.metrics.Metric;
import io.stepoll.metrics.ServerMetrics;
import io.stepoll.metrics.Timing;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Supplier;

/**
 * Takes a snapshot of all loops and servers in each interval, and keeps what has happened since the one before it, as
 * the page wants it. Belongs to one loop.
 */
final class Sampler {
    private static final double NANOS_PER_MICRO = 1000;
    private static final int POWERS = 24; // of two, in microseconds: up to 8 s
    private static final Gson GSON = new Gson();

    private final List<Loop> loops = new ArrayList<>();
    private final List<Served> servers = new ArrayList<>();
    private final SlowSteps slowSteps;
    private final int keep;
    private final Deque<String> kept = new ArrayDeque<>();
    private final long startMillis = System.currentTimeMillis();
    private long taken;
    private long slowVersion = -1;
    private JsonArray waits = new JsonArray();
    private boolean waitsChanged;

    /** A loop, or the sum of several, with the snapshot before. */
    private static final class Loop {
        final Supplier<LoopMetrics> source;
        final boolean isSum;
        LoopMetrics before;

        Loop(Supplier<LoopMetrics> source, boolean isSum) {
            this.source = source;
            this.isSum = isSum;
            before = source.get();
        }
    }

    private static final class Served {
        final String name;
        final Supplier<ServerMetrics> source;
        ServerMetrics before;

        Served(String name, Supplier<ServerMetrics> source) {
            this.name = name;
            this.source = source;
            before = source.get();
        }
    }

    /** @param keep how many samples a page gets that has just been opened */
    Sampler(SlowSteps slowSteps, int keep) {
        this.slowSteps = slowSteps;
        this.keep = keep;
    }

    void addLoop(Supplier<LoopMetrics> source, boolean isSum) {
        loops.add(new Loop(source, isSum));
    }

    void addServer(String name, Supplier<ServerMetrics> source) {
        servers.add(new Served(name, source));
    }

    /** {@return what a page has to know first, in JSON} */
    String greeting(Duration threshold) {
        JsonObject greeting = new JsonObject();
        greeting.addProperty("start", startMillis);
        greeting.addProperty("keep", keep);
        greeting.addProperty("thresholdMillis", threshold.toMillis());
        JsonArray names = new JsonArray();
        for (Loop loop : loops) {
            JsonObject one = new JsonObject();
            one.addProperty("name", loop.before.name());
            one.addProperty("isSum", loop.isSum);
            names.add(one);
        }
        greeting.add("loops", names);
        JsonArray serverNames = new JsonArray();
        servers.forEach(server -> serverNames.add(server.name));
        greeting.add("servers", serverNames);
        return GSON.toJson(greeting);
    }

    /** Sets what the tasks wait for, for the next sample. */
    void waits(JsonArray now) {
        if (!now.equals(waits)) {
            waits = now;
            waitsChanged = true;
        }
    }

    /** Takes a sample. */
    void take() {
        JsonObject sample = new JsonObject();
        sample.addProperty("at", System.currentTimeMillis());
        JsonArray ofLoops = new JsonArray();
        for (Loop loop : loops) {
            LoopMetrics now = loop.source.get();
            ofLoops.add(toJson(now.minus(loop.before)));
            loop.before = now;
        }
        sample.add("loops", ofLoops);
        JsonArray ofServers = new JsonArray();
        for (Served server : servers) {
            ServerMetrics now = server.source.get();
            ofServers.add(toJson(now, server.before));
            server.before = now;
        }
        sample.add("servers", ofServers);
        if (slowSteps.version() != slowVersion || slowSteps.goesOn()) {
            slowVersion = slowSteps.version();
            sample.add("slow", slowSteps.toJson());
        }
        if (waitsChanged) {
            waitsChanged = false;
            sample.add("waits", waits);
        }
        kept.addLast(GSON.toJson(sample));
        if (kept.size() > keep) {
            kept.removeFirst();
        }
        taken++;
    }

    /** {@return how many samples were taken so far} */
    long taken() {
        return taken;
    }

    /** {@return the kept samples after the first so many, the earliest first} */
    List<String> after(long count) {
        return kept.stream().skip(Math.max(0, kept.size() - (taken - count))).toList();
    }

    /** {@return what the samples that are kept may no longer say: the slow steps and the waits} */
    String lists() {
        JsonObject lists = new JsonObject();
        lists.add("slow", slowSteps.toJson());
        lists.add("waits", waits);
        return GSON.toJson(lists);
    }

    private static JsonObject toJson(LoopMetrics of) {
        JsonObject json = new JsonObject();
        json.addProperty("busy", rounded(of.utilisation(), 4));
        json.addProperty("events", rounded(of.rate(Metric.EVENTS), 1));
        json.addProperty("switches", rounded(of.rate(Metric.TASK_SWITCHES), 1));
        json.addProperty("callbacks", rounded(of.rate(Metric.CALLBACKS), 1));
        json.addProperty("timers", rounded(of.rate(Metric.TIMERS_FIRED), 1));
        double seconds = Math.max(of.span().toNanos() / 1e9, 1e-9);
        json.addProperty("bytesIn", rounded(of.bytesIn() / seconds, 0));
        json.addProperty("bytesOut", rounded(of.bytesOut() / seconds, 0));
        json.addProperty("tasks", of.get(Metric.TASKS_LIVE));
        json.addProperty("descriptors", of.get(Metric.DESCRIPTORS));
        json.addProperty("inbox", of.get(Metric.INBOX_DEPTH));
        json.add("lag", micros(of.get(Timing.TIMER_LAG)));
        json.add("step", micros(of.get(Timing.STEP_LENGTH)));
        json.add("steps", powers(of.get(Timing.STEP_LENGTH)));
        return json;
    }

    private static JsonObject toJson(ServerMetrics now, ServerMetrics before) {
        ServerMetrics since = now.minus(before);
        double seconds = Math.max((now.takenNanos() - before.takenNanos()) / 1e9, 1e-9);
        JsonObject json = new JsonObject();
        json.addProperty("connections", now.connections());
        json.addProperty("accepted", rounded(since.accepted() / seconds, 1));
        json.addProperty("ended", rounded(since.ended() / seconds, 1));
        json.addProperty("refused", rounded(since.refused() / seconds, 1));
        return json;
    }

    /** The median, the 99th percentile and the most, in microseconds; 0 without a time. */
    private static JsonArray micros(Histogram histogram) {
        JsonArray micros = new JsonArray();
        micros.add(rounded(histogram.percentileNanos(50) / NANOS_PER_MICRO, 1));
        micros.add(rounded(histogram.percentileNanos(99) / NANOS_PER_MICRO, 1));
        micros.add(rounded(histogram.maxNanos() / NANOS_PER_MICRO, 1));
        return micros;
    }

    /** How many times were below 1 µs, then below 2 µs, 4 µs and so on, and not below the one before. */
    private static JsonArray powers(Histogram histogram) {
        long[] counts = new long[POWERS];
        histogram.forEachBucket((from, to, count) -> {
            long micros = to / (long) NANOS_PER_MICRO;
            counts[Math.min(Long.SIZE - Long.numberOfLeadingZeros(micros), POWERS - 1)] += count;
        });
        JsonArray powers = new JsonArray();
        for (long count : counts) {
            powers.add(count);
        }
        return powers;
    }

    private static double rounded(double value, int digits) {
        double unit = Math.pow(10, digits);
        return Math.round(value * unit) / unit;
    }
}
