package io.stepoll.bench.tls;

import io.stepoll.EventLoop;
import io.stepoll.LoopGroup;
import io.stepoll.Task;
import io.stepoll.net.StreamSocket;
import io.stepoll.tls.TlsClient;
import io.stepoll.tls.TlsSocket;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;

/**
 * Loads a {@link TlsEchoServer}: {@code KEYSTORE}. Its input are lines {@code echo PORT SIZE MILLIS}, messages on
 * {@link #CONNECTIONS} connections, each of which waits for its answer; {@code handshakes PORT MILLIS}, full handshakes
 * on {@link #AT_ONCE} connections at a time; and {@code burst PORT COUNT}, so many handshakes at once. For each line it
 * prints how many messages or handshakes there were.
 */
public final class TlsLoad {
    private static final int CONNECTIONS = 16;
    private static final int AT_ONCE = 8;
    private static final long NANOS_PER_MILLI = 1_000_000;

    private final EventLoop loop;
    private final TlsClient client;
    private final Map<Integer, List<TlsSocket>> connections = new HashMap<>();
    private long hosts;

    private TlsLoad(EventLoop loop, TlsClient client) {
        this.loop = loop;
        this.client = client;
    }

    /** Loads until the end of its input. */
    public static void main(String[] arguments) throws Exception {
        TlsClient client = TlsClient.builder(new Keys(arguments[0]).context(null)).acceptAnyHost()
                .protocols("TLSv1.3").cipherSuites("TLS_AES_128_GCM_SHA256").build();
        try (LoopGroup group = LoopGroup.builder().loops(1).name("load").open()) {
            TlsLoad load = new TlsLoad(group.next(), client);
            System.out.println("READY");
            BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                String[] words = line.split(" ");
                int port = Integer.parseInt(words[1]);
                int number = Integer.parseInt(words[2]);
                System.out.println(switch (words[0]) {
                    case "echo" -> load.echo(port, number, Long.parseLong(words[3]) * NANOS_PER_MILLI);
                    case "handshakes" -> load.handshakes(port, number * NANOS_PER_MILLI);
                    case "burst" -> load.burst(port, number);
                    default -> throw new IllegalArgumentException(line);
                });
            }
        }
    }

    private StreamSocket connect(int port) throws IOException {
        StreamSocket socket = StreamSocket.connect(loop,
                new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port));
        return socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
    }

    /** A host that nobody has asked for, so that no session is resumed. */
    private TlsSocket over(StreamSocket socket) {
        return client.over(socket, "host-" + hosts++);
    }

    private long sum(int tasks, Callable<Long> work) throws Exception {
        List<Task<Long>> running = new ArrayList<>();
        for (int i = 0; i < tasks; i++) {
            running.add(loop.spawn(work));
        }
        long sum = 0;
        for (Task<Long> task : running) {
            sum += task.join();
        }
        return sum;
    }

    private long echo(int port, int size, long nanos) throws Exception {
        List<TlsSocket> its = connections.computeIfAbsent(port, _ -> new ArrayList<>());
        while (its.size() < CONNECTIONS) {
            its.add(loop.spawn(() -> {
                TlsSocket connection = over(connect(port));
                connection.handshake();
                return connection;
            }).join());
        }
        long endNanos = System.nanoTime() + nanos;
        Iterator<TlsSocket> each = its.iterator();
        return sum(CONNECTIONS, () -> {
            TlsSocket connection = each.next();
            ByteBuffer message = ByteBuffer.allocate(size);
            ByteBuffer answer = ByteBuffer.allocate(1 << 14);
            long count = 0;
            while (System.nanoTime() < endNanos) {
                connection.write(message.clear());
                for (int received = 0; received < size;) {
                    received += connection.read(answer.clear());
                }
                count++;
            }
            return count;
        });
    }

    private long handshakes(int port, long nanos) throws Exception {
        long endNanos = System.nanoTime() + nanos;
        return sum(AT_ONCE, () -> {
            long count = 0;
            while (System.nanoTime() < endNanos) {
                handshake(connect(port));
                count++;
            }
            return count;
        });
    }

    private void handshake(StreamSocket socket) throws IOException {
        try (TlsSocket connection = over(socket)) {
            connection.write(ByteBuffer.allocate(1)); // the server's part is done when the answer comes
            connection.read(ByteBuffer.allocate(1));
        }
    }

    /** All are connected before the first says anything. */
    private long burst(int port, int count) throws Exception {
        List<StreamSocket> sockets = loop.spawn(() -> {
            List<StreamSocket> connected = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                connected.add(connect(port));
            }
            return connected;
        }).join();
        List<Task<Void>> running = new ArrayList<>();
        for (StreamSocket socket : sockets) {
            running.add(loop.spawn(() -> handshake(socket)));
        }
        for (Task<Void> task : running) {
            task.join();
        }
        return count;
    }
}
