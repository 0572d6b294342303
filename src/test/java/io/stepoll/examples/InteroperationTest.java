package io.stepoll.examples;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.stepoll.support.Programs;
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

/** Foreign programs, where the machine has them, as clients of the examples. */
@Timeout(180)
class InteroperationTest {
    /** Sends standard input, then ends its output. Meanwhile it prints what it receives. */
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

    /** Gives random bytes to a program, which has to print what our echo server sends back: the same bytes. */
    private void echoTo(String address, String style, String... command) throws Exception {
        byte[] content = Interoperation.content();
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
        assumeTrue(Programs.has("python3"), "python3 is not installed");
        String address = Interoperation.address(kind, folder);
        echoTo(address, style, "python3", "-c", PYTHON_CLIENT, kind, address.substring(kind.length() + 1));
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource({"tcp,task", "unix,task", "tcp,callback", "unix,callback"})
    void socatAsClient(String kind, String style) throws Exception {
        assumeTrue(Programs.has("socat"), "socat is not installed");
        String address = Interoperation.address(kind, folder);
        echoTo(address, style, "socat", "-t60", "-",
                (kind.equals("tcp") ? "TCP:" : "UNIX-CONNECT:") + address.substring(kind.length() + 1));
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource({"tcp,task", "unix,task", "tcp,callback", "unix,callback"})
    void netcatAsClient(String kind, String style) throws Exception {
        assumeTrue(Programs.hasNetcat(), "there is no nc that ends its output with its input");
        String address = Interoperation.address(kind, folder);
        if (kind.equals("tcp")) {
            String[] place = address.split(":");
            echoTo(address, style, "nc", "-N", place[1], place[2]);
        } else {
            echoTo(address, style, "nc", "-N", "-U", address.substring("unix:".length()));
        }
    }

    /** Curl asks Python's web server on TCP through our proxy. */
    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"tcp", "unix"})
    void curlToPythonThroughTheProxy(String kind) throws Exception {
        assumeTrue(Programs.has("curl"), "curl is not installed");
        assumeTrue(Programs.has("python3"), "python3 is not installed");
        byte[] content = Interoperation.content();
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
            String address = Interoperation.address(kind, folder);
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
