package io.stepoll.bench.side;

import java.io.IOException;

/**
 * Loads a server until its JVM has compiled what the load needs. The load lasts for a minimum time, and then until the
 * compilers have little to do, up to a maximum time.
 */
final class WarmUp {
    private static final String COMPILERS = "CompilerThre"; // C1's and C2's; the kernel keeps 15 characters of a name
    private static final int SLICE_MILLIS = 1000;
    private static final double QUIET_SHARE = 0.02; // of the time
    private static final int LONGEST_FACTOR = 4;
    private static final double NANOS_PER_MILLI = 1e6;

    private WarmUp() {}

    static void load(Settings settings, Scenario scenario, RunningServer server) throws IOException {
        int slice = Math.min(SLICE_MILLIS, settings.warmMillis());
        int least = server.server().isJvm() ? settings.warmMillis() : slice;
        boolean quiet = false;
        server.resume();
        for (int warm = 0; warm < least || !quiet && warm < least * LONGEST_FACTOR; warm += slice) {
            long compiled = Accounts.cpuNanos(server.pid(), COMPILERS);
            try (Load load = Load.start(settings, scenario, server, slice, 1)) {
                load.measure();
                load.result();
            }
            compiled = Accounts.cpuNanos(server.pid(), COMPILERS) - compiled;
            quiet = compiled < QUIET_SHARE * slice * NANOS_PER_MILLI || settings.quick();
        }
        server.pause();
    }
}
