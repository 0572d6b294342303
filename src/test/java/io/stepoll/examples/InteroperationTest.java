package io.stepoll.examples;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.stepoll.Programs;
import io.stepoll.Seeds;
import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** With programs that are not ours on the other side, where the machine has them: as clients of the examples. */
@Timeout(180)
class InteroperationTest {
    private static final int BYTES = 1_000_000;

    /** Sends standard input while it receives to standard output, and ends its sending in between. */
    private static final String PYTHON_CLIENT = """
            import socket, sys, threading
            kind, place = sys.argv[1], sys.argv[2]
            if kind == 'tcp':
                host, port = place.rsplit(':', 1)
                connection = socket.create_connection((host, int(port)))
            else:
                connection = socket.socket(socket.AF_UNIX)
                connection.connect(place)
            def send():
                connection.sendall(sys.stdin.buffer.read())
                connection.shutdown(socket.SHUT_WR)
            threading.Thread(target=send).start()
            for data in iter(lambda: connection.recv(65536), b''):
                sys.stdout.buffer.write(data)
            """;

    @TempDir
    private Path folder;

    private String address(String kind) throws Exception {
        return kind.equals("tcp") ? ExampleProcess.freeTcpAddress() : "unix:" + folder.resolve("socket");
    }

    private static byte[] content() {
        byte[] content = new byte[BYTES];
        Seeds.random("InteroperationTest").nextBytes(content);
        return content;
    }

    /** Feeds a program with random bytes; they must come back from an echo server of ours by its standard output. */
    private void echoTo(String address, String style, String... command) throws Exception {
        byte[] content = content();
        Path input = Files.write(folder.resolve("input"), content);
        Path output = folder.resolve("output");
        try (ExampleProcess server = ExampleProcess.serve("EchoServer", address, style)) {
            Process client = Programs.start(input, output, command);
            Programs.end(client);
            assertEquals(0, client.exitValue());
            assertArrayEquals(content, Files.readAllBytes(output));
            server.terminate();
        }
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource({"tcp,task", "unix,task", "tcp,callback", "unix,callback"})
    void pythonAsClient(String kind, String style) throws Exception {
        assumeTrue(Programs.has("python3"), "there is no python3");
        String address = address(kind);
        echoTo(address, style, "python3", "-c", PYTHON_CLIENT, kind, address.substring(kind.length() + 1));
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource({"tcp,task", "unix,task", "tcp,callback", "unix,callback"})
    void socatAsClient(String kind, String style) throws Exception {
        assumeTrue(Programs.has("socat"), "there is no socat");
        String address = address(kind);
        echoTo(address, style, "socat", "-t60", "-",
                (kind.equals("tcp") ? "TCP:" : "UNIX-CONNECT:") + address.substring(kind.length() + 1));
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource({"tcp,task", "unix,task", "tcp,callback", "unix,callback"})
    void netcatAsClient(String kind, String style) throws Exception {
        assumeTrue(Programs.hasNetcat(), "there is no nc that ends its output with its input");
        String address = address(kind);
        if (kind.equals("tcp")) {
            String[] place = address.split(":");
            echoTo(address, style, "nc", "-N", place[1], place[2]);
        } else {
            echoTo(address, style, "nc", "-N", "-U", address.substring("unix:".length()));
        }
    }

    /** Python's web server on TCP behind our proxy, which is asked by curl. */
    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"tcp", "unix"})
    void curlToPythonThroughTheProxy(String kind) throws Exception {
        assumeTrue(Programs.has("curl"), "there is no curl");
        assumeTrue(Programs.has("python3"), "there is no python3");
        byte[] content = content();
        Path served = Files.createDirectory(folder.resolve("served"));
        Files.write(served.resolve("file"), content);
        Path output = folder.resolve("output");
        Process web = Programs.start("python3", "-u", "-c", """
                import functools, http.server, sys
                class Quiet(http.server.SimpleHTTPRequestHandler):
                    def log_message(self, *arguments):
                        pass
                handler = functools.partial(Quiet, directory=sys.argv[1])
                with http.server.ThreadingHTTPServer(('127.0.0.1', 0), handler) as server:
                    print(server.server_port)
                    server.serve_forever()
                """, served.toString());
        try (BufferedReader port = web.inputReader()) {
            String address = address(kind);
            try (ExampleProcess proxy = ExampleProcess.serve("Proxy", address, "tcp:127.0.0.1:" + port.readLine())) {
                List<String> curl = new ArrayList<>(List.of("curl", "--silent", "--show-error", "--fail", "--noproxy",
                        "*", "--output", output.toString()));
                if (kind.equals("unix")) {
                    curl.addAll(List.of("--unix-socket", folder.resolve("socket").toString(), "http://localhost/file"));
                } else {
                    curl.add("http://" + address.substring("tcp:".length()) + "/file");
                }
                Process client = Programs.start(curl.toArray(String[]::new));
                Programs.end(client);
                assertEquals(0, client.exitValue());
                assertArrayEquals(content, Files.readAllBytes(output));
                proxy.terminate();
            }
        } finally {
            web.destroy();
            Programs.end(web);
        }
    }
}
