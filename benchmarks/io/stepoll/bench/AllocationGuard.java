package io.stepoll.bench;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/**
 * Fails the build if a benchmark allocated: the loop's hot paths are to leave nothing to the garbage collector. A new
 * benchmark is held to that unless it is excepted here. The argument is the file of results that JMH wrote.
 *
 * <p>JMH counts what the process allocates, with some seven kilobytes of its own in each iteration, and by then the JVM
 * may have compiled this or that. That part is taken off before the budget is applied: on a slow machine, on which an
 * iteration has few operations, it alone would exceed it. The smallest object, allocated each time, would be 16 bytes.
 */
public final class AllocationGuard {
    private static final double BUDGET_BYTES = 0.01;
    private static final double HARNESS_BYTES = 16_384; // in an iteration
    private static final double NANOS_PER_SECOND = 1e9;
    private static final String METRIC = "gc.alloc.rate.norm"; // of -prof gc
    private static final String MAY_ALLOCATE = CrossThreadSubmits.class.getName() + ".";

    private AllocationGuard() {}

    public static void main(String[] args) throws IOException {
        int within = 0;
        int beyond = 0;
        try (Reader reader = Files.newBufferedReader(Path.of(args[0]))) {
            for (JsonElement element : JsonParser.parseReader(reader).getAsJsonArray()) {
                JsonObject result = element.getAsJsonObject();
                if (result.get("benchmark").getAsString().startsWith(MAY_ALLOCATE)) {
                    continue;
                }
                double measured = bytesPerOperation(result);
                if (measured < BUDGET_BYTES) {
                    within++;
                } else { // NaN, too
                    beyond++;
                    System.err.printf(Locale.ROOT, "AllocationGuard: %s allocates %.3f B/op, in iterations of %s;"
                            + " the budget is %.2f B/op%n",
                            name(result), measured, result.get("measurementTime").getAsString(), BUDGET_BYTES);
                }
            }
        }
        if (beyond != 0) {
            System.exit(1);
        }
        System.out.printf(Locale.ROOT, "AllocationGuard: %d benchmarks within %.2f B/op%n", within, BUDGET_BYTES);
    }

    private static String name(JsonObject result) {
        String name = result.get("benchmark").getAsString();
        return result.has("params") ? name + result.get("params") : name;
    }

    /** Without the harness's own; NaN if it was not measured. */
    private static double bytesPerOperation(JsonObject result) {
        JsonObject metric = result.getAsJsonObject("secondaryMetrics").getAsJsonObject(METRIC);
        if (metric == null) {
            return Double.NaN;
        }
        JsonObject time = result.getAsJsonObject("primaryMetric");
        if (!time.get("scoreUnit").getAsString().equals("ns/op")) {
            throw new IllegalArgumentException(name(result) + " is not in ns/op");
        }
        String[] iteration = result.get("measurementTime").getAsString().split(" "); // "5 s"
        double operations = Double.parseDouble(iteration[0]) * NANOS_PER_SECOND / time.get("score").getAsDouble();
        return Math.max(0, metric.get("score").getAsDouble() - HARNESS_BYTES / operations);
    }
}
