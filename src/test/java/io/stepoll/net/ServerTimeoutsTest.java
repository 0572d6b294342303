package io.stepoll.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.Descriptor;
import io.stepoll.ReadinessHandler;
import io.stepoll.support.LogCapture;
import io.stepoll.support.VirtualTimeFixture;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The timeouts of a server, in virtual time. Client and server are on one loop. */
@Timeout(30)
class ServerTimeoutsTest extends VirtualTimeFixture {
    private static final SocketAddress ANY = Addresses.parse("tcp:127.0.0.1:0");
    private static final Duration LIMIT = Duration.ofSeconds(8);

    private final List<Throwable> told = new ArrayList<>();

    private ServerBuilder<Void> builder() {
        return Server.builder(loop).onFailure((peer, thrown) -> told.add(thrown));
    }

    private static void echo(Connection<Void> connection) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(16);
        while (connection.socket().read(buffer.clear()) >= 0) {
            connection.socket().write(buffer.flip());
        }
    }

    private static final class Echo implements ReadinessHandler {
        @Override
        public void readable(Descriptor descriptor) throws IOException {
            ByteBuffer buffer = ByteBuffer.allocate(16);
            if (descriptor.tryRead(buffer) < 0) {
                descriptor.close();
            } else {
                descriptor.tryWrite(buffer.flip());
            }
        }
    }

    private Server open(ServerBuilder<Void> builder, boolean inTasks) throws IOException {
        return (inTasks ? builder.serve(ServerTimeoutsTest::echo) : builder.handle(connection -> new Echo())).open(ANY);
    }

    /** Runs the code in a task with a client, then ends the server. */
    private <T> T withClient(Server server, ClientCode<T> code) throws Exception {
        return inTask(() -> {
            try (server; StreamSocket client = StreamSocket.connect(loop, server.localAddress())) {
                return code.with(client);
            }
        });
    }

    private interface ClientCode<T> {
        T with(StreamSocket client) throws Exception;
    }

    private void exchange(StreamSocket client) throws IOException {
        client.write(ByteBuffer.wrap(new byte[] {1}));
        assertEquals(1, client.read(ByteBuffer.allocate(1)));
    }

    private Duration took(Callable<?> code) throws Exception {
        long before = clock.nanoTime();
        code.call();
        return Duration.ofNanos(clock.nanoTime() - before);
    }

    private static void assertInTime(Duration took) {
        assertTrue(took.compareTo(LIMIT) >= 0 && took.compareTo(LIMIT.multipliedBy(5).dividedBy(4)) <= 0,
                took::toString);
    }

    private void assertTold(String text) {
        assertEquals(1, told.size(), told::toString);
        String message = assertInstanceOf(SocketTimeoutException.class, told.getFirst()).getMessage();
        assertTrue(message.startsWith("tcp:127.0.0.1:") && message.contains(text), message);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anIdleConnection(boolean inTasks) throws Exception {
        Server server = open(builder().idleTimeout(LIMIT), inTasks);
        assertInTime(withClient(server, client -> {
            exchange(client);
            return took(() -> assertReadsEnd(client));
        }));
        assertTold("no byte has moved for PT8S");
    }

    private static int assertReadsEnd(StreamSocket client) throws IOException {
        assertEquals(-1, client.read(ByteBuffer.allocate(1)));
        return -1;
    }

    /** A byte now and then is enough, for hours. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aSlowConnectionIsNotIdle(boolean inTasks) throws Exception {
        Server server = open(builder().idleTimeout(LIMIT), inTasks);
        withClient(server, client -> {
            for (int i = 0; i < 100; i++) {
                loop.sleep(LIMIT.minus(Duration.ofMillis(1)));
                exchange(client);
            }
            return null;
        });
        assertEquals(List.of(), told);
    }

    /** A peer that does not read holds up the server's write: no byte moves. */
    @Test
    void aPeerThatDoesNotRead() throws Exception {
        Server server = builder().idleTimeout(LIMIT).serve(connection -> {
            ByteBuffer much = ByteBuffer.allocateDirect(1 << 20);
            while (true) {
                connection.socket().write(much.clear());
            }
        }).open(ANY);
        withClient(server, client -> {
            loop.sleep(LIMIT.multipliedBy(2));
            assertEquals(0, server.connections());
            return null;
        });
        assertTold("no byte has moved");
    }

    /** What a peer takes of a file, however slowly, are bytes that move. */
    @Test
    void aSlowReaderOfAFileIsNotIdle(@TempDir Path folder) throws Exception {
        long length = 1 << 25;
        long part = 1 << 21;
        Path path = folder.resolve("zeros");
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.setLength(length);
        }
        Server server = builder().idleTimeout(LIMIT).serve(connection -> {
            try (FileChannel file = FileChannel.open(path)) {
                connection.socket().sendFile(file, 0, length);
            }
        }).open(ANY);
        long received = withClient(server, client -> {
            ByteBuffer buffer = ByteBuffer.allocateDirect((int) part);
            long all = 0;
            long since = 0;
            for (int count = client.read(buffer); count >= 0; count = client.read(buffer.clear())) {
                all += count;
                since += count;
                if (since >= part) {
                    since = 0;
                    loop.sleep(LIMIT.dividedBy(2));
                }
            }
            return all;
        });
        assertEquals(List.of(), told);
        assertEquals(length, received);
    }

    /** The task may be anywhere: it is the connection that is idle. */
    @Test
    void aHandlerThatWaitsForSomethingElse() throws Exception {
        List<Boolean> open = new ArrayList<>();
        Server server = builder().idleTimeout(LIMIT).serve(connection -> {
            loop.sleep(HOUR);
            open.add(connection.socket().isOpen());
        }).open(ANY);
        assertInTime(withClient(server, client -> took(() -> assertReadsEnd(client))));
        assertTold("no byte has moved");
        assertEquals(List.of(false), open);
    }

    /** The clock of the header runs from the accept, whatever trickles in. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aSlowHeader(boolean inTasks) throws Exception {
        Server server = open(builder().headerTimeout(LIMIT).idleTimeout(LIMIT.multipliedBy(3)), inTasks);
        assertInTime(withClient(server, client -> took(() -> {
            try {
                while (true) {
                    loop.sleep(SECOND);
                    exchange(client);
                }
            } catch (IOException | AssertionError closed) {
                return null;
            }
        })));
        assertTold("the header of the request is not complete after PT8S");
    }

    /** It stops at the end of the header, and runs again from the begin of the next request on. */
    @Test
    void theNextHeader() throws Exception {
        Server server = builder().headerTimeout(LIMIT).serve(connection -> {
            ByteBuffer buffer = ByteBuffer.allocate(1);
            for (int request = 0; connection.socket().read(buffer.clear()) >= 0; request++) {
                connection.requestBegins();
                if (request < 2) {
                    connection.requestComplete();
                }
                connection.socket().write(buffer.flip());
            }
        }).open(ANY);
        assertInTime(withClient(server, client -> {
            exchange(client);
            loop.sleep(HOUR);
            exchange(client);
            loop.sleep(HOUR);
            exchange(client); // begins the third, which is never complete
            return took(() -> assertReadsEnd(client));
        }));
        assertTold("the header");
    }

    /** Without a hook a timeout is no news: clients do that all the time. */
    @Test
    void withoutAHook() throws Exception {
        try (LogCapture log = new LogCapture()) {
            Server server = open(Server.builder(loop).idleTimeout(LIMIT), true);
            withClient(server, ServerTimeoutsTest::assertReadsEnd);
            assertEquals(List.of(), log.messages());
        }
    }

    /** One timer looks at all connections, at more of them than one callback does, and rests when there are none. */
    @Test
    void manyConnections() throws Exception {
        int many = 1200;
        Server server = open(builder().idleTimeout(LIMIT), true);
        inTask(() -> {
            try (server) {
                List<StreamSocket> clients = new ArrayList<>();
                for (int i = 0; i < many; i++) {
                    clients.add(StreamSocket.connect(loop, server.localAddress()));
                }
                StreamSocket busy = clients.getFirst();
                for (int i = 0; i < 4; i++) {
                    loop.sleep(LIMIT.dividedBy(2));
                    exchange(busy);
                }
                assertEquals(1, server.connections());
                assertEquals(many - 1, told.size());
                for (StreamSocket client : clients) {
                    client.close();
                }
            }
            return null;
        });
        assertTrue(loop.step(false).done(), "a timer was left behind");
    }
}
