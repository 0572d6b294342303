package io.stepoll.bench;

import io.stepoll.EventLoop;
import io.stepoll.Waiting;
import io.stepoll.net.Addresses;
import io.stepoll.net.DatagramBatch;
import io.stepoll.net.DatagramEndpoint;
import io.stepoll.net.Listener;
import io.stepoll.net.StreamSocket;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;

/**
 * The library's own server for load generators, this project's and any other: sends back what it gets, until SIGTERM.
 * <pre>java --enable-native-access=ALL-UNNAMED -cp target/classes:target/benchmarks io.stepoll.bench.EchoServer
 * tcp:host:port | unix:path | udp:host:port  task | callback  [spin]</pre>
 * It prints READY when it listens. All connections share one buffer, as in the servers that it is compared with:
 * whoever is told that there is something to read uses it up before the next is told.
 */
public final class EchoServer {
    static final int BUFFER_BYTES = 1 << 14;

    private static final String USAGE =
            "usage: EchoServer tcp:host:port | unix:path | udp:host:port task | callback [spin]";
    private static final int BATCH = 64;
    private static final int DATAGRAM_BYTES = 2048;

    private final EventLoop loop;
    private final ByteBuffer shared = ByteBuffer.allocateDirect(BUFFER_BYTES);

    private EchoServer(EventLoop loop) {
        this.loop = loop;
    }

    /** Serves at the address that is given, in the style that is given. */
    public static void main(String[] arguments) throws IOException {
        String asked = String.join(" ", arguments);
        if (!asked.matches("(tcp|unix|udp):\\S+ (task|callback)( spin)?")) {
            System.err.println(USAGE);
            System.exit(2);
        }
        Waiting waiting = arguments.length == 3 ? Waiting.spin() : Waiting.sleep();
        try (EventLoop loop = EventLoop.builder().waiting(waiting).open()) {
            EchoServer server = new EchoServer(loop);
            boolean inTasks = arguments[1].equals("task");
            if (asked.startsWith("udp:")) {
                server.serveDatagrams(Addresses.parseDatagram(arguments[0]), inTasks);
            } else {
                server.serveStreams(Addresses.parse(arguments[0]), inTasks);
            }
        }
    }

    private void serveStreams(SocketAddress address, boolean inTasks) throws IOException {
        if (address instanceof UnixDomainSocketAddress unix) {
            Files.deleteIfExists(unix.getPath()); // of one that was killed
        }
        try (Listener listener = Listener.bind(loop, address)) {
            if (inTasks) {
                loop.spawn(() -> {
                    while (true) {
                        StreamSocket client = listener.accept();
                        loop.spawn(() -> echo(client));
                    }
                });
            } else {
                EchoCallbacks callbacks = new EchoCallbacks(shared);
                listener.descriptor().handle(callbacks::accept, true, false);
            }
            run();
        }
        if (address instanceof UnixDomainSocketAddress unix) {
            Files.deleteIfExists(unix.getPath());
        }
    }

    private void serveDatagrams(SocketAddress address, boolean inTasks) throws IOException {
        DatagramBatch batch = new DatagramBatch(BATCH, DATAGRAM_BYTES);
        try (DatagramEndpoint socket = DatagramEndpoint.bind(loop, address)) {
            if (inTasks) {
                loop.spawn(() -> {
                    while (true) {
                        socket.receiveBatch(batch);
                        socket.sendBatch(batch); // each to where it came from
                    }
                });
            } else {
                socket.descriptor().handle(new DatagramCallbacks(socket, batch), true, false);
            }
            run();
        }
    }

    private void run() {
        loop.stopOnSignals();
        System.out.println("READY");
        loop.run();
    }

    /** A task for each client. It waits without a buffer, and has one of its own only for what a slow client leaves. */
    private void echo(StreamSocket client) {
        try (client) {
            while (true) {
                client.descriptor().awaitReadable();
                int received = client.descriptor().recvNow(shared.clear());
                if (received < 0) {
                    return;
                }
                if (received > 0) {
                    client.descriptor().sendNow(shared.flip());
                    if (shared.hasRemaining()) {
                        client.write(ByteBuffer.allocate(shared.remaining()).put(shared).flip());
                    }
                }
            }
        } catch (IOException e) {
            // The client has left: that is its right, and costs nobody else anything.
        }
    }
}
