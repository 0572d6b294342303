package io.stepoll.examples;

import io.stepoll.EventLoop;
import io.stepoll.net.Addresses;
import io.stepoll.net.Listener;
import io.stepoll.net.StreamSocket;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.LocalTime;
import java.time.format.DateTimeFormatter;

/**
 * Sends each client the time, 25 times, a quarter of a second apart, then {@code bye}. Runs until SIGINT or SIGTERM.
 * <pre>java --enable-native-access=ALL-UNNAMED -cp target/classes:target/examples io.stepoll.examples.TimeServer
 * unix:@name | unix:/path | tcp:host:port</pre>
 */
public final class TimeServer {
    private static final int TIMES = 25;
    private static final Duration PAUSE = Duration.ofMillis(250);
    private static final DateTimeFormatter FORMAT = DateTimeFormatter.ofPattern("HH:mm:ss.SSS");

    private TimeServer() {}

    /** Serves at the given address. */
    public static void main(String[] arguments) {
        ServerMain.run("TimeServer", "unix:@name | unix:/path | tcp:host:port", arguments.length == 1,
                () -> serve(Addresses.parse(arguments[0])));
    }

    private static void serve(SocketAddress address) throws IOException {
        try (EventLoop loop = EventLoop.open(); Listener listener = Listener.bind(loop, address)) {
            try {
                loop.stopOnSignals("INT", "TERM");
                loop.spawn(() -> acceptAll(loop, listener));
                System.out.println("READY");
                loop.run();
            } finally {
            }
        }
    }

    /** Accepts clients for ever, and starts a task for each. */
    static void acceptAll(EventLoop loop, Listener listener) throws IOException {
        while (true) {
            StreamSocket client = listener.accept();
            loop.spawn(() -> sendTimes(client));
        }
    }

    private static void sendTimes(StreamSocket client) throws InterruptedException {
        try (client) {
            for (int i = 0; i < TIMES; i++) {
                send(client, LocalTime.now().format(FORMAT));
                client.loop().sleep(PAUSE);
            }
            send(client, "bye");
        } catch (IOException e) {
            // The client has left. This ends its task and nothing else.
        }
    }

    private static void send(StreamSocket client, String line) throws IOException {
        client.write(ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8)));
    }
}
