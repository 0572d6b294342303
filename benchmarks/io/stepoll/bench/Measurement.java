package io.stepoll.bench;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What JMH measured of a benchmark.
 *
 * @param nanos the time of an operation: the mean, or of sampled ones the median
 * @param errorNanos half the width of JMH's confidence interval of the mean; NaN where there is none
 * @param bytes what an operation allocated, without the harness's own; NaN if that was not measured
 */
record Measurement(double nanos, double errorNanos, double bytes) {
    /**
     * JMH counts what the process allocates, with some seven kilobytes of its own in each iteration, and by then the
     * JVM may have compiled this or that. That part is taken off: on a slow machine, on which an iteration has few
     * operations, it alone would exceed a budget of nothing.
     */
    private static final double HARNESS_BYTES = 16_384;

    private static final double NANOS_PER_SECOND = 1e9;
    private static final String ALLOCATED = "gc.alloc.rate.norm"; // of -prof gc

    /** Those of JMH's file of results, by the names that the budgets have. */
    static Map<String, Measurement> read(Path file) throws IOException {
        Map<String, Measurement> measurements = new LinkedHashMap<>();
        try (Reader reader = Files.newBufferedReader(file)) {
            for (JsonElement element : JsonParser.parseReader(reader).getAsJsonArray()) {
                JsonObject result = element.getAsJsonObject();
                measurements.put(name(result), of(result));
            }
        }
        return measurements;
    }

    /** Class.method, and the parameters as in (a=1,b=2). */
    private static String name(JsonObject result) {
        String name = result.get("benchmark").getAsString();
        name = name.substring(name.lastIndexOf('.', name.lastIndexOf('.') - 1) + 1);
        if (!result.has("params")) {
            return name;
        }
        return name + result.getAsJsonObject("params").entrySet().stream()
                .map(parameter -> parameter.getKey() + "=" + parameter.getValue().getAsString())
                .collect(Collectors.joining(",", "(", ")"));
    }

    private static Measurement of(JsonObject result) {
        JsonObject time = result.getAsJsonObject("primaryMetric");
        if (!time.get("scoreUnit").getAsString().equals("ns/op")) {
            throw new IllegalArgumentException(name(result) + " is not in ns/op");
        }
        boolean sampled = result.get("mode").getAsString().equals("sample");
        double mean = time.get("score").getAsDouble();
        double nanos = sampled ? time.getAsJsonObject("scorePercentiles").get("50.0").getAsDouble() : mean;
        double errorNanos = number(time.get("scoreError"));
        String[] iteration = result.get("measurementTime").getAsString().split(" "); // "5 s"
        double operations = Double.parseDouble(iteration[0]) * NANOS_PER_SECOND / mean;
        JsonObject allocated = result.getAsJsonObject("secondaryMetrics").getAsJsonObject(ALLOCATED);
        double bytes = allocated == null ? Double.NaN
                : Math.max(0, number(allocated.get("score")) - HARNESS_BYTES / operations);
        return new Measurement(nanos, errorNanos, bytes);
    }

    private static double number(JsonElement element) {
        return Double.parseDouble(element.getAsString()); // "NaN" is a text
    }

    /** How far off this may be, as a part of it. */
    double relativeError() {
        return Double.isNaN(errorNanos) ? 0 : errorNanos / nanos;
    }
}
