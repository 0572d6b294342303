package io.stepoll.bench;

import io.stepoll.EventLoop;
import io.stepoll.IdleStrategy;
import io.stepoll.net.Addresses;
import io.stepoll.net.DatagramBatch;
import io.stepoll.net.DatagramEndpoint;
import io.stepoll.net.Listener;
import io.stepoll.net.StreamSocket;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;

/**
 * The library's echo server, for the load generator of this project and for any other. It sends back what it receives,
 * until SIGTERM.
 * <pre>java --enable-native-access=ALL-UNNAMED -cp target/classes:target/benchmarks io.stepoll.bench.EchoServer
 * tcp:host:port | unix:path | udp:host:port  task | callback  [spin]</pre>
 * The server prints READY when it listens. All connections share one buffer, as in the servers that it is compared
 * with: the handler or the task of a ready connection empties the buffer before the loop goes on to the next.
 */
public final class EchoServer {
    /** In place of a number of bytes: the stream has ended. */
    static final int END = -1;

    private static final String USAGE =
            "usage: EchoServer tcp:host:port | unix:path | udp:host:port task | callback [spin]";
    private static final int BUFFER_BYTES = 1 << 14;
    private static final int BATCH = 64;
    private static final int DATAGRAM_BYTES = 2048;

    private final EventLoop loop;
    private final ByteBuffer shared = ByteBuffer.allocateDirect(BUFFER_BYTES);

    private EchoServer(EventLoop loop) {
        this.loop = loop;
    }

    /** Serves at the address and in the style that the arguments name. */
    public static void main(String[] arguments) throws IOException {
        String line = String.join(" ", arguments);
        if (!line.matches("(tcp|unix|udp):\\S+ (task|callback)( spin)?")) {
            System.err.println(USAGE);
            System.exit(2);
        }
        IdleStrategy idle = arguments.length == 3 ? IdleStrategy.spin() : IdleStrategy.sleep();
        try (EventLoop loop = EventLoop.builder().idleStrategy(idle).open()) {
            EchoServer server = new EchoServer(loop);
            boolean inTasks = arguments[1].equals("task");
            if (line.startsWith("udp:")) {
                server.serveDatagrams(Addresses.parseDatagram(arguments[0]), inTasks);
            } else {
                server.serveStreams(Addresses.parse(arguments[0]), inTasks);
            }
        }
    }

    private void serveStreams(SocketAddress address, boolean inTasks) throws IOException {
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
    }

    private void serveDatagrams(SocketAddress address, boolean inTasks) throws IOException {
        DatagramBatch batch = new DatagramBatch(BATCH, DATAGRAM_BYTES);
        try (DatagramEndpoint socket = DatagramEndpoint.bind(loop, address)) {
            if (inTasks) {
                loop.spawn(() -> {
                    while (true) {
                        socket.receiveBatch(batch);
                        socket.sendBatch(batch); // each datagram goes back to its sender
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

    /**
     * Serves a client, in a task of its own. The task waits without a buffer. It makes a buffer of its own only for the
     * rest of an answer that a slow client does not take at once.
     */
    private void echo(StreamSocket client) {
        try (client) {
            while (true) {
                client.descriptor().awaitReadable();
                int received = client.tryRead(shared.clear());
                if (received == END) {
                    return;
                }
                if (received > 0) {
                    client.tryWrite(shared.flip());
                    if (shared.hasRemaining()) {
                        client.write(ByteBuffer.allocate(shared.remaining()).put(shared).flip());
                    }
                }
            }
        } catch (IOException e) {
            // The client has left; the others are served on.
        }
    }
}
