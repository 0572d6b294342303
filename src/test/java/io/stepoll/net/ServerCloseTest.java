package io.stepoll.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.Descriptor;
import io.stepoll.ReadinessHandler;
import io.stepoll.support.Looks;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The end of a server: it waits for its connections, or cuts them off. */
@Timeout(60)
class ServerCloseTest extends ServerFixture {
    private final AtomicInteger ended = new AtomicInteger();

    private static void assertEnds(SocketChannel client) {
        try {
            assertEquals(-1, client.read(ByteBuffer.allocate(1)));
        } catch (IOException reset) {
            // This is an end, too.
        }
    }

    /** Answers one request after the other, as a protocol does that can be told to end. */
    private void answer(Connection<Void> connection) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(4);
        while (connection.socket().awaitRequest() && connection.socket().read(buffer.clear()) >= 0) {
            connection.socket().write(buffer.flip());
        }
        ended.incrementAndGet();
    }

    private void read(Connection<Void> connection) throws IOException {
        try {
            while (connection.socket().read(ByteBuffer.allocate(4)) >= 0) {
                connection.socket().write(ByteBuffer.allocate(4));
            }
        } finally {
            ended.incrementAndGet();
        }
    }

    /** Tasks that wait for a next request are told that there is none. */
    @ParameterizedTest
    @EnumSource(ServerTest.Way.class)
    void idleConnectionsEnd(ServerTest.Way way) throws Exception {
        Server server = way.builder(group).serve(this::answer).open(ANY);
        try (SocketChannel one = connect(server); SocketChannel two = connect(server)) {
            ServerTest.exchange(one, 1);
            ServerTest.exchange(two, 2);
            server.close();
            assertEquals(2, ended.get());
            assertEquals(0, server.connections());
            assertEnds(one);
            assertEnds(two);
        }
    }

    /** Handlers are told, too, and are closed when they are idle. */
    @Test
    void idleHandlersEnd() throws Exception {
        Server server = Server.builder(group).handle(connection -> new ReadinessHandler() {
            @Override
            public void readable(Descriptor descriptor) throws IOException {
                ByteBuffer buffer = ByteBuffer.allocate(4);
                if (descriptor.tryRead(buffer) < 0) {
                    descriptor.close();
                } else {
                    descriptor.tryWrite(buffer.flip());
                }
            }
        }).open(ANY);
        try (SocketChannel client = connect(server)) {
            ServerTest.exchange(client, 1);
            server.close();
            assertEquals(0, server.connections());
            assertEnds(client);
        }
    }

    /** A connection that is within a request is waited for. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void waits(boolean inATask) throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CompletableFuture<Void> free = new CompletableFuture<>();
        CompletableFuture<Boolean> draining = new CompletableFuture<>();
        Server server = Server.builder(group).serve(connection -> {
            begun.countDown();
            free.get();
            draining.complete(connection.isDraining());
            ended.incrementAndGet();
        }).open(ANY);
        try (SocketChannel client = connect(server)) {
            begun.await();
            FutureTask<Integer> closing = new FutureTask<>(() -> {
                server.close();
                return ended.get();
            });
            if (inATask) {
                group.loop(1).spawn(closing::run);
            } else {
                Thread.ofPlatform().start(closing);
            }
            Looks.until(() -> server.listeners().stream().noneMatch(Listener::isOpen));
            assertFalse(closing.isDone());
            free.complete(null);
            assertEquals(1, closing.get());
            assertTrue(draining.get());
            assertEnds(client);
        }
    }

    /** After the time the rest is cut off: sockets are closed, tasks are cancelled, and that is no failure. */
    @ParameterizedTest
    @ValueSource(longs = {0, 20})
    void cutsOff(long millis) throws Exception {
        CountDownLatch begun = new CountDownLatch(2);
        Server server = Server.builder(group).serve(connection -> {
            begun.countDown();
            if (begun.getCount() == 1) {
                read(connection);
            } else {
                try {
                    new CompletableFuture<Void>().get(); // waits for something else than its client
                } finally {
                    ended.incrementAndGet();
                }
            }
        }).open(ANY);
        try (SocketChannel one = connect(server); SocketChannel two = connect(server)) {
            begun.await();
            server.close(Duration.ofMillis(millis));
            assertEquals(2, ended.get());
            assertEquals(0, server.connections());
            assertEnds(one);
            assertEnds(two);
        }
        assertEquals(0, log.messages().size(), () -> log.messages().toString());
    }

    @Test
    void cutsOffHandlers() throws Exception {
        Server server = Server.builder(group).handle(connection -> new ReadinessHandler() {
            @Override
            public void readable(Descriptor descriptor) throws IOException {
                descriptor.tryRead(ByteBuffer.allocate(4));
            }

            @Override
            public void draining(Descriptor descriptor) {
                // It does not care.
            }
        }).open(ANY);
        try (SocketChannel client = connect(server)) {
            client.write(ByteBuffer.allocate(4));
            Looks.until(() -> server.connections() == 1);
            server.close(Duration.ofMillis(10));
            assertEquals(0, server.connections());
            assertEnds(client);
        }
    }

    /** A callback does not wait, and what it has asked for is done. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void inACallback(boolean cuts) throws Exception {
        Server server = Server.builder(group).serve(cuts ? this::read : this::answer).open(ANY);
        try (SocketChannel client = connect(server)) {
            ServerTest.exchange(client, cuts ? 0 : 5);
            CompletableFuture<Boolean> returned = new CompletableFuture<>();
            group.loop(0).callSoon(() -> {
                if (cuts) {
                    server.close(Duration.ofMillis(5));
                } else {
                    server.close();
                }
                returned.complete(true);
            });
            assertTrue(returned.get());
            assertEnds(client);
            Looks.until(() -> server.connections() == 0 && ended.get() == 1);
        }
    }

    /** A connection that ends its own server does not wait for itself. */
    @Test
    void inItsOwnTask() throws Exception {
        CompletableFuture<Server> opened = new CompletableFuture<>();
        Server server = Server.builder(group).serve(connection -> {
            opened.get().close();
            ended.incrementAndGet();
        }).open(ANY);
        opened.complete(server);
        try (SocketChannel client = connect(server)) {
            assertEnds(client);
            server.close();
            assertEquals(1, ended.get());
        }
    }

    /** An interrupt ends the wait, and nothing else. */
    @Test
    void interrupted() throws Exception {
        Server server = Server.builder(group).serve(this::read).open(ANY);
        try (SocketChannel client = connect(server)) {
            ServerTest.exchange(client, 0);
            Thread.currentThread().interrupt();
            server.close();
            assertTrue(Thread.interrupted());
            ServerTest.exchange(client, 0);
        }
        server.close();
        assertEquals(1, ended.get());
    }

    /** The loops may be gone by the time of the close. */
    @Test
    void afterItsLoops() throws Exception {
        Server server = Server.builder(group).serve(this::read).open(ANY);
        try (SocketChannel client = connect(server)) {
            ServerTest.exchange(client, 0);
            group.close();
            server.close();
            server.close(Duration.ofHours(1));
            assertEquals(0, server.connections());
            assertEquals(1, ended.get());
        }
    }
}
