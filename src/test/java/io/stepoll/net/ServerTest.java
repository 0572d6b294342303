package io.stepoll.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.EventLoop;
import io.stepoll.LoopGroup;
import io.stepoll.support.Looks;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Servers over a group of loops. */
@Timeout(120)
class ServerTest {
    private static final int CONNECTIONS = 200;
    private static final SocketAddress ANY = Addresses.parse("tcp:127.0.0.1:0");

    /** The ways to spread connections over the loops. */
    enum Way {
        PER_LOOP,
        HANDING_OVER;

        Server open(LoopGroup group, SocketAddress address, ConnectionHandler<Void> handler) throws IOException {
            return builder(group).serve(handler).open(address);
        }

        ServerBuilder<Void> builder(LoopGroup group) {
            return this == PER_LOOP ? Server.builder(group).perLoop() : Server.builder(group).handingOver();
        }
    }

    private final Map<EventLoop, LongAdder> served = new ConcurrentHashMap<>();
    /** How many messages were handled by code outside of their connection's loop. */
    private final AtomicInteger strayed = new AtomicInteger();

    /** Echoes, and checks at each message that the code is on the connection's loop. */
    private void echo(Connection<Void> client) throws IOException {
        StreamSocket connection = client.socket();
        EventLoop loop = connection.loop();
        served.computeIfAbsent(loop, unused -> new LongAdder()).increment();
        ByteBuffer buffer = ByteBuffer.allocate(16);
        while (connection.read(buffer.clear()) >= 0) {
            if (!loop.isCurrent()) {
                strayed.incrementAndGet();
            }
            connection.write(buffer.flip());
        }
    }

    private static SocketChannel connect(Server server) throws IOException {
        return SocketChannel.open(server.localAddress());
    }

    /** Sends a number and gets it back. */
    static void exchange(SocketChannel client, int value) throws IOException {
        client.write(ByteBuffer.allocate(4).putInt(value).flip());
        ByteBuffer answer = ByteBuffer.allocate(4);
        while (answer.hasRemaining()) {
            assertTrue(client.read(answer) > 0, "the end came before the answer");
        }
        assertEquals(value, answer.flip().getInt());
    }

    /**
     * Whether the server has closed the connection. The client writes before it reads: a loaded machine may lose the
     * last packet of a handshake. If the server has stopped listening by then it does not know the connection, and
     * sends neither an end nor a reset until the client writes.
     */
    private static boolean isAtItsEnd(SocketChannel client) {
        try {
            client.write(ByteBuffer.allocate(1));
            return client.read(ByteBuffer.allocate(1)) == -1;
        } catch (IOException reset) {
            return true;
        }
    }

    private List<Long> spreadOver(Way way, SocketAddress address) throws IOException {
        List<SocketChannel> clients = new ArrayList<>();
        try (LoopGroup group = LoopGroup.open(2)) {
            Server server = way.open(group, address, this::echo);
            for (int i = 0; i < CONNECTIONS; i++) {
                clients.add(connect(server));
            }
            for (int round = 0; round < 3; round++) {
                for (int i = 0; i < CONNECTIONS; i++) {
                    exchange(clients.get(i), i + round);
                }
            }
            assertEquals(0, strayed.get());
            List<Long> counts = new ArrayList<>();
            group.loops().forEach(loop -> counts.add(served.getOrDefault(loop, new LongAdder()).sum()));
            return counts;
        } finally {
            for (SocketChannel client : clients) {
                client.close();
            }
        }
    }

    /** The kernel chooses the listener by a hash. Both loops get connections. */
    @Test
    void aListenerPerLoopSpreads() throws Exception {
        List<Long> counts = spreadOver(Way.PER_LOOP, ANY);
        assertEquals(CONNECTIONS, counts.get(0) + counts.get(1));
        assertTrue(counts.get(0) > 0 && counts.get(1) > 0, () -> "all went to one: " + counts);
    }

    @ParameterizedTest
    @ValueSource(strings = {"tcp", "unix"})
    void handingOverSpreadsEvenly(String kind, @TempDir Path folder) throws Exception {
        SocketAddress address = kind.equals("tcp") ? ANY : Addresses.parse("unix:" + folder.resolve("server"));
        assertEquals(List.of(CONNECTIONS / 2L, CONNECTIONS / 2L), spreadOver(Way.HANDING_OVER, address));
    }

    @Test
    void unixSocketsHaveNoSharedPort() throws Exception {
        try (LoopGroup group = LoopGroup.open(2)) {
            for (String address : List.of("unix:@shared", "unix:/tmp/shared")) {
                String message = assertThrows(UnsupportedOperationException.class,
                        () -> Way.PER_LOOP.open(group, Addresses.parse(address), this::echo)).getMessage();
                assertTrue(message.contains("SO_REUSEPORT") && message.contains(address), message);
            }
        }
    }

    /** After that the connections go on, and new ones are refused. */
    @ParameterizedTest
    @EnumSource(Way.class)
    void stopAccepting(Way way) throws Exception {
        try (LoopGroup group = LoopGroup.open(2)) {
            Server server = way.open(group, ANY, this::echo);
            assertEquals(way == Way.PER_LOOP ? 2 : 1, server.listeners().size());
            try (SocketChannel client = connect(server)) {
                exchange(client, 1);
                server.stopAccepting();
                assertThrows(ConnectException.class, () -> connect(server));
                exchange(client, 2);
                server.stopAccepting();
            }
        }
    }

    /** A task of the group can open and close a server. A callback can close one, without waiting, but not open one. */
    @ParameterizedTest
    @EnumSource(Way.class)
    void fromTheLoopsThemselves(Way way) throws Exception {
        try (LoopGroup group = LoopGroup.open(2)) {
            Server server = group.loop(1).spawn(() -> way.open(group, ANY, this::echo)).join();
            try (SocketChannel client = connect(server)) {
                exchange(client, 1);
            }
            CompletableFuture<Throwable> refused = new CompletableFuture<>();
            group.loop(0).callSoon(() -> {
                server.close();
                refused.complete(assertThrows(IllegalStateException.class, () -> way.open(group, ANY, this::echo)));
            });
            assertTrue(refused.join().getMessage().contains("in a task"));
            group.loop(0).spawn(() -> server.close()).join();
            assertThrows(ConnectException.class, () -> connect(server));
        }
    }

    @ParameterizedTest
    @EnumSource(Way.class)
    void anAddressInUse(Way way) throws Exception {
        try (LoopGroup group = LoopGroup.open(2); ServerSocket other = new ServerSocket()) {
            other.bind(ANY);
            assertThrows(BindException.class, () -> way.open(group, other.getLocalSocketAddress(), this::echo));
        }
    }

    /** If one loop cannot listen no loop does. */
    @Test
    void aClosedLoopCannotListen() throws Exception {
        try (LoopGroup group = LoopGroup.open(2)) {
            SocketAddress address;
            try (Server server = Way.PER_LOOP.open(group, ANY, this::echo)) {
                address = server.localAddress();
            }
            end(group.loop(1));
            assertThrows(IllegalStateException.class, () -> Way.PER_LOOP.open(group, address, this::echo));
            assertThrows(ConnectException.class, () -> SocketChannel.open(address));
        }
    }

    /** Stops a loop of a group and waits until it is closed. */
    private static void end(EventLoop loop) throws Exception {
        loop.stop();
        Looks.until(() -> {
            try {
                loop.callSoon(() -> {});
                return false;
            } catch (IllegalStateException closed) {
                return true;
            }
        });
    }

    /** The turns of a closed loop go to the other loops. */
    @Test
    void aClosedLoopIsHandedNothing() throws Exception {
        try (LoopGroup group = LoopGroup.open(3); Server server = Way.HANDING_OVER.open(group, ANY, this::echo)) {
            end(group.loop(1));
            for (int i = 0; i < 10; i++) {
                try (SocketChannel client = connect(server)) {
                    exchange(client, i);
                }
            }
            assertFalse(served.containsKey(group.loop(1)));
            assertEquals(10, served.get(group.loop(0)).sum() + served.get(group.loop(2)).sum());
        }
    }

    /** An exception of a handler closes its connection and no other. */
    @ParameterizedTest
    @EnumSource(Way.class)
    void aFailedHandlerClosesItsConnection(Way way) throws Exception {
        ConnectionHandler<Void> failing = connection -> {
            connection.socket().read(ByteBuffer.allocate(1));
            throw new IOException("thrown by the handler");
        };
        try (LoopGroup group = LoopGroup.open(2); Server server = way.open(group, ANY, failing)) {
            for (int i = 0; i < 4; i++) {
                try (SocketChannel client = connect(server)) {
                    client.write(ByteBuffer.allocate(1));
                    assertTrue(isAtItsEnd(client));
                }
            }
        }
    }

    /** Each connection is closed, once: the check of descriptors after the class finds those left open. */
    @ParameterizedTest
    @EnumSource(Way.class)
    void connectionsOnTheWayToALoopThatCloses(Way way) throws Exception {
        for (int round = 0; round < 30; round++) {
            List<SocketChannel> clients = new ArrayList<>();
            LoopGroup group = LoopGroup.open(3);
            Server server = way.open(group, ANY, this::echo);
            CompletableFuture<Void> begun = new CompletableFuture<>();
            Thread connecting = Thread.ofPlatform().start(() -> {
                try {
                    while (clients.size() < CONNECTIONS) {
                        clients.add(connect(server));
                        if (clients.size() == 10) {
                            begun.complete(null);
                        }
                    }
                } catch (IOException refused) {
                    begun.completeExceptionally(refused); // no effect unless that was before the tenth connection
                }
            });
            begun.get();
            end(group.loop(2));
            end(group.loop(1));
            group.close();
            connecting.join();
            for (SocketChannel client : clients) {
                assertTrue(isAtItsEnd(client));
                client.close();
            }
        }
    }
}
