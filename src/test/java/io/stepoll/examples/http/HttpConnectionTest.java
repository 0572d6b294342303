package io.stepoll.examples.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.EventLoop;
import io.stepoll.Task;
import io.stepoll.VirtualClock;
import io.stepoll.net.StreamSocket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Connections in tasks whose handlers take their time, or fail, in virtual time. */
@Timeout(60)
class HttpConnectionTest {
    private static final String GET = "GET /a HTTP/1.1\r\nHost: a\r\n";
    private static final String LAST = "Connection: close\r\n\r\n";
    private static final Content DONE = Content.of("text/plain", "done");
    private static final HttpTimeouts TIMEOUTS = HttpTimeouts.DEFAULT;
    private static final Duration LONG = TIMEOUTS.idle().plus(TIMEOUTS.write()).plus(TIMEOUTS.head());

    /** Serves one client, which sends and reads to the end. Returns the answers. */
    private static String serve(HttpConnection.Handler handler, String... requests) throws Exception {
        try (EventLoop loop = EventLoop.builder().clock(VirtualClock.create()).open()) {
            HttpLoop http = new HttpLoop(loop);
            StreamSocket[] ends = StreamSocket.pair(loop);
            Task<Void> server = loop.spawn(() -> HttpConnection.serve(http, ends[0], handler));
            Task<String> client = loop.spawn(() -> {
                try (StreamSocket socket = ends[1]) {
                    for (String request : requests) {
                        loop.sleep(TIMEOUTS.head().dividedBy(2));
                        socket.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.ISO_8859_1)));
                    }
                    return new String(socket.descriptor().inputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
                }
            });
            loop.spawn(() -> {
                awaitEnd(client);
                awaitEnd(server);
                loop.stop();
            });
            loop.run();
            String answers = client.join();
            try {
                server.join();
            } catch (ExecutionException e) {
                throw new ServerFailed(answers, e.getCause());
            }
            return answers;
        }
    }

    private static void awaitEnd(Task<?> task) throws InterruptedException {
        try {
            task.join();
        } catch (ExecutionException e) {
            // Joined again by the test.
        }
    }

    /** What the server's task has thrown, and what the client has got. */
    private static final class ServerFailed extends Exception {
        private static final long serialVersionUID = 1;

        ServerFailed(String answers, Throwable cause) {
            super(answers, cause);
        }
    }

    /** The limits are for what the client does. */
    @Test
    void aHandlerMayTakeItsTime() throws Exception {
        String answers = serve(connection -> {
            pause(connection);
            connection.respond(DONE);
        }, GET + "\r\n" + GET + LAST);
        assertEquals(2, answers.split("\r\n\r\ndone", -1).length - 1, answers);
    }

    @Test
    void eventsMayBeRare() throws Exception {
        String answers = serve(connection -> {
            EventStream events = EventStream.begin(connection);
            for (int i = 0; i < 3; i++) {
                events.send("tick", "x");
                events.flush();
                pause(connection);
            }
            events.end();
        }, GET + "\r\n");
        assertEquals(3, answers.split("data: x", -1).length - 1, answers);
        assertTrue(answers.endsWith("\r\n0\r\n\r\n"), answers);
    }

    private static void pause(HttpConnection connection) throws IOException {
        try {
            connection.loop().sleep(LONG);
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    /** The client is answered, and whoever has started the task gets the exception. */
    @Test
    void aHandlerThatFailsIsAnswered500() throws Exception {
        IllegalStateException thrown = new IllegalStateException("of the handler");
        ServerFailed failed = assertThrows(ServerFailed.class, () -> serve(connection -> {
            throw thrown;
        }, GET + "\r\n"));
        assertSame(thrown, failed.getCause());
        String answer = failed.getMessage();
        assertTrue(answer.startsWith("HTTP/1.1 500 "), answer);
        assertTrue(answer.contains("Connection: close"), answer);
    }

    /** A body that turns out to be faulty has its answer before events begin. */
    @Test
    void aFaultyBodyIsAnsweredOnce() throws Exception {
        String answers = serve(connection -> {
            EventStream events = EventStream.begin(connection);
            events.send("tick", "x");
            events.end();
        }, GET + "Transfer-Encoding: chunked\r\n\r\n", "x\r\n");
        assertTrue(answers.startsWith("HTTP/1.1 400 "), answers);
        assertEquals(1, answers.split("HTTP/1.1", -1).length - 1, answers);
    }

    /** What a handler refuses behind the begin of its answer ends the connection, and is no second answer. */
    @Test
    void aRefusalBehindTheBeginOfAnAnswerIsNoAnswer() throws Exception {
        String answers = serve(connection -> {
            EventStream events = EventStream.begin(connection);
            events.send("tick", "x");
            throw new HttpException(404, "too late");
        }, GET + "\r\n" + GET + LAST);
        assertEquals(1, answers.split("HTTP/1.1", -1).length - 1, answers);
        assertTrue(answers.endsWith("data: x\n\n\r\n"), answers);
    }
}
