package io.stepoll.bench.side;

import java.io.IOException;

/** What a JVM allocates for each message when it has been doing nothing else for a while. */
record Allocations(Server server, String collector, String transport, long messages, double bytesPerMessage) {
    private static final int MILLIS = 4000;

    static Allocations measure(Settings settings, String collector, String transport, Server server)
            throws IOException {
        try (RunningServer running = RunningServer.start(server, transport, settings, settings.jvmFlags(collector));
                Load load = Load.start(settings, Scenario.MANY.mode(), running.address(),
                        Scenario.MANY.options(settings, settings.warmMillis(), MILLIS))) {
            Jcmd.allocatedBytes(running.pid()); // the first question loads classes
            long before = Jcmd.allocatedBytes(running.pid());
            load.measure();
            long bytes = Jcmd.allocatedBytes(running.pid()) - before;
            long messages = load.result().messages();
            return new Allocations(server, collector, transport, messages, (double) bytes / messages);
        }
    }
}
