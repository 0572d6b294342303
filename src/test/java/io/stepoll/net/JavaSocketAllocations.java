package io.stepoll.net;

import io.stepoll.EventLoop;
import io.stepoll.support.AllocatedBytes;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.net.Socket;

/**
 * Echoes bytes between two tasks by {@code java.net} sockets, in several rounds, and prints how many bytes each echo of
 * the best round allocates. {@link DatagramAllocations} says what the rounds are for.
 */
final class JavaSocketAllocations {
    private static final double ENOUGH = 0.1;
    private static final int LENGTH = 100;

    private final EventLoop loop;
    private final Socket client;
    private final Socket peer;
    private final byte[] asked = new byte[LENGTH];
    private final byte[] served = new byte[LENGTH];
    private int exchanges;

    private JavaSocketAllocations(EventLoop loop, Socket client, Socket peer) {
        this.loop = loop;
        this.client = client;
        this.peer = peer;
    }

    public static void main(String[] arguments) throws Exception {
        try (EventLoop loop = EventLoop.open();
                ServerSocket server = new LoopServerSocketFactory().createServerSocket(0);
                Socket client = new LoopSocketFactory().createSocket("127.0.0.1", server.getLocalPort());
                Socket peer = server.accept()) {
            JavaSocketAllocations echo = new JavaSocketAllocations(loop, client, peer);
            double least = Double.MAX_VALUE;
            for (int round = 0; round < 20 && least > ENOUGH; round++) {
                least = Math.min(least, echo.round());
            }
            System.out.println(least <= ENOUGH ? "nothing" : least + " bytes for each echo");
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
        return bytes / 1_000.0;
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
        InputStream in = peer.getInputStream();
        OutputStream out = peer.getOutputStream();
        for (int i = 0; i < count; i++) {
            out.write(served, 0, in.read(served));
        }
    }

    private void ask(int count) throws IOException {
        InputStream in = client.getInputStream();
        OutputStream out = client.getOutputStream();
        for (int i = 0; i < count; i++) {
            out.write(asked);
            if (in.read(asked) != LENGTH) {
                throw new AssertionError("a part of the message");
            }
            exchanges++;
        }
    }
}
