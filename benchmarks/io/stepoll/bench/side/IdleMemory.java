package io.stepoll.bench.side;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * What a connection costs that was used once and does nothing. The heap is of one size from the start, and touched, so
 * that what the process grows by is what is outside of it. Before that thousands of connections came and went, so that
 * it is not the JVM's compiler that grows.
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

    /** Asked twice: cleaners free between the two what the first collection has found unreachable. */
    private static long heapBytes(RunningServer running) throws IOException {
        if (!running.server().isJvm()) {
            return 0;
        }
        Jcmd.heapBytes(running.pid());
        return Jcmd.heapBytes(running.pid());
    }

    /** What the JVM's compiler has used it keeps for up to five seconds, and malloc for good unless it is told. */
    private static long residentBytes(RunningServer running) throws IOException {
        if (running.server().isJvm()) {
            try {
                Thread.sleep(SETTLE_MILLIS); // the JVM's cleaning of its arenas, every 5 s, is told to nobody
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException(e);
            }
            Jcmd.trimNativeHeap(running.pid());
        }
        return Accounts.residentBytes(running.pid());
    }

    double bytesPerConnection() {
        return heapBytesPerConnection + nativeBytesPerConnection;
    }
}
