package io.stepoll.bench.side;

import io.stepoll.bench.libraries.Work;
import io.stepoll.drivers.PostgresServer;
import io.stepoll.drivers.RedisServer;
import io.stepoll.drivers.StartedServer;
import java.io.IOException;

/**
 * The server that a library needs, as the tests start it. It runs on the processor of the load, or on any with
 * {@code -Dbench.servers=anywhere}.
 */
final class LibraryServer {
    private LibraryServer() {}

    /** Measures with a server. */
    @FunctionalInterface
    interface Use {
        void of(int port, long pid) throws IOException;
    }

    /** Starts the server of a work, and ends it afterwards. Where there is no such server, says so and does nothing. */
    static void with(Settings settings, Work work, Use use) throws IOException {
        boolean anywhere = System.getProperty("bench.servers", "").equals("anywhere");
        try {
            String missing = work == Work.REDIS ? RedisServer.missing() : PostgresServer.missing();
            if (missing != null) {
                Progress.say(work + " needs " + missing);
                return;
            }
            StartedServer server = work == Work.REDIS ? RedisServer.start() : PostgresServer.start();
            try {
                if (!anywhere) {
                    pinAll(settings, server.pid());
                }
                use.of(server.port, server.pid());
            } finally {
                server.end();
            }
        } catch (IOException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException(work + ": " + e, e);
        }
    }

    private static void pinAll(Settings settings, long pid) throws IOException {
        for (ProcessHandle child : ProcessHandle.of(pid).stream().flatMap(ProcessHandle::descendants).toList()) {
            pin(settings, child.pid());
        }
        pin(settings, pid);
    }

    /** Pins all threads of a process, and so the processes that it starts. */
    private static void pin(Settings settings, long pid) throws IOException {
        Children.run("taskset", "-a", "-c", "-p", Integer.toString(settings.loadCpu()), Long.toString(pid));
    }
}
