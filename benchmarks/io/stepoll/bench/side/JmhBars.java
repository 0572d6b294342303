package io.stepoll.bench.side;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;
import java.util.stream.StreamSupport;

/**
 * The bars that single operations are to reach, from the results of the JMH guards in the same build, if there are any:
 * a benchmark of ours to one of Netty's with the same parameters.
 */
final class JmhBars {
    /** One benchmark to another, by class and method. */
    private record Pair(String ours, String netty, double limit) {}

    private static final List<Pair> PAIRS = List.of(
            new Pair("TimerChanges.addAndCancel", "NettyTimers.addAndCancel", 0.60),
            new Pair("Transients.manyInAStep", "NettyTransients.manyInATurn", 0.80),
            new Pair("SleepingLoopSubmits.submit", "NettySubmits.submit", 1.00));
    private static final String ALLOCATED = "gc.alloc.rate.norm"; // of -prof gc
    private static final double HARNESS_BYTES = 0.01; // JMH's own share of an iteration

    private JmhBars() {}

    static List<Bar> of(Path file) throws IOException {
        List<Bar> bars = new ArrayList<>();
        if (!Files.exists(file)) {
            return bars;
        }
        List<JsonObject> results;
        try (Reader reader = Files.newBufferedReader(file)) {
            results = objects(JsonParser.parseReader(reader).getAsJsonArray());
        }
        for (Pair pair : PAIRS) {
            for (JsonObject ours : results) {
                results.stream()
                        .filter(netty -> isOf(ours, pair.ours) && isOf(netty, pair.netty)
                                && parameters(ours).equals(parameters(netty)))
                        .forEach(netty -> add(bars, pair, ours, netty));
            }
        }
        return bars;
    }

    private static void add(List<Bar> bars, Pair pair, JsonObject ours, JsonObject netty) {
        String parameters = parameters(ours).isEmpty() ? "" : parameters(ours).toString();
        bars.add(Bar.of("time of " + pair.ours + parameters + " to " + pair.netty, "ratio", pair.limit,
                Spread.of(ratios(ours, netty)), 0));
        JsonObject allocated = ours.getAsJsonObject("secondaryMetrics").getAsJsonObject(ALLOCATED);
        if (allocated != null && pair.ours.startsWith("Timer")) {
            bars.add(Bar.of("bytes allocated by " + pair.ours + parameters, "bytes", HARNESS_BYTES,
                    Spread.of(allocated.get("score").getAsDouble()), 0));
        }
    }

    private static boolean isOf(JsonObject result, String name) {
        return result.get("benchmark").getAsString().endsWith("." + name);
    }

    private static Map<String, JsonElement> parameters(JsonObject result) {
        return result.has("params") ? result.getAsJsonObject("params").asMap() : Map.of();
    }

    /** Iteration by iteration; of sampled times the medians, once. */
    private static double[] ratios(JsonObject ours, JsonObject netty) {
        double[] above = iterations(ours);
        double[] below = iterations(netty);
        double[] ratios = new double[Math.min(above.length, below.length)];
        for (int i = 0; i < ratios.length; i++) {
            ratios[i] = above[i] / below[i];
        }
        return ratios;
    }

    private static double[] iterations(JsonObject result) {
        JsonObject metric = result.getAsJsonObject("primaryMetric");
        if (result.get("mode").getAsString().equals("sample")) {
            return new double[] {metric.getAsJsonObject("scorePercentiles").get("50.0").getAsDouble()};
        }
        return StreamSupport.stream(metric.getAsJsonArray("rawData").spliterator(), false)
                .flatMapToDouble(fork -> StreamSupport.stream(fork.getAsJsonArray().spliterator(), false)
                        .flatMapToDouble(score -> DoubleStream.of(score.getAsDouble())))
                .toArray();
    }

    private static List<JsonObject> objects(JsonArray array) {
        return StreamSupport.stream(array.spliterator(), false).map(JsonElement::getAsJsonObject).toList();
    }
}
