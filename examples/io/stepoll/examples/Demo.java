package io.stepoll.examples;

import io.stepoll.EventLoop;
import io.stepoll.Task;
import io.stepoll.net.Addresses;
import io.stepoll.net.Listener;
import io.stepoll.net.StreamSocket;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.SocketAddress;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutionException;

/** Runs the {@link TimeServer} at a name of its own and three clients, all on one loop. */
public final class Demo {
    private static final int CLIENTS = 3;

    private Demo() {}

    /** Runs until each client has received {@code bye}. */
    public static void main(String[] arguments) throws IOException {
        SocketAddress address = Addresses.parse("unix:@demo-" + UUID.randomUUID());
        try (EventLoop loop = EventLoop.open(); Listener listener = Listener.bind(loop, address)) {
            loop.stopOnSignals();
            loop.spawn(() -> TimeServer.acceptAll(loop, listener));
            loop.spawn(() -> runClients(loop, address));
            loop.run();
        }
    }

    private static void runClients(EventLoop loop, SocketAddress address)
            throws InterruptedException, ExecutionException {
        try {
            List<Task<Void>> clients = new ArrayList<>();
            for (int i = 1; i <= CLIENTS; i++) {
                int number = i;
                clients.add(loop.spawn("client " + number, () -> listen(loop, address, number)));
            }
            for (Task<Void> client : clients) {
                client.join();
            }
        } finally {
            loop.stop();
        }
    }

    private static void listen(EventLoop loop, SocketAddress address, int number) throws IOException {
        try (StreamSocket socket = StreamSocket.connect(loop, address);
                BufferedReader lines = new BufferedReader(
                        new InputStreamReader(Channels.newInputStream(socket), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                System.out.println("client " + number + ": " + line);
            }
        }
    }
}
