package io.stepoll.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.LoopGroup;
import io.stepoll.shutdown.Shutdown;
import io.stepoll.shutdown.ShutdownReport;
import io.stepoll.support.Looks;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A server's most connections: more of them wait in the backlog, or are refused. */
@Timeout(60)
class ServerLimitsTest {
    private static final SocketAddress ANY = Addresses.parse("tcp:127.0.0.1:0");
    private static final int MOST = 3;
    private static final int CLIENTS = 8;
    private static final int ROUNDS = 60;

    private final AtomicInteger served = new AtomicInteger();
    private final AtomicInteger mostServed = new AtomicInteger();
    private final AtomicInteger inAll = new AtomicInteger();

    private void echo(Connection<Void> connection) throws IOException {
        mostServed.accumulateAndGet(served.incrementAndGet(), Math::max);
        inAll.incrementAndGet();
        try {
            ByteBuffer buffer = ByteBuffer.allocate(16);
            while (connection.socket().read(buffer.clear()) >= 0) {
                connection.socket().write(buffer.flip());
            }
        } finally {
            served.decrementAndGet();
        }
    }

    private static SocketChannel connect(Server server) throws IOException {
        return SocketChannel.open(server.localAddress());
    }

    /** Many clients at once connect again and again; each is served, and never more than the limit at a time. */
    @ParameterizedTest
    @EnumSource(ServerTest.Way.class)
    void waiting(ServerTest.Way way) throws Exception {
        try (LoopGroup group = LoopGroup.open(2); ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
                Server server = way.builder(group).maxConnections(MOST, Server.WhenFull.WAIT).serve(this::echo)
                        .open(ANY)) {
            List<Future<Integer>> all = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                all.add(clients.submit((Callable<Integer>) () -> {
                    for (int round = 0; round < ROUNDS; round++) {
                        try (SocketChannel client = connect(server)) {
                            ServerTest.exchange(client, round);
                            int now = server.connections();
                            assertTrue(now <= MOST, () -> now + " connections");
                        }
                    }
                    return ROUNDS;
                }));
            }
            for (Future<Integer> client : all) {
                assertEquals(ROUNDS, client.get());
            }
            assertEquals(0, server.refused());
        }
        assertEquals(CLIENTS * ROUNDS, inAll.get());
        assertTrue(mostServed.get() <= MOST, () -> mostServed + " at once");
    }

    /** While the server is full the next client waits in the backlog; the end of another one lets it in. */
    @ParameterizedTest
    @EnumSource(ServerTest.Way.class)
    void theNextOneIsServedWhenOneEnds(ServerTest.Way way) throws Exception {
        try (LoopGroup group = LoopGroup.open(2);
                Server server = way.builder(group).maxConnections(1, Server.WhenFull.WAIT).serve(this::echo)
                        .open(ANY)) {
            SocketChannel client = connect(server);
            ServerTest.exchange(client, 0);
            for (int i = 1; i < 20; i++) { // with a listener on each loop the next one is on another loop, by chance
                try (SocketChannel former = client) {
                    client = connect(server);
                    client.write(ByteBuffer.allocate(4).putInt(i).flip());
                    assertEquals(i, inAll.get());
                    assertEquals(1, server.connections());
                    ServerTest.exchange(former, -i);
                }
                ByteBuffer answer = ByteBuffer.allocate(4);
                while (answer.hasRemaining()) {
                    assertTrue(client.read(answer) > 0);
                }
                assertEquals(i, answer.flip().getInt());
            }
            client.close();
        }
        assertEquals(1, mostServed.get());
    }

    @ParameterizedTest
    @EnumSource(ServerTest.Way.class)
    void refusing(ServerTest.Way way) throws Exception {
        List<SocketChannel> clients = new ArrayList<>();
        try (LoopGroup group = LoopGroup.open(2);
                Server server = way.builder(group).maxConnections(MOST, Server.WhenFull.REFUSE).serve(this::echo)
                        .open(ANY)) {
            for (int i = 0; i < MOST; i++) {
                clients.add(connect(server));
                ServerTest.exchange(clients.getLast(), i);
            }
            for (int i = 0; i < CLIENTS; i++) {
                assertThrows(IOException.class, () -> { // a reset, and no end that looks like an answer
                    try (SocketChannel refused = connect(server)) {
                        while (refused.read(ByteBuffer.allocate(1)) >= 0) {
                            assertTrue(refused.isOpen());
                        }
                    }
                });
            }
            assertEquals(CLIENTS, server.refused());
            assertEquals(MOST, server.connections());
            clients.removeFirst().close();
            Looks.until(() -> server.connections() == MOST - 1);
            clients.add(connect(server));
            ServerTest.exchange(clients.getLast(), 1);
            assertEquals(MOST, server.connections());
            for (SocketChannel client : clients) {
                client.close();
            }
        }
        assertEquals(MOST + 1, inAll.get());
    }

    /** The room of a handler's connection is free when its descriptor leaves the loop, by whatever way. */
    @Test
    void handlers() throws Exception {
        try (LoopGroup group = LoopGroup.open(2);
                Server server = Server.builder(group).maxConnections(1, Server.WhenFull.WAIT)
                        .handle(connection -> descriptor -> {
                            ByteBuffer buffer = ByteBuffer.allocate(4);
                            if (descriptor.tryRead(buffer) > 0) {
                                descriptor.tryWrite(buffer.flip());
                            }
                            if (inAll.incrementAndGet() % 2 == 0) {
                                throw new IOException("closes the connection");
                            }
                            descriptor.close();
                        }).onFailure((peer, thrown) -> {}).open(ANY)) {
            for (int i = 0; i < 10; i++) {
                try (SocketChannel client = connect(server)) {
                    ServerTest.exchange(client, i);
                }
            }
            Looks.until(() -> server.connections() == 0);
        }
        assertEquals(10, inAll.get());
    }

    /** Acceptors that wait for room notice that the server ends, or that the loops shut down. */
    @ParameterizedTest
    @EnumSource(ServerTest.Way.class)
    void theEndWhileFull(ServerTest.Way way) throws Exception {
        try (LoopGroup group = LoopGroup.open(2);
                Server server = way.builder(group).maxConnections(1, Server.WhenFull.WAIT).serve(this::echo)
                        .open(ANY)) {
            try (SocketChannel client = connect(server)) {
                ServerTest.exchange(client, 1); // before the other one comes: its loop might be faster
                try (SocketChannel waiting = connect(server)) {
                    server.stopAccepting();
                    assertThrows(IOException.class, () -> {
                        waiting.write(ByteBuffer.allocate(1));
                        waiting.read(ByteBuffer.allocate(1));
                    });
                    ServerTest.exchange(client, 2);
                }
            }
        }
        assertEquals(1, inAll.get());
    }

    /** A shutdown does not wait for acceptors that wait for room. */
    @Test
    void aShutdownWhileFull() throws Exception {
        try (LoopGroup group = LoopGroup.open(2)) {
            Server server = Server.builder(group).maxConnections(1, Server.WhenFull.WAIT).serve(connection -> {
                ByteBuffer buffer = ByteBuffer.allocate(4);
                while (connection.socket().awaitRequest() && connection.socket().read(buffer.clear()) >= 0) {
                    connection.socket().write(buffer.flip());
                }
            }).open(ANY);
            try (SocketChannel client = connect(server)) {
                ServerTest.exchange(client, 1);
                ShutdownReport report = Shutdown.of(group).start().join();
                assertTrue(report.isClean(), report::toString);
            }
        }
    }
}
