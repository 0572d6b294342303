package io.stepoll.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.examples.http.HttpCases;
import io.stepoll.examples.http.HttpLimits;
import io.stepoll.support.Seeds;
import java.nio.charset.StandardCharsets;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs the HTTP server as a user does, in each of its two styles. */
@ParameterizedClass(name = "{0}")
@ValueSource(strings = {"task", "callback"})
@Timeout(180)
class HttpServerTest {
    private static final String GET = "GET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n";
    private static final String HELLO = "Hello, World!";
    private static final int PIPELINED = 10_000;

    private static String address;
    private static ExampleProcess server;

    private final String style;

    HttpServerTest(String style) {
        this.style = style;
    }

    @BeforeParameterizedClassInvocation
    static void start(String style) throws Exception {
        address = ExampleProcess.freeTcpAddress();
        server = ExampleProcess.serve("HttpServer", address, style, "2");
    }

    /** SIGTERM ends it at once although a client is between two requests. */
    @AfterParameterizedClassInvocation
    static void end() throws Exception {
        try (ExampleProcess ended = server; HttpPeer idle = connect()) {
            assertEquals(HELLO, idle.send(GET).answer().body());
            ended.terminate();
            assertEquals("", idle.rest());
        }
    }

    private static HttpPeer connect() throws Exception {
        return new HttpPeer(address);
    }

    private static String request(String line, String fields, String body) {
        return line + " HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n" + body;
    }

    private static HttpPeer.Answer ask(String request) throws Exception {
        try (HttpPeer peer = connect()) {
            HttpPeer.Answer answer = peer.send(request).answer(request.substring(0, request.indexOf(' ')));
            peer.endOutput();
            assertEquals("", peer.rest());
            return answer;
        }
    }

    @Test
    void pages() throws Exception {
        HttpPeer.Answer plaintext = ask(GET);
        assertEquals(200, plaintext.status());
        assertEquals(HELLO, plaintext.body());
        assertEquals("text/plain", plaintext.field("content-type"));
        assertNull(plaintext.field("connection"));
        ZonedDateTime.parse(plaintext.field("date"), DateTimeFormatter.RFC_1123_DATE_TIME);
        HttpPeer.Answer json = ask(request("GET /json?a=b", "", ""));
        assertEquals("application/json", json.field("content-type"));
        assertEquals("{\"message\":\"Hello, World!\"}", json.body());
        assertEquals(404, ask(request("GET /", "", "")).status());
        assertEquals(404, ask(request("GET /plaintext/", "", "")).status());
        assertEquals(404, ask(request("POST /nowhere", "Content-Length: 2\r\n", "ab")).status());
    }

    @Test
    void methods() throws Exception {
        HttpPeer.Answer head = ask(request("HEAD /plaintext", "", ""));
        assertEquals("13", head.field("content-length"));
        assertEquals(404, ask(request("HEAD /nowhere", "", "")).status());
        for (String method : new String[] {"POST", "PUT", "DELETE", "PATCH", "TRACE"}) {
            HttpPeer.Answer answer = ask(request(method + " /plaintext", "", ""));
            assertEquals(405, answer.status());
            assertEquals("GET, HEAD, OPTIONS", answer.field("allow"));
        }
        HttpPeer.Answer echo = ask(request("GET /echo", "", ""));
        assertEquals(405, echo.status());
        assertEquals("POST, OPTIONS", echo.field("allow"));
        assertEquals(501, ask(request("BREW /plaintext", "", "")).status());
        assertEquals(501, ask(request("get /plaintext", "", "")).status());
        assertEquals(501, ask(request("CONNECT a:1", "", "")).status());
        assertEquals("GET, HEAD, POST, OPTIONS", ask(request("OPTIONS *", "", "")).field("allow"));
        assertEquals("POST, OPTIONS", ask(request("OPTIONS /echo", "", "")).field("allow"));
    }

    /** Each is answered by its error, and nothing that comes behind it is. */
    @Test
    void malformedRequestsAreRefusedAndNothingBehindThemIsServed() throws Exception {
        for (HttpCases.Case malformed : HttpCases.malformed()) {
            try (HttpPeer peer = connect()) {
                HttpPeer.Answer answer = peer.send(GET + malformed.request() + GET).answer();
                assertEquals(HELLO, answer.body(), malformed::what);
                answer = peer.answer();
                assertEquals(malformed.status(), answer.status(), malformed::what);
                assertEquals("close", answer.field("connection"), malformed::what);
                assertEquals("", peer.rest(), malformed::what);
            }
        }
    }

    /** The whole request at once, and in pieces. */
    @Test
    void wellFormedRequestsAreServed() throws Exception {
        SplittableRandom random = Seeds.random("HttpServerTest");
        for (HttpCases.Served served : HttpCases.wellFormed()) {
            isServed(served, served.request().length());
            isServed(served, 1 + random.nextInt(served.request().length()));
        }
    }

    private void isServed(HttpCases.Served served, int first) throws Exception {
        try (HttpPeer peer = connect()) {
            peer.send(served.request().substring(0, first)).send(served.request().substring(first));
            for (String line : served.transcript().split("(?<=')\n")) {
                String method = line.substring(0, line.indexOf(' '));
                String path = line.substring(line.indexOf('/') < 0 ? 0 : line.indexOf('/')).split(" ")[0];
                HttpPeer.Answer answer = peer.answer(method);
                boolean isPage = path.equals("/plaintext") && (method.equals("GET") || method.equals("HEAD"))
                        || path.equals("/echo") && method.equals("POST") || method.equals("OPTIONS");
                assertEquals(method.matches("UNKNOWN|CONNECT") ? 501 : isPage ? 200 : 404, answer.status(),
                        served::what);
                if (method.equals("POST") && isPage) {
                    assertEquals(line.substring(line.indexOf('\'') + 1, line.length() - 1), answer.body(),
                            served::what);
                }
            }
            peer.endOutput();
            assertEquals("", peer.rest(), served::what);
        }
    }

    @Test
    void connectionsAreKept() throws Exception {
        try (HttpPeer peer = connect()) {
            assertEquals(HELLO, peer.send(GET).answer().body());
            assertEquals(404, peer.send(request("POST /nowhere", "Content-Length: 3\r\n", "abc")).answer().status());
            assertEquals(405, peer.send(request("POST /plaintext", "Transfer-Encoding: chunked\r\n",
                    "3\r\nabc\r\n0\r\n\r\n")).answer().status());
            peer.send("GET /plaintext HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
            assertEquals("keep-alive", peer.answer().field("connection"));
            HttpPeer.Answer last = peer.send(request("GET /plaintext", "Connection: close\r\n", "")).answer();
            assertEquals(HELLO, last.body());
            assertEquals("close", last.field("connection"));
            assertEquals("", peer.rest());
        }
        try (HttpPeer peer = connect()) {
            HttpPeer.Answer last = peer.send("GET /plaintext HTTP/1.0\r\n\r\n").answer();
            assertEquals(HELLO, last.body());
            assertEquals("", peer.rest());
        }
    }

    /** More answers than sockets and buffers take: a client that sends before it reads. */
    @Test
    void manyRequestsAtOnce() throws Exception {
        try (HttpPeer peer = connect()) {
            Thread sender = Thread.ofVirtual().start(() -> {
                try {
                    peer.send(GET.repeat(PIPELINED));
                } catch (Exception e) {
                    throw new AssertionError(e);
                }
            });
            for (int i = 0; i < PIPELINED; i++) {
                assertEquals(HELLO, peer.answer().body());
            }
            sender.join();
        }
    }

    @Test
    void bodies() throws Exception {
        SplittableRandom random = Seeds.random("HttpServerTest");
        byte[] bytes = new byte[(int) HttpLimits.DEFAULT.bodyBytes()];
        random.nextBytes(bytes);
        String body = new String(bytes, StandardCharsets.ISO_8859_1);
        try (HttpPeer peer = connect()) {
            HttpPeer.Answer answer =
                    peer.send(request("POST /echo", "Content-Length: " + body.length() + "\r\n", body)).answer();
            assertEquals(body, answer.body());
            StringBuilder chunks = new StringBuilder();
            for (int at = 0; at < body.length();) {
                int length = Math.min(body.length() - at, 1 + random.nextInt(50_000));
                chunks.append(Integer.toHexString(length)).append(";a=b\r\n").append(body, at, at + length)
                        .append("\r\n");
                at += length;
            }
            answer = peer.send(request("POST /echo", "Transfer-Encoding: chunked\r\n", chunks + "0\r\nA: b\r\n\r\n"))
                    .answer();
            assertEquals("chunked", answer.field("transfer-encoding"));
            assertEquals(body, answer.body());
            assertEquals("", peer.send(request("POST /echo", "", "")).answer().body());
            assertEquals(HELLO, peer.send(GET).answer().body());
        }
    }

    @Test
    void aClientIsAskedForItsBody() throws Exception {
        try (HttpPeer peer = connect()) {
            peer.send(request("POST /echo", "Expect: 100-continue\r\nContent-Length: 3\r\n", ""));
            assertEquals(100, peer.head().status());
            assertEquals("abc", peer.send("abc").answer().body());
            peer.send(request("POST /plaintext", "Expect: 100-continue\r\nContent-Length: 3\r\n", ""));
            HttpPeer.Answer refused = peer.answer();
            assertEquals(405, refused.status());
            assertEquals("close", refused.field("connection"));
            assertEquals("", peer.rest());
        }
        try (HttpPeer peer = connect()) {
            long tooLong = HttpLimits.DEFAULT.bodyBytes() + 1;
            peer.send(request("POST /echo", "Expect: 100-continue\r\nContent-Length: " + tooLong + "\r\n", ""));
            assertEquals(413, peer.answer().status());
            assertEquals("", peer.rest());
        }
    }

    /** A client that sends on after its refusal gets the refusal, and no reset before. */
    @Test
    void aRefusalIsNotLostBehindWhatIsStillSent() throws Exception {
        String body = "a".repeat(200_000);
        try (HttpPeer peer = connect()) {
            peer.send(request("POST /echo", "Content-Length: 99999999\r\n", body)).send(body);
            assertEquals(413, peer.answer().status());
            assertEquals("", peer.rest());
        }
    }

    /** A client that sends on although it has asked for the end gets the last answer, and no reset. */
    @Test
    void theLastAnswerIsNotLostBehindWhatIsStillSent() throws Exception {
        try (HttpPeer peer = connect()) {
            peer.send(request("GET /plaintext", "Connection: close\r\n", "") + GET.repeat(PIPELINED / 2));
            assertEquals(HELLO, peer.answer().body());
            assertEquals("", peer.rest());
        }
    }

    /** What a client sends into a tunnel that it has not got is no request. */
    @Test
    void nothingIsServedBehindConnect() throws Exception {
        try (HttpPeer peer = connect()) {
            HttpPeer.Answer refused = peer.send(request("CONNECT a:1", "", "") + GET).answer();
            assertEquals(501, refused.status());
            assertEquals("close", refused.field("connection"));
            assertEquals("", peer.rest());
        }
    }

    @Test
    void eventsCount() throws Exception {
        try (HttpPeer peer = connect()) {
            HttpPeer.Answer head = peer.send(request("GET /events", "Accept: text/event-stream\r\n", "")).head();
            assertEquals("text/event-stream", head.field("content-type"));
            assertEquals("chunked", head.field("transfer-encoding"));
            for (int i = 1; i <= 3; i++) {
                assertEquals("id: " + i + "\ndata: " + i + "\n\n", peer.chunk());
            }
            assertEquals(HELLO, ask(GET).body());
        }
        try (HttpPeer peer = connect()) {
            HttpPeer.Answer head = peer.send("GET /events HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").head();
            assertNull(head.field("transfer-encoding"));
            assertEquals("close", head.field("connection"));
            StringBuilder events = new StringBuilder();
            while (events.length() < "id: 1\ndata: 1\n\nid: 2".length()) {
                events.append(peer.character());
            }
            assertTrue(events.toString().startsWith("id: 1\ndata: 1\n\nid: 2"), events::toString);
        }
        assertNotNull(ask(request("HEAD /events", "", "")).field("transfer-encoding"));
    }

    /** The least server that the library's classes and the copied ones make. */
    @Test
    void hello() throws Exception {
        String place = ExampleProcess.freeTcpAddress();
        try (ExampleProcess least = ExampleProcess.serve("HelloHttp", place); HttpPeer peer = new HttpPeer(place)) {
            assertEquals(HELLO, peer.send(request("GET /", "", "")).answer().body());
            assertEquals(HELLO, peer.send(request("POST /a", "Content-Length: 3\r\n", "abc")).answer().body());
            assertEquals("", peer.send(request("HEAD /", "", "")).answer("HEAD").body());
            assertEquals(400, peer.send("GET / HTTP/1.1\r\n\r\n").answer().status());
            assertEquals("", peer.rest());
            least.terminate();
        }
    }

    /** SIGTERM while events go on and a request is under way: both come to their end. */
    @Test
    void aTerminationEndsWhatIsUnderWay() throws Exception {
        String place = ExampleProcess.freeTcpAddress();
        try (ExampleProcess other = ExampleProcess.serve("HttpServer", place, style);
                HttpPeer events = new HttpPeer(place); HttpPeer within = new HttpPeer(place)) {
            events.send(request("GET /events", "", "")).head();
            assertEquals("id: 1\ndata: 1\n\n", events.chunk());
            within.send(request("POST /echo", "Expect: 100-continue\r\nContent-Length: 3\r\n", ""));
            assertEquals(100, within.head().status());
            other.sendTerm();
            String chunk = events.chunk();
            while (!chunk.isEmpty()) {
                chunk = events.chunk();
            }
            HttpPeer.Answer last = within.send("abc").answer();
            assertEquals("abc", last.body());
            assertEquals("", within.rest());
            assertEquals(0, other.awaitEnd());
            assertEquals("", other.errors());
        }
    }
}
