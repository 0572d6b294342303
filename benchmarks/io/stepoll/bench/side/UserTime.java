package io.stepoll.bench.side;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;

/**
 * The time that a server spends outside the kernel for each message: its CPU time, multiplied by the share of perf's
 * samples that are outside the kernel. The CPU time is taken from the same run, so it includes the sampling.
 */
record UserTime(Server server, String scenario, String transport, long samples, double userShare,
        double userNanosPerMessage) {
    private static final int SAMPLES_PER_SECOND = 4999; // no divisor of the scheduler's tick, so never in step with it
    private static final int MILLIS = 2000;
    private static final int WARM_MILLIS = 100;

    static UserTime sample(Settings settings, Scenario scenario, String transport, RunningServer server)
            throws IOException {
        try (Load load = Load.start(settings, scenario, server, WARM_MILLIS, MILLIS);
                Perf perf = Perf.start(server, "record", "-e", "cpu-clock",
                        "-F", Integer.toString(SAMPLES_PER_SECOND))) {
            perf.enable();
            long cpu = Accounts.cpuNanos(server.pid());
            load.measure();
            cpu = Accounts.cpuNanos(server.pid()) - cpu;
            perf.disable();
            long messages = load.result().messages();
            long[] counts = count(perf.finish());
            double share = (double) counts[1] / Math.max(1, counts[0]);
            return new UserTime(server.server(), scenario.name(), transport, counts[0], share, share * cpu / messages);
        }
    }

    /** Counts all samples, and those outside the kernel. The addresses of the kernel are the upper half. */
    private static long[] count(Path output) throws IOException {
        long all = 0;
        long user = 0;
        Process script = Children.start(new ProcessBuilder("perf", "script", "-F", "ip", "-i", output.toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD));
        try (BufferedReader reader = script.inputReader()) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                if (!line.isBlank()) {
                    all++;
                    if (Long.parseUnsignedLong(line.strip(), 16) >= 0) {
                        user++;
                    }
                }
            }
        } finally {
            Children.end(script);
        }
        return new long[] {all, user};
    }
}
