package io.stepoll.bench.side;

import java.io.IOException;
import java.util.Set;
import org.HdrHistogram.Histogram;

/** One server under one load, measured once. The shares are fractions of the measurement's time. */
record Measurement(Server server, long messages, double messagesPerSecond, double cpuNanosPerMessage,
        double p50Nanos, double p90Nanos, double p99Nanos, double p999Nanos, double maxNanos,
        double loadCpuShare, double foreignShare, double stolenShare, long lost, Histogram latencies) {
    private static final double NANOS_PER_SECOND = 1e9;
    private static final int WARM_MILLIS = 60; // opens the connections, and refills the caches after another server
    private static final double DISTURBED_SHARE = 0.10; // no finer, as /proc/stat counts ticks

    static Measurement take(Settings settings, Scenario scenario, RunningServer server) throws IOException {
        server.resume();
        Set<Integer> cpus = scenario.sameCpu() ? Set.of(settings.serverCpu())
                : Set.of(settings.serverCpu(), settings.loadCpu());
        try (Load load = Load.start(settings, scenario, server, WARM_MILLIS, settings.millis())) {
            Accounts.Processors before = Accounts.Processors.now(cpus);
            long cpu = Accounts.cpuNanos(server.pid());
            long start = System.nanoTime();
            load.measure();
            long nanos = System.nanoTime() - start;
            cpu = Accounts.cpuNanos(server.pid()) - cpu;
            Accounts.Processors after = Accounts.Processors.now(cpus);
            LoadResult result = load.result();
            return of(server.server(), result, cpu, nanos,
                    after.busyNanos() - before.busyNanos(), after.stolenNanos() - before.stolenNanos());
        } catch (IOException e) {
            throw new IOException(server.server().title + " in " + scenario.name() + ": " + e.getMessage(), e);
        } finally {
            server.pause();
        }
    }

    private static Measurement of(Server server, LoadResult result, long cpu, long nanos, long busy, long stolen) {
        Histogram latencies = result.latencies();
        return new Measurement(server, result.messages(),
                result.messages() * NANOS_PER_SECOND / result.nanos(),
                (double) cpu / result.messages(),
                latencies.getValueAtPercentile(50), latencies.getValueAtPercentile(90),
                latencies.getValueAtPercentile(99), latencies.getValueAtPercentile(99.9), latencies.getMaxValue(),
                (double) result.cpuNanos() / result.nanos(),
                (double) Math.max(0, busy - cpu - result.cpuNanos()) / nanos,
                (double) stolen / nanos, result.lost(), latencies);
    }

    /** {@return whether others took so much of the processors in use that the round cannot be trusted} */
    boolean disturbed() {
        return foreignShare > DISTURBED_SHARE || stolenShare > DISTURBED_SHARE;
    }
}
