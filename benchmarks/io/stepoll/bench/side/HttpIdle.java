package io.stepoll.bench.side;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.Histogram;

/**
 * What idle connections cost the HTTP example: the memory of each, which was used once, and the p99 of 100 active ones
 * beside them, round by round to that without the idle ones. The heap has a fixed size, as for {@link IdleMemory}.
 */
record HttpIdle(Server server, int connections, double heapBytesPerConnection, double nativeBytesPerConnection,
        List<Double> p99Nanos, List<Double> p99NanosWithoutIdle) {
    private static final int ACTIVE = 100;
    private static final int IDLE = 9_900;
    private static final int ROUNDS = 5;
    private static final int PERCENTILE = 99;
    private static final int WARM_MILLIS = 300;

    static HttpIdle measure(Settings settings, Server server) throws IOException {
        List<String> flags = new ArrayList<>(settings.jvmFlags());
        flags.addAll(List.of("-Xms256m", "-XX:+AlwaysPreTouch"));
        List<Double> with = new ArrayList<>();
        List<Double> without = new ArrayList<>();
        double heap = 0;
        double resident = 0;
        try (RunningServer running = RunningServer.start(server, "tcp", settings, flags)) {
            WarmUp.load(settings, Scenario.HTTP, running);
            long heapBefore = IdleMemory.heapBytes(running);
            long residentBefore = IdleMemory.residentBytes(running);
            for (int round = 0; round < Math.min(ROUNDS, settings.rounds()); round++) {
                try (Load load = start(settings, running, 0)) {
                    load.measure();
                    without.add(p99(load));
                }
                try (Load load = start(settings, running, IDLE)) {
                    load.measure();
                    if (round == 0) { // later ones find memory that the server has kept
                        heap = IdleMemory.heapBytes(running) - heapBefore;
                        resident = IdleMemory.residentBytes(running) - residentBefore;
                    }
                    with.add(p99(load));
                }
            }
        }
        return new HttpIdle(server, ACTIVE + IDLE, heap / (ACTIVE + IDLE), resident / (ACTIVE + IDLE), with, without);
    }

    private static Load start(Settings settings, RunningServer running, int idle) throws IOException {
        return Load.start(settings, "http", running.address(), "cpu=" + settings.loadCpu(), "connections=" + ACTIVE,
                "idle=" + idle, "warm=" + WARM_MILLIS, "millis=" + settings.millis());
    }

    private static double p99(Load load) throws IOException {
        Histogram latencies = load.result().latencies();
        return latencies.getValueAtPercentile(PERCENTILE);
    }

    private static double[] array(List<Double> values) {
        return values.stream().mapToDouble(Double::doubleValue).toArray();
    }

    Spread ratios() {
        return Spread.ofRatios(array(p99Nanos), array(p99NanosWithoutIdle));
    }
}
