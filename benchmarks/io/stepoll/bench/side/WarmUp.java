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
        server.resume();
        load(settings, server.server().isJvm(), server.pid(), slice -> {
            try (Load load = Load.start(settings, scenario, server, slice, 1)) {
                load.measure();
                load.result();
            }
        });
        server.pause();
    }

    /** Loads a process. */
    @FunctionalInterface
    interface Loading {
        void load(int millis) throws IOException;
    }

    /** Loads a JVM in another way. */
    static void load(Settings settings, long pid, Loading loading) throws IOException {
        load(settings, true, pid, loading);
    }

    private static void load(Settings settings, boolean isJvm, long pid, Loading loading) throws IOException {
        int slice = Math.min(SLICE_MILLIS, settings.warmMillis());
        int least = isJvm ? settings.warmMillis() : slice;
        boolean quiet = false;
        for (int warm = 0; warm < least || !quiet && warm < least * LONGEST_FACTOR; warm += slice) {
            long compiled = Accounts.cpuNanos(pid, COMPILERS);
            loading.load(slice);
            compiled = Accounts.cpuNanos(pid, COMPILERS) - compiled;
            quiet = compiled < QUIET_SHARE * slice * NANOS_PER_MILLI || settings.quick();
        }
    }
}
