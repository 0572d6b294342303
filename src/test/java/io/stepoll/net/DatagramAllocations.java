package io.stepoll.net;

import io.stepoll.EventLoop;
import io.stepoll.support.AllocatedBytes;
import java.io.IOException;
import java.net.SocketAddress;

/**
 * Echoes ten thousand datagrams in batches of ten, in several rounds, and prints how many bytes each datagram of the
 * best round allocates. Before each round many short tasks echo, too, until no frame of a task is interpreted. The
 * class runs in a JVM of its own, compiled and without -Xcheck:jni: otherwise the JDK makes a new object of a task's
 * stack at each wait.
 */
final class DatagramAllocations {
    private static final double ENOUGH = 0.1;

    private final EventLoop loop;
    private final DatagramEndpoint server;
    private final DatagramEndpoint client;
    private final DatagramBatch echoed = new DatagramBatch(32, 64);
    private final DatagramBatch pings = new DatagramBatch(32, 64);
    private int exchanges;

    private DatagramAllocations(EventLoop loop, SocketAddress serverAt, SocketAddress clientAt) throws IOException {
        this.loop = loop;
        server = DatagramEndpoint.bind(loop, serverAt);
        client = DatagramEndpoint.bind(loop, clientAt);
        for (int i = 0; i < 10; i++) {
            pings.address(pings.add(), server.localAddress());
        }
    }

    public static void main(String[] arguments) throws Exception {
        boolean unix = arguments[0].equals("unix");
        String name = "stepoll-allocations-" + ProcessHandle.current().pid();
        try (EventLoop loop = EventLoop.open()) {
            SocketAddress udp = Addresses.parse("tcp:127.0.0.1:0");
            DatagramAllocations echo = new DatagramAllocations(loop, unix ? AbstractAddress.of(name + "a") : udp,
                    unix ? AbstractAddress.of(name + "b") : udp);
            double least = Double.MAX_VALUE;
            for (int round = 0; round < 20 && least > ENOUGH; round++) {
                least = Math.min(least, echo.round());
            }
            System.out.println(least <= ENOUGH ? "nothing" : least + " bytes for each datagram");
        }
    }

    private double round() {
        AllocatedBytes allocatedBytes = new AllocatedBytes();
        for (int i = 0; i < 1000; i++) {
            start(5);
            loop.runUntilDone();
        }
        start(1500);
        stepTo(200);
        long before = allocatedBytes.now();
        stepTo(1200);
        long bytes = allocatedBytes.now() - before;
        loop.runUntilDone();
        return bytes / 10_000.0;
    }

    private void start(int count) {
        exchanges = 0;
        loop.spawn(() -> serve(count));
        loop.spawn(() -> ask(count));
    }

    private void stepTo(int count) {
        while (exchanges < count) {
            loop.step(false);
        }
    }

    private void serve(int count) throws IOException {
        for (int i = 0; i < count; i++) {
            server.receiveBatch(echoed);
            server.sendBatch(echoed);
        }
    }

    private void ask(int count) throws IOException {
        while (exchanges < count) {
            client.sendBatch(pings);
            for (int back = 0; back < 10;) {
                back += client.receiveBatch(pings);
            }
            exchanges++;
        }
    }
}
