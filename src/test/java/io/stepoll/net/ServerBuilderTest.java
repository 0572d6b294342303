package io.stepoll.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.LoopGroup;
import io.stepoll.ReadinessHandler;
import io.stepoll.Task;
import io.stepoll.support.Looks;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a server's options do: who serves, with what state and name, and what becomes of failures. */
@Timeout(60)
class ServerBuilderTest extends ServerFixture {
    private static final int RESETS = 500;

    private static SocketAddress addressOf(SocketChannel client) throws IOException {
        return client.getLocalAddress();
    }

    /** Ends a connection by a reset. */
    private static void reset(SocketChannel client) throws IOException {
        client.setOption(StandardSocketOptions.SO_LINGER, 0).close();
    }

    private static void awaitEnd(SocketChannel client) throws IOException {
        assertEquals(-1, client.read(ByteBuffer.allocate(1)));
    }

    /** Echoes in callbacks, and notes the threads. */
    private static final class Echo implements ReadinessHandler {
        private final ByteBuffer buffer = ByteBuffer.allocate(16);

        @Override
        public void readable(Descriptor descriptor) throws IOException {
            int count = descriptor.tryRead(buffer.clear());
            if (count < 0) {
                descriptor.close();
            } else if (count > 0) {
                descriptor.tryWrite(buffer.flip());
            }
        }
    }

    /** Handlers serve on every loop, and a connection's end is noticed however it comes. */
    @ParameterizedTest
    @EnumSource(ServerTest.Way.class)
    void handlersOnEveryLoop(ServerTest.Way way) throws Exception {
        Set<EventLoop> loops = ConcurrentHashMap.newKeySet();
        try (Server server = way.builder(group).handle(connection -> {
            loops.add(connection.loop());
            assertSame(EventLoop.current(), connection.loop());
            return new Echo();
        }).open(ANY)) {
            List<SocketChannel> clients = new ArrayList<>();
            while (loops.size() < 2) {
                SocketChannel client = connect(server);
                clients.add(client);
                ServerTest.exchange(client, clients.size());
            }
            assertEquals(clients.size(), server.connections());
            for (SocketChannel client : clients) {
                client.close();
            }
            Looks.until(() -> server.connections() == 0);
        }
    }

    /** What a handler throws goes to the hook with the peer, be it before or after a change of its interests. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void theFailureOfAHandler(boolean isIo) throws Exception {
        ReadinessHandler failing = new ReadinessHandler() {
            @Override
            public void readable(Descriptor descriptor) throws IOException {
                descriptor.tryRead(ByteBuffer.allocate(1));
                descriptor.handle(this, false, true);
            }

            @Override
            public void writable(Descriptor descriptor) throws IOException {
                if (isIo) {
                    throw new IOException("of a handler");
                }
                throw new IllegalStateException("of a handler");
            }
        };
        try (Server server = Server.builder(group).onFailure(this::tell)
                .handle(connection -> failing).open(ANY); SocketChannel client = connect(server)) {
            client.write(ByteBuffer.allocate(1));
            Failure failure = told.take();
            assertEquals(addressOf(client), failure.peer());
            assertEquals("of a handler", failure.thrown().getMessage());
            awaitEnd(client);
            Looks.until(() -> server.connections() == 0);
        }
        assertEquals(List.of(), log.messages());
    }

    @Test
    void theFailureOfAFactory() throws Exception {
        try (Server server = Server.builder(group).onFailure(this::tell)
                .handle(connection -> {
                    throw new IOException("of the factory");
                }).open(ANY); SocketChannel client = connect(server)) {
            assertEquals(addressOf(client), told.take().peer());
            awaitEnd(client);
            Looks.until(() -> server.connections() == 0);
        }
    }

    /** The hook hears of a failure at once, and with the peer, even if the peer has gone. */
    @ParameterizedTest
    @EnumSource(ServerTest.Way.class)
    void theFailureOfATask(ServerTest.Way way) throws Exception {
        try (Server server = way.builder(group).onFailure(this::tell)
                .serve(connection -> {
                    connection.socket().read(ByteBuffer.allocate(1));
                    throw new IllegalStateException("of a task");
                }).open(ANY); SocketChannel client = connect(server)) {
            SocketAddress address = addressOf(client);
            client.write(ByteBuffer.allocate(1));
            reset(client);
            Failure failure = told.take();
            assertEquals(address, failure.peer());
        }
        assertEquals(List.of(), log.messages());
    }

    @Test
    void withoutAHookTheLogNamesThePeer() throws Exception {
        try (Server server = Server.builder(group).serve(connection -> {
            throw new IllegalStateException("of a task");
        }).open(ANY); SocketChannel client = connect(server)) {
            awaitEnd(client);
            Looks.until(() -> !log.messages().isEmpty());
            assertEquals(List.of("serve " + Addresses.format(addressOf(client)) + " failed"), log.messages());
            assertEquals("of a task", log.records().getFirst().getThrown().getMessage());
        }
    }

    /** A hook that throws harms nobody, and is no secret. */
    @Test
    void theFailureOfAHook() throws Exception {
        try (Server server = Server.builder(group).onFailure((peer, thrown) -> {
            throw new IllegalStateException("of the hook");
        }).serve(connection -> {
            throw new IllegalStateException("of a task");
        }).open(ANY); SocketChannel client = connect(server)) {
            awaitEnd(client);
            Looks.until(() -> !log.messages().isEmpty());
            Throwable thrown = log.records().getFirst().getThrown();
            assertEquals("of the hook", thrown.getMessage());
            assertEquals("of a task", thrown.getSuppressed()[0].getMessage());
        }
    }

    /** Clients that reset are no failures: nothing is logged above DEBUG, and at DEBUG with the peer. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void resetsAreOrdinaryEnds(boolean inTasks) throws Exception {
        Logger logger = Logger.getLogger("io.stepoll");
        Level before = logger.getLevel();
        logger.setLevel(Level.FINE);
        Set<String> peers = ConcurrentHashMap.newKeySet();
        AtomicInteger failures = new AtomicInteger();
        ServerBuilder<Void> builder = Server.builder(group).onFailure((peer, thrown) -> failures.incrementAndGet());
        try (Server server = (inTasks ? builder.serve(ServerBuilderTest::echo) : builder.handle(c -> new Echo()))
                .open(ANY)) {
            for (int i = 0; i < RESETS; i++) {
                try (SocketChannel client = connect(server)) {
                    peers.add("the peer has gone: " + Addresses.format(addressOf(client)));
                    ServerTest.exchange(client, i);
                    reset(client);
                }
            }
            Looks.until(() -> server.connections() == 0 && log.messages().size() >= peers.size());
        } finally {
            logger.setLevel(before);
        }
        assertEquals(0, failures.get());
        assertEquals(peers, Set.copyOf(log.messages()));
        assertTrue(log.records().stream().allMatch(line -> line.getLevel() == Level.FINE));
        String message = log.records().getFirst().getThrown().getMessage();
        assertTrue(peers.stream().anyMatch(peer -> message.contains(peer.substring(peer.indexOf("tcp:")))), message);
    }

    private static void echo(Connection<Void> connection) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(16);
        while (connection.socket().read(buffer.clear()) >= 0) {
            connection.socket().write(buffer.flip());
        }
    }

    /** A reset on another connection of the handler's, to a backend for instance, is a failure. */
    @Test
    void theResetOfABackendIsAFailure() throws Exception {
        try (Server backend = Server.builder(group).acceptIf(peer -> false).serve(connection -> {}).open(ANY);
                Server server = Server.builder(group).onFailure(this::tell)
                        .serve(connection -> {
                            try (StreamSocket to = StreamSocket.connect(connection.loop(), backend.localAddress())) {
                                to.read(ByteBuffer.allocate(1));
                            }
                        }).open(ANY);
                SocketChannel client = connect(server)) {
            Failure failure = told.take();
            assertEquals(addressOf(client), failure.peer());
            assertInstanceOf(IOException.class, failure.thrown());
        }
    }

    @ParameterizedTest
    @EnumSource(ServerTest.Way.class)
    void tasksAreNamedAfterThePeer(ServerTest.Way way) throws Exception {
        BlockingQueue<String> names = new LinkedBlockingQueue<>();
        try (Server server = way.builder(group).serve(connection -> names.add(Thread.currentThread().getName()))
                .open(ANY); SocketChannel client = connect(server)) {
            assertEquals("serve " + Addresses.format(addressOf(client)), names.take());
        }
    }

    /** Unix peers have a name or none; both are known. */
    @Test
    void unixPeers(@TempDir Path folder) throws Exception {
        BlockingQueue<String> names = new LinkedBlockingQueue<>();
        CompletableFuture<SocketAddress> peer = new CompletableFuture<>();
        SocketAddress address = Addresses.parse("unix:" + folder.resolve("server"));
        try (Server server = Server.builder(group).serve(connection -> {
            names.add(Thread.currentThread().getName());
            peer.complete(connection.peer());
        }).open(address); SocketChannel client = connect(server)) {
            assertEquals("serve unix:", names.take());
            assertNull(peer.get());
            awaitEnd(client);
        }
    }

    /** Each loop has a state of its own, which is made before the server accepts, on that loop. */
    @ParameterizedTest
    @EnumSource(ServerTest.Way.class)
    void stateOfEachLoop(ServerTest.Way way) throws Exception {
        Map<EventLoop, int[]> made = new ConcurrentHashMap<>();
        AtomicInteger wrong = new AtomicInteger();
        try (Server server = way.builder(group).perLoopState(loop -> {
            assertSame(loop, EventLoop.current());
            made.put(loop, new int[1]);
            return made.get(loop);
        }).serve(connection -> {
            connection.state()[0]++;
            if (connection.state() != made.get(connection.loop())) {
                wrong.incrementAndGet();
            }
        }).open(ANY)) {
            assertEquals(2, made.size());
            for (int i = 0; i < 50; i++) {
                try (SocketChannel client = connect(server)) {
                    awaitEnd(client);
                }
            }
            Looks.until(() -> server.connections() == 0);
        }
        assertEquals(0, wrong.get());
        assertEquals(50, made.values().stream().mapToInt(state -> state[0]).sum());
    }

    @Test
    void aStateThatCannotBeMade() {
        IOException thrown = assertThrows(IOException.class, () -> Server.builder(group).perLoopState(loop -> {
            throw new Exception("no state");
        }).serve(connection -> {}).open(ANY));
        assertEquals("no state", thrown.getCause().getMessage());
    }

    /** TCP_NODELAY is on unless it was switched off, and costs the connections no call. */
    @ParameterizedTest
    @EnumSource(ServerTest.Way.class)
    void options(ServerTest.Way way) throws Exception {
        BlockingQueue<List<Object>> found = new LinkedBlockingQueue<>();
        ConnectionHandler<Void> look = connection -> found.add(
                List.of(connection.socket().getOption(StandardSocketOptions.TCP_NODELAY),
                        connection.socket().getOption(StandardSocketOptions.SO_KEEPALIVE)));
        try (Server server = way.builder(group).serve(look).open(ANY); SocketChannel client = connect(server)) {
            assertEquals(List.of(true, false), found.take());
            assertTrue(client.isOpen());
        }
        try (Server server = way.builder(group).connectionOption(StandardSocketOptions.TCP_NODELAY, false)
                .connectionOption(StandardSocketOptions.SO_KEEPALIVE, true).serve(look).open(ANY);
                SocketChannel client = connect(server)) {
            assertEquals(List.of(false, true), found.take());
            assertTrue(client.isOpen());
        }
        try (Server server = way.builder(group).option(StandardSocketOptions.SO_KEEPALIVE, true).serve(look).open(ANY);
                SocketChannel client = connect(server)) {
            assertEquals(List.of(true, true), found.take()); // inherited
            assertTrue(client.isOpen());
        }
    }

    /** An option that the connections do not have fails each connection, and not the server. */
    @Test
    void anOptionThatConnectionsDoNotHave() throws Exception {
        try (Server server = Server.builder(group).connectionOption(LinuxSocketOptions.SO_PASSRIGHTS, true)
                .onFailure(this::tell).serve(connection -> {}).open(ANY);
                SocketChannel client = connect(server)) {
            assertInstanceOf(UnsupportedOperationException.class, told.take().thrown());
            awaitEnd(client);
            Looks.until(() -> server.connections() == 0);
        }
    }

    /** Peers that are not welcome are reset and counted; what the filter throws is told, and the server goes on. */
    @ParameterizedTest
    @EnumSource(ServerTest.Way.class)
    void acceptFilter(ServerTest.Way way) throws Exception {
        Set<Integer> unwelcome = ConcurrentHashMap.newKeySet();
        try (Server server = way.builder(group).acceptIf(peer -> {
            int port = ((InetSocketAddress) peer).getPort();
            if (unwelcome.contains(-port)) {
                throw new IllegalStateException("of the filter");
            }
            return !unwelcome.contains(port);
        }).onFailure(this::tell).serve(ServerBuilderTest::echo).open(ANY)) {
            for (int sign : new int[] {1, -1}) {
                try (SocketChannel client = SocketChannel.open()) {
                    client.bind(new InetSocketAddress("127.0.0.1", 0));
                    unwelcome.add(sign * ((InetSocketAddress) addressOf(client)).getPort());
                    assertThrows(IOException.class, () -> {
                        client.connect(server.localAddress());
                        client.read(ByteBuffer.allocate(1));
                    });
                }
            }
            assertEquals("of the filter", told.take().thrown().getMessage());
            Looks.until(() -> server.refused() == 2);
            try (SocketChannel client = connect(server)) {
                ServerTest.exchange(client, 1);
                assertEquals(1, server.connections());
            }
            assertEquals(2, server.refused());
        }
    }

    /** An error of the filter is the failure of one connection, and not the end of the server. */
    @ParameterizedTest
    @EnumSource(ServerTest.Way.class)
    void acceptFilterWithAnError(ServerTest.Way way) throws Exception {
        AtomicBoolean fails = new AtomicBoolean(true);
        try (Server server = way.builder(group).acceptIf(peer -> {
            if (fails.getAndSet(false)) {
                throw new AssertionError("of the filter");
            }
            return true;
        }).onFailure(this::tell).serve(ServerBuilderTest::echo).open(ANY)) {
            try (SocketChannel client = connect(server)) {
                assertThrows(IOException.class, () -> client.read(ByteBuffer.allocate(1)));
            }
            Failure failure = told.take();
            assertInstanceOf(AssertionError.class, failure.thrown());
            assertNotNull(failure.peer());
            for (int i = 0; i < 8; i++) { // with a listener on each loop, some of them come to the one that has failed
                try (SocketChannel client = connect(server)) {
                    ServerTest.exchange(client, i);
                }
            }
            assertEquals(1, server.refused());
        }
    }

    /** A server on a loop that does not run yet, opened by the thread that is going to run it. */
    @Test
    void onOneLoopThatDoesNotRunYet() throws Exception {
        try (EventLoop loop = EventLoop.open(); Server server = Server.builder(loop).serve(connection -> {
            echo(connection);
            loop.stop();
        }).open(ANY)) {
            CompletableFuture<Void> client = CompletableFuture.runAsync(() -> {
                try (SocketChannel channel = connect(server)) {
                    ServerTest.exchange(channel, 7);
                } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            });
            loop.run();
            client.join();
            assertEquals(0, server.connections());
        }
    }

    @Test
    void wrongArguments() {
        ServerBuilder<Void> builder = Server.builder(group);
        assertThrows(IllegalStateException.class, () -> builder.open(ANY));
        assertThrows(IllegalArgumentException.class, () -> builder.backlog(-1));
        assertThrows(IllegalArgumentException.class, () -> builder.maxConnections(0, Server.WhenFull.WAIT));
        assertThrows(IllegalArgumentException.class, () -> builder.idleTimeout(Duration.ZERO));
        assertThrows(IllegalArgumentException.class, () -> builder.headerTimeout(Duration.ofSeconds(-1)));
        assertThrows(NullPointerException.class, () -> builder.serve(null));
        assertThrows(NullPointerException.class, () -> builder.handle(null));
        assertThrows(NullPointerException.class, () -> builder.onFailure(null));
        assertThrows(NullPointerException.class, () -> builder.option(StandardSocketOptions.SO_RCVBUF, null));
        builder.serve(connection -> {});
        assertThrows(IllegalStateException.class, () -> builder.perLoopState(loop -> 1));
        assertThrows(NullPointerException.class, () -> builder.open((SocketAddress) null));
    }

    /** Whoever looks at a connection later finds its peer, though that has gone. */
    @Test
    void thePeerOfAClosedConnection() throws Exception {
        CompletableFuture<Connection<Void>> served = new CompletableFuture<>();
        try (Server server = Server.builder(group).serve(connection -> {
            served.complete(connection);
            echo(connection);
        }).open(ANY)) {
            SocketAddress address;
            try (SocketChannel client = connect(server)) {
                address = addressOf(client);
                ServerTest.exchange(client, 1);
                assertFalse(served.get().isDraining());
            }
            Looks.until(() -> server.connections() == 0);
            Connection<Void> connection = served.get();
            List<Object> late = connection.loop().spawn(() -> List.<Object>of(connection.peer(),
                    connection.socket().remoteAddress() == null, connection.toString())).join();
            assertEquals(List.of(address, true, "Connection[" + Addresses.format(address) + "]"), late);
            assertNotEquals(address, server.localAddress());
        }
    }

    /** Callbacks on the loop's own thread log nothing there: they leave that to a task. */
    @Test
    void callbacksOnTheLoopsOwnThread() throws Exception {
        AtomicLong loopThread = new AtomicLong();
        try (LoopGroup bare = LoopGroup.builder().loops(1).options(options -> options.callbacksOnLoopThread(true))
                .open()) {
            try (Server server = Server.builder(bare).handle(connection -> descriptor -> {
                loopThread.set(Thread.currentThread().threadId());
                throw new IOException("of a handler");
            }).open(ANY); SocketChannel client = connect(server)) {
                client.write(ByteBuffer.allocate(1));
                Looks.until(() -> !log.messages().isEmpty());
                assertEquals("of a handler", log.records().getFirst().getThrown().getMessage());
                assertNotEquals(loopThread.get(), log.records().getFirst().getLongThreadID());
            }
        }
    }

    /** Nobody else is held up by a handler that waits. */
    @Test
    void tasksOfOtherConnectionsGoOn() throws Exception {
        CompletableFuture<Task<?>> waiting = new CompletableFuture<>();
        CompletableFuture<Void> free = new CompletableFuture<>();
        try (Server server = Server.builder(group.loop(0)).serve(connection -> {
            if (!waiting.isDone()) {
                waiting.complete(Task.current());
                free.get();
            } else {
                echo(connection);
            }
        }).open(ANY); SocketChannel one = connect(server)) {
            waiting.get();
            try (SocketChannel other = connect(server)) {
                ServerTest.exchange(other, 3);
            }
            free.complete(null);
            awaitEnd(one);
        }
    }
}
