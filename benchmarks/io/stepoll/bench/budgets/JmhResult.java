package io.stepoll.bench.budgets;

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
import java.util.stream.DoubleStream;
import java.util.stream.StreamSupport;

/**
 * What JMH measured of a benchmark with one choice of its parameters.
 *
 * @param nanos the time of an operation: the mean, or the median of sampled times
 * @param errorNanos half the width of JMH's confidence interval of the mean; NaN if there is none
 * @param bytes how many bytes an operation allocates, less as much as JMH's own share can be; NaN if this was not
 *     measured
 * @param bytesInAll the same with JMH's own share
 * @param iterationNanos the time of an operation in each iteration; of sampled times only the median of all
 */
public record JmhResult(double nanos, double errorNanos, double bytes, double bytesInAll, double[] iterationNanos) {
    /**
     * JMH counts all that the process allocates. That includes some seven kilobytes of JMH's own in each iteration, and
     * the JVM may have compiled something meanwhile. This share is subtracted: on a slow machine an iteration has few
     * operations, so the share alone would exceed a budget of 0.
     */
    private static final double HARNESS_BYTES = 16_384;

    private static final double NANOS_PER_SECOND = 1e9;
    private static final String ALLOCATED = "gc.alloc.rate.norm"; // of -prof gc

    /** {@return the results in a file that JMH has written, by the names that the budgets use} */
    public static Map<String, JmhResult> read(Path file) throws IOException {
        Map<String, JmhResult> results = new LinkedHashMap<>();
        try (Reader reader = Files.newBufferedReader(file)) {
            for (JsonElement element : JsonParser.parseReader(reader).getAsJsonArray()) {
                JsonObject result = element.getAsJsonObject();
                results.put(name(result), of(result));
            }
        }
        return results;
    }

    /** Class.method, followed by the parameters as in (a=1,b=2). */
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

    private static JmhResult of(JsonObject result) {
        JsonObject time = result.getAsJsonObject("primaryMetric");
        if (!time.get("scoreUnit").getAsString().equals("ns/op")) {
            throw new IllegalArgumentException(name(result) + " is not in ns/op");
        }
        double mean = time.get("score").getAsDouble();
        double nanos = mean;
        double[] iterationNanos;
        if (result.get("mode").getAsString().equals("sample")) {
            nanos = time.getAsJsonObject("scorePercentiles").get("50.0").getAsDouble();
            iterationNanos = new double[] {nanos};
        } else {
            iterationNanos = numbers(time.get("rawData")).toArray();
        }
        String[] iteration = result.get("measurementTime").getAsString().split(" "); // "5 s"
        double operations = Double.parseDouble(iteration[0]) * NANOS_PER_SECOND / mean;
        JsonObject allocated = result.getAsJsonObject("secondaryMetrics").getAsJsonObject(ALLOCATED);
        double bytesInAll = allocated == null ? Double.NaN : number(allocated.get("score"));
        double bytes = Math.max(0, bytesInAll - HARNESS_BYTES / operations);
        return new JmhResult(nanos, number(time.get("scoreError")), bytes, bytesInAll, iterationNanos);
    }

    private static double number(JsonElement element) {
        return Double.parseDouble(element.getAsString()); // JMH writes NaN as a string
    }

    /** The numbers of nested arrays, one after the other. */
    private static DoubleStream numbers(JsonElement element) {
        if (!element.isJsonArray()) {
            return DoubleStream.of(element.getAsDouble());
        }
        return StreamSupport.stream(element.getAsJsonArray().spliterator(), false).flatMapToDouble(JmhResult::numbers);
    }

    /** {@return the error as a fraction of the time; 0 if there is none} */
    double relativeError() {
        return Double.isNaN(errorNanos) ? 0 : errorNanos / nanos;
    }
}
