package io.stepoll.examples.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.EventLoop;
import io.stepoll.Task;
import io.stepoll.VirtualClock;
import io.stepoll.buffer.BufferedStream;
import io.stepoll.net.Addresses;
import io.stepoll.net.Server;
import io.stepoll.net.ServerBuilder;
import io.stepoll.net.StreamSocket;
import io.stepoll.shutdown.Shutdown;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** Slow clients, in virtual time: the server and its clients are on one loop. */
@ParameterizedClass(name = "{0}")
@ValueSource(strings = {"task", "callback"})
@Timeout(180)
class HttpTimesTest {
    private static final String GET = "GET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n";
    private static final HttpTimeouts TIMEOUTS = HttpTimeouts.DEFAULT;
    private static final int SLOW = Integer.getInteger("stepoll.http.slow", 1000);
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration COARSE = Duration.ofSeconds(2); // how late a deadline of callbacks may be
    private static int addresses;

    private final VirtualClock clock = VirtualClock.create();
    private final String style;
    private Server server;
    private final SocketAddress address = Addresses.parse("unix:@stepoll-http-times-" + ProcessHandle.current().pid()
            + "-" + addresses++);

    HttpTimesTest(String style) {
        this.style = style;
    }

    /** What a client does in a task. */
    private interface Client {
        void run(EventLoop loop) throws Exception;
    }

    private void serve(Client client) throws Exception {
        try (EventLoop loop = EventLoop.builder().clock(clock).open()) {
            ServerBuilder<HttpLoop> builder = Server.builder(loop).perLoopState(HttpLoop::new);
            if (style.equals("task")) {
                builder.serve(connection -> SiteTask.serve(connection.state(), connection.socket()));
            } else {
                builder.handle(connection -> new HttpHandler(connection.state(), connection.socket().descriptor()));
            }
            Task<Void> task = loop.spawn(() -> {
                try {
                    client.run(loop);
                } finally {
                    loop.stop();
                }
            });
            server = builder.open(address);
            loop.run();
            task.join();
        }
    }

    private StreamSocket connect(EventLoop loop) throws IOException {
        return StreamSocket.connect(loop, address);
    }

    private static void send(StreamSocket socket, String text) throws IOException {
        socket.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1)));
    }

    private static String rest(StreamSocket socket) throws IOException {
        return new String(socket.descriptor().inputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    }

    private Duration since(long nanos) {
        return Duration.ofNanos(clock.nanoTime() - nanos);
    }

    private void endsAfter(Duration timeout, long since) {
        Duration took = since(since);
        assertTrue(took.compareTo(timeout) >= 0 && took.compareTo(timeout.plus(COARSE)) <= 0, () -> "after " + took);
    }

    @Test
    void aClientThatSendsNothingIsDropped() throws Exception {
        serve(loop -> {
            try (StreamSocket client = connect(loop)) {
                assertEquals("", rest(client));
                endsAfter(TIMEOUTS.head(), 0);
            }
        });
    }

    @Test
    void anIdleClientIsDropped() throws Exception {
        serve(loop -> {
            try (StreamSocket client = connect(loop)) {
                send(client, GET);
                loop.sleep(TIMEOUTS.idle().dividedBy(2));
                send(client, GET);
                long since = clock.nanoTime();
                String answers = rest(client);
                assertEquals(2, answers.split("Hello, World!", -1).length - 1, answers);
                endsAfter(TIMEOUTS.idle(), since);
            }
        });
    }

    /** A head has a time in all, be it the first one or a later one; a byte a second does not lengthen it. */
    @Test
    void aSlowHeadIsAnswered408() throws Exception {
        serve(loop -> {
            for (String before : List.of("", GET)) {
                try (StreamSocket client = connect(loop)) {
                    send(client, before);
                    loop.sleep(SECOND);
                    long since = clock.nanoTime();
                    loop.spawn(() -> byteByByte(client, GET + GET));
                    String answers = rest(client);
                    assertTrue(answers.contains("HTTP/1.1 408 "), answers);
                    endsAfter(TIMEOUTS.head(), since);
                }
            }
        });
    }

    @Test
    void aSlowBodyIsAnswered408() throws Exception {
        serve(loop -> {
            for (String path : List.of("/echo", "/nowhere")) {
                try (StreamSocket client = connect(loop)) {
                    send(client, "POST " + path + " HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n");
                    long since = clock.nanoTime();
                    loop.spawn(() -> byteByByte(client, "a".repeat(100)));
                    String answers = rest(client);
                    assertTrue(answers.startsWith("HTTP/1.1 408 "), answers);
                    endsAfter(TIMEOUTS.body(), since);
                }
            }
        });
    }

    private static void byteByByte(StreamSocket client, String text) throws InterruptedException {
        try {
            for (int i = 0; i < text.length(); i++) {
                send(client, text.substring(i, i + 1));
                client.loop().sleep(SECOND);
            }
        } catch (IOException e) {
            // The server has ended the connection.
        }
    }

    /** A slow client that comes to its end in time is served. */
    @Test
    void aRequestInPiecesIsServed() throws Exception {
        serve(loop -> {
            try (StreamSocket client = connect(loop)) {
                for (int i = 0; i < 3; i++) {
                    for (String piece : List.of("POST /ec", "ho HTTP/1.1\r\nHost: a\r", "\nContent-Length: 4\r\n\r\na",
                            "b", "cd")) {
                        send(client, piece);
                        loop.sleep(SECOND.multipliedBy(3));
                    }
                }
                client.shutdownOutput();
                String answers = rest(client);
                assertEquals(3, answers.split("\r\n\r\nabcd", -1).length - 1, answers);
            }
        });
    }

    /** Requests without an end by a client that reads nothing. */
    @Test
    void aClientThatDoesNotReadIsDropped() throws Exception {
        serve(loop -> {
            try (StreamSocket client = connect(loop)) {
                Task<Void> sender = loop.spawn(() -> {
                    try {
                        while (true) {
                            send(client, GET);
                        }
                    } catch (IOException e) {
                        // The server has ended the connection.
                    }
                });
                sender.join();
                Duration longest = TIMEOUTS.idle().multipliedBy(2).plus(COARSE);
                assertTrue(since(0).compareTo(TIMEOUTS.write()) >= 0 && since(0).compareTo(longest) <= 0,
                        () -> "after " + since(0));
            }
        });
    }

    /** A connection that is kept alive ends with the answer during which the loop begins to drain. */
    @Test
    void anAnswerThatIsBeingReadEndsInAShutdown() throws Exception {
        serve(loop -> readsAnAnswerWhile(loop, () -> Shutdown.of(loop).start()));
    }

    @Test
    void anAnswerThatIsBeingReadEndsWithTheServer() throws Exception {
        serve(loop -> readsAnAnswerWhile(loop, () -> loop.asTaskExecutor().execute(server::close)));
    }

    /** Events have no end of their own: they end when the server does. */
    @Test
    void eventsEndWithTheServer() throws Exception {
        serve(loop -> {
            try (StreamSocket client = connect(loop)) {
                send(client, "GET /events HTTP/1.1\r\nHost: a\r\n\r\n");
                client.awaitReadable();
                Task<?> closing = loop.spawn(() -> server.close());
                String events = rest(client);
                assertTrue(events.endsWith("\r\n0\r\n\r\n"), events);
                closing.join();
            }
        });
    }

    private void readsAnAnswerWhile(EventLoop loop, Runnable ending) throws Exception {
        String body = "a".repeat(1 << 20);
        try (StreamSocket client = connect(loop)) {
            send(client, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
            client.awaitReadable();
            ending.run();
            loop.sleep(SECOND);
            long since = clock.nanoTime();
            assertTrue(rest(client).endsWith(body));
            assertTrue(since(since).compareTo(COARSE) <= 0, () -> "after " + since(since));
        }
    }

    /** Many clients that send a byte a second. The requests of another one take no time meanwhile. */
    @Test
    void slowClientsHoldNobody() throws Exception {
        serve(loop -> {
            List<StreamSocket> slow = new ArrayList<>();
            for (int i = 0; i < SLOW; i++) {
                StreamSocket client = connect(loop);
                slow.add(client);
                loop.spawn(() -> byteByByte(client, GET + GET));
            }
            try (BufferedStream fast = BufferedStream.over(connect(loop))) {
                while (since(0).compareTo(TIMEOUTS.head().minus(SECOND)) < 0) {
                    long before = clock.nanoTime();
                    for (int i = 0; i < 10; i++) {
                        fast.print(GET);
                        String line = fast.readLine(1000);
                        while (!line.isEmpty()) {
                            line = fast.readLine(1000);
                        }
                        fast.skip("Hello, World!".length());
                    }
                    assertEquals(before, clock.nanoTime());
                    loop.sleep(SECOND);
                }
            }
            for (StreamSocket client : slow) {
                assertTrue(rest(client).startsWith("HTTP/1.1 408 "));
                client.close();
            }
        });
    }
}
