package io.stepoll.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.stepoll.support.Looks;
import io.stepoll.support.Programs;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.ConnectException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** The HTTP server with programs of others: curl, ab, wrk, h2load and HAProxy. */
@ParameterizedClass(name = "{0}")
@ValueSource(strings = {"task", "callback"})
@Timeout(180)
class HttpToolsTest {
    private static final int REQUESTS = Integer.getInteger("stepoll.http.requests", 2000);
    private static final int CLIENTS = 4;
    private static final int RESTARTS = 2;
    private static final int ANSWERS_BETWEEN = 200;
    private static final String HELLO = "Hello, World!";
    private static final String GET = "GET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n";

    private static String address;
    private static ExampleProcess server;

    @TempDir
    private Path folder;
    private final String style;

    HttpToolsTest(String style) {
        this.style = style;
    }

    @BeforeParameterizedClassInvocation
    static void start(String style) throws Exception {
        address = ExampleProcess.freeTcpAddress();
        server = ExampleProcess.serve("HttpServer", address, style);
    }

    @AfterParameterizedClassInvocation
    static void end() throws Exception {
        try (ExampleProcess ended = server) {
            ended.terminate();
        }
    }

    private static String bare(String address) {
        return address.substring("tcp:".length());
    }

    private static String url(String path) {
        return "http://" + bare(address) + path;
    }

    /** Runs a program that has to succeed. Returns what it prints. */
    private static String run(String... command) throws Exception {
        Process process = Programs.start(command);
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        Programs.end(process);
        assertEquals(0, process.exitValue(), () -> String.join(" ", command) + ": " + output);
        return output;
    }

    private static String curl(String... options) throws Exception {
        List<String> command = new ArrayList<>(List.of("curl", "--silent", "--show-error", "--noproxy", "*"));
        command.addAll(List.of(options));
        return run(command.toArray(String[]::new));
    }

    @Test
    void curl() throws Exception {
        assumeTrue(Programs.has("curl"), "curl is not installed");
        assertEquals(HELLO, curl(url("/plaintext")));
        assertEquals(HELLO, curl("--http1.0", url("/plaintext")));
        assertEquals(HELLO + "1" + HELLO + "0", curl("--write-out", "%{num_connects}", url("/plaintext"),
                url("/plaintext")));
        assertTrue(curl("--head", url("/json")).contains("Content-Length: 27\r\n"));
        Path body = Files.write(folder.resolve("body"), Interoperation.content());
        Path echo = folder.resolve("echo");
        for (String field : List.of("Expect: 100-continue", "Transfer-Encoding: chunked", "Expect:")) {
            curl("--header", field, "--data-binary", "@" + body, "--output", echo.toString(), url("/echo"));
            assertEquals(-1, Files.mismatch(body, echo), field);
        }
        assertEquals("404", status(url("/nowhere")));
        assertEquals("405", status("-X", "PUT", url("/echo")));
        assertEquals("501", status("-X", "BREW", url("/json")));
        assertEquals("400", status("--header", "Host: a b", url("/json")));
    }

    private static String status(String... options) throws Exception {
        List<String> all = new ArrayList<>(List.of("--output", "/dev/null", "--write-out", "%{http_code}"));
        all.addAll(List.of(options));
        return curl(all.toArray(String[]::new));
    }

    @Test
    void curlOnEvents() throws Exception {
        assumeTrue(Programs.has("curl"), "curl is not installed");
        Process curl = Programs.start("curl", "--silent", "--no-buffer", "--noproxy", "*", url("/events"));
        try (BufferedReader lines = curl.inputReader()) {
            for (int i = 1; i <= 2; i++) {
                assertEquals("id: " + i, lines.readLine());
                assertEquals("data: " + i, lines.readLine());
                assertEquals("", lines.readLine());
            }
        } finally {
            curl.destroy();
            Programs.end(curl);
        }
    }

    @Test
    void ab() throws Exception {
        assumeTrue(Programs.has("ab"), "ab is not installed");
        String kept = run("ab", "-q", "-k", "-n", Integer.toString(REQUESTS), "-c", "20", url("/plaintext"));
        assertTrue(kept.matches("(?s).*Complete requests: +" + REQUESTS + "\n.*Failed requests: +0\n"
                + ".*Keep-Alive requests: +" + REQUESTS + "\n.*"), kept);
        String closed = run("ab", "-q", "-n", "200", "-c", "10", url("/json"));
        assertTrue(closed.matches("(?s).*Complete requests: +200\n.*Failed requests: +0\n.*"), closed);
        assertFalse(closed.contains("Non-2xx"), closed);
        Path body = Files.write(folder.resolve("body"), new byte[10_000]);
        String posted = run("ab", "-q", "-k", "-n", "200", "-c", "10", "-p", body.toString(), url("/echo"));
        assertTrue(posted.matches("(?s).*Complete requests: +200\n.*Failed requests: +0\n.*"), posted);
        assertFalse(posted.contains("Non-2xx"), posted);
    }

    @Test
    void wrk() throws Exception {
        assumeTrue(Programs.has("wrk"), "wrk is not installed");
        String script = Files.writeString(folder.resolve("pipeline.lua"), """
                init = function(args)
                   local r = {}
                   for i = 1, 16 do r[i] = wrk.format(nil, "/plaintext") end
                   req = table.concat(r)
                end
                request = function() return req end
                """).toString();
        for (String[] options : new String[][] {{"-t1", "-c20"}, {"-t1", "-c20", "-s", script}}) {
            List<String> command = new ArrayList<>(List.of("wrk", "-d1s", "--timeout", "60s"));
            command.addAll(List.of(options));
            command.add(url("/plaintext"));
            String output = run(command.toArray(String[]::new));
            assertTrue(output.matches("(?s).*\\s[1-9]\\d* requests in .*"), output);
            assertFalse(output.contains("Non-2xx") || output.contains("Socket errors"), output);
        }
    }

    @Test
    void h2load() throws Exception {
        assumeTrue(Programs.has("h2load"), "h2load is not installed");
        String output = run("h2load", "--h1", "-n", Integer.toString(REQUESTS), "-c", "20", "-m", "8",
                url("/plaintext"));
        assertTrue(output.contains(REQUESTS + " succeeded, 0 failed, 0 errored, 0 timeout"), output);
    }

    /** Restarts the server behind a proxy that checks its health. The next process takes over. No request fails. */
    @Test
    void restartsBehindHaproxy() throws Exception {
        assumeTrue(Programs.has("haproxy"), "haproxy is not installed");
        String front = ExampleProcess.freeTcpAddress();
        String statistics = ExampleProcess.freeTcpAddress();
        String back = ExampleProcess.freeTcpAddress();
        Path configuration = Files.writeString(folder.resolve("haproxy.cfg"), """
                defaults
                    mode http
                    timeout connect 10s
                    timeout client 60s
                    timeout server 60s
                    timeout check 10s
                    retries 5
                    retry-on conn-failure empty-response
                frontend front
                    bind %s
                    default_backend servers
                frontend statistics
                    bind %s
                    stats enable
                    stats uri /
                backend servers
                    option httpchk GET /plaintext
                    http-check expect string Hello
                    server one %s check inter 50ms
                """.formatted(bare(front), bare(statistics), bare(back)));
        String place = "unix:" + folder.resolve("meet");
        ExampleProcess current = ExampleProcess.serve("HttpServer", back, style, "2", place);
        Process haproxy = Programs.start("haproxy", "-db", "-q", "-f", configuration.toString());
        AtomicInteger answers = new AtomicInteger();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Looks.until(() -> isUp(haproxy, statistics));
            List<Future<?>> clients = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                clients.add(threads.submit(() -> ask(front, answers)));
            }
            try {
                for (int i = 0; i < RESTARTS; i++) {
                    await(clients, answers, ANSWERS_BETWEEN);
                    ExampleProcess next = ExampleProcess.serve("HttpServer", back, style, "2", place);
                    try (ExampleProcess former = current) {
                        current = next;
                        assertEquals(0, former.awaitEnd());
                        assertEquals("", former.errors());
                    }
                }
                await(clients, answers, ANSWERS_BETWEEN);
                Looks.until(() -> isUp(haproxy, statistics)); // a check of a moment ago may have had no answer in time
            } finally {
                answers.set(Integer.MIN_VALUE);
            }
            for (Future<?> client : clients) {
                client.get();
            }
        } finally {
            haproxy.destroy();
            Programs.end(haproxy);
            current.close();
        }
    }

    /** Asks on one connection after the other until the count is negative. */
    private static Void ask(String front, AtomicInteger answers) throws IOException {
        while (answers.get() >= 0) {
            try (HttpPeer peer = new HttpPeer(front)) {
                for (int i = 0; i < 10; i++) {
                    assertEquals(HELLO, peer.send(GET).answer().body());
                    answers.updateAndGet(count -> count < 0 ? count : count + 1);
                }
            }
        }
        return null;
    }

    private static void await(List<Future<?>> clients, AtomicInteger answers, int more) throws Exception {
        int enough = answers.get() + more;
        Looks.until(() -> {
            for (Future<?> client : clients) {
                if (client.isDone()) {
                    client.get(); // throws its failure
                }
            }
            return answers.get() >= enough;
        });
    }

    /** Whether the check of the server has succeeded, as the proxy's own page says. */
    private static boolean isUp(Process haproxy, String statistics) throws IOException {
        assertTrue(haproxy.isAlive(), "haproxy has ended");
        try (HttpPeer peer = new HttpPeer(statistics)) {
            String page = peer.send("GET /;csv HTTP/1.0\r\n\r\n").answer().body();
            return page.lines().anyMatch(line -> line.startsWith("servers,one,") && line.contains(",UP,")
                    && line.contains(",L7OK,"));
        } catch (ConnectException notYet) {
            return false;
        }
    }
}
