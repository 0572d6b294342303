package io.stepoll.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The dashboard as a program, by a client that is no browser: {@link DashboardBrowserTest} has one. */
@Timeout(60)
class DashboardTest {
    private static final Pattern LINK = Pattern.compile("(?:src|href)=\"([a-z.]+)\"");

    private ExampleProcess dashboard;
    private String page;
    private String echo;

    @BeforeEach
    void start() throws Exception {
        dashboard = ExampleProcess.startWithJars("Dashboard", "tcp:127.0.0.1:0", "2");
        page = address("page at ");
        echo = address("echo at ");
        assertEquals("READY", dashboard.readLine(), dashboard::errors);
    }

    private String address(String begin) throws IOException {
        String line = dashboard.readLine();
        assertTrue(line != null && line.startsWith(begin + "tcp:127.0.0.1:"), () -> line + dashboard.errors());
        return line.substring(begin.length());
    }

    @AfterEach
    void end() throws Exception {
        dashboard.close();
    }

    private HttpPeer.Answer get(String path) throws IOException {
        try (HttpPeer peer = new HttpPeer(page)) {
            return peer.send("GET " + path + " HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n").answer();
        }
    }

    @Test
    void thePageLoadsNothingFromElsewhere() throws Exception {
        HttpPeer.Answer html = get("/");
        assertEquals(200, html.status());
        assertEquals("text/html; charset=utf-8", html.field("content-type"));
        assertTrue(html.field("content-security-policy").startsWith("default-src 'none'; script-src 'self'"));
        Matcher links = LINK.matcher(html.body());
        int found = 0;
        for (; links.find(); found++) {
            assertEquals(200, get("/" + links.group(1)).status(), links::group);
        }
        assertTrue(found >= 4, "the test has found " + found + " files");
        assertEquals(-1, html.body().indexOf("//"), "an address elsewhere");
        assertEquals(404, get("/nothing").status());
        dashboard.sendTerm();
        assertEquals(0, dashboard.awaitEnd(), dashboard::errors); // its watchdog may have told of a busy machine
    }

    @Test
    void theEventsCountWhatTheEchoHasDone() throws Exception {
        try (HttpPeer peer = new HttpPeer(page); HttpPeer client = new HttpPeer(echo)) {
            peer.send("GET /events HTTP/1.1\r\nHost: here\r\n\r\n");
            assertEquals("text/event-stream", peer.head().field("content-type"));
            assertEquals("retry: 1000\n\n", peer.chunk());
            JsonObject hello = data(peer, "hello");
            assertEquals("echo", hello.getAsJsonArray("servers").get(0).getAsString());
            assertEquals(4, hello.getAsJsonArray("loops").size(), hello::toString); // a sum, two of it, and the page's
            data(peer, "lists");
            client.send("x".repeat(1000));
            double bytes = 0;
            while (bytes == 0) {
                JsonObject sample = data(peer, "sample");
                bytes = sample.getAsJsonArray("loops").get(0).getAsJsonObject().get("bytesIn").getAsDouble();
                assertTrue(bytes == 0 || sample.getAsJsonArray("servers").get(0).getAsJsonObject().get("connections")
                        .getAsInt() == 1, sample::toString);
            }
        }
        assertEquals("text/plain; version=0.0.4; charset=utf-8", get("/metrics").field("content-type"));
        assertTrue(get("/metrics").body().lines().anyMatch(line -> line.matches(
                "stepoll_io_bytes_total\\{direction=\"in\",kind=\"tcp\",loop=\"echo-\\d\"} 1000\\.0")));
    }

    private static JsonObject data(HttpPeer peer, String event) throws IOException {
        String chunk = peer.chunk();
        String begin = "event: " + event + "\ndata: ";
        assertTrue(chunk.startsWith(begin) && chunk.endsWith("\n\n"), chunk);
        return JsonParser.parseString(chunk.substring(begin.length())).getAsJsonObject();
    }
}
