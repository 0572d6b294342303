package io.stepoll.bench.side;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * The memory of a connection that was used once and is idle. The heap has a fixed size and all its pages are touched at
 * the start, so that the process grows only by native memory. Thousands of connections come and go before the
 * measurement, so that the JVM's compiler has done its work and does not grow any more.
 */
record IdleMemory(Server server, int connections, double heapBytesPerConnection, double nativeBytesPerConnection) {
    private static final int CONNECTIONS = 8000;
    private static final int CHURN_MILLIS = 5000;
    private static final int SETTLE_MILLIS = 6000;

    static IdleMemory measure(Settings settings, Server server) throws IOException {
        List<String> flags = new ArrayList<>(settings.jvmFlags());
        flags.addAll(List.of("-Xms256m", "-XX:+AlwaysPreTouch"));
        try (RunningServer running = RunningServer.start(server, "tcp", settings, flags)) {
            try (Load churn = Load.start(settings, "churn", running.address(), "millis=1", "warm=" + CHURN_MILLIS)) {
                churn.measure();
                churn.result();
            }
            try (Load load = Load.start(settings, "idle", running.address(), "connections=" + CONNECTIONS)) {
                long heap = heapBytes(running);
                long resident = residentBytes(running);
                load.measure();
                heap = heapBytes(running) - heap;
                resident = residentBytes(running) - resident;
                load.result();
                return new IdleMemory(server, CONNECTIONS, (double) heap / CONNECTIONS,
                        (double) resident / CONNECTIONS);
            }
        }
    }

    /** Collects twice: in between, cleaners free the memory of objects that the first collection found unreachable. */
    static long heapBytes(RunningServer running) throws IOException {
        if (!running.server().isJvm()) {
            return 0;
        }
        Jcmd.heapBytes(running.pid());
        return Jcmd.heapBytes(running.pid());
    }

    /**
     * Measures after the JVM has returned free memory. The JVM keeps the memory of its compiler for up to five seconds;
     * malloc keeps free memory until it is trimmed.
     */
    static long residentBytes(RunningServer running) throws IOException {
        if (running.server().isJvm()) {
            Waits.sleep(SETTLE_MILLIS); // the JVM cleans its arenas every 5 s, and nothing reports when
            Jcmd.trimNativeHeap(running.pid());
        }
        return Accounts.residentBytes(running.pid());
    }

    double bytesPerConnection() {
        return heapBytesPerConnection + nativeBytesPerConnection;
    }
}
