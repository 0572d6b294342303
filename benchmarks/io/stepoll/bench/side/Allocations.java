package io.stepoll.bench.side;

import java.io.IOException;

/**
 * What the JVM of a warm server allocates for each message. The figure is an upper bound: the JVM gives its total in
 * kilobytes.
 */
record Allocations(Server server, String collector, String transport, long messages, double bytesPerMessage) {
    private static final int MILLIS = 6000;
    private static final int RESOLUTION_BYTES = 1024;
    private static final int WARM_MILLIS = 200; // for the new connections; the JVM is warm

    static Allocations measure(Settings settings, String collector, String transport, Server server)
            throws IOException {
        try (RunningServer running = RunningServer.start(server, transport, settings, settings.jvmFlags(collector));
                Load load = warmLoad(settings, running)) {
            Jcmd.allocatedBytes(running.pid()); // the first such command loads classes
            long before = Jcmd.allocatedBytes(running.pid());
            load.measure();
            long bytes = Jcmd.allocatedBytes(running.pid()) - before;
            long messages = load.result().messages();
            return new Allocations(server, collector, transport, messages,
                    (double) (bytes + RESOLUTION_BYTES) / messages);
        }
    }

    private static Load warmLoad(Settings settings, RunningServer running) throws IOException {
        WarmUp.load(settings, Scenario.MANY, running);
        return Load.start(settings, Scenario.MANY, running, WARM_MILLIS, MILLIS);
    }
}
