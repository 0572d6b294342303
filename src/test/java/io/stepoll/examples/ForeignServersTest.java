package io.stepoll.examples;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.stepoll.EventLoop;
import io.stepoll.Programs;
import io.stepoll.Seeds;
import io.stepoll.SystemCallFailure;
import io.stepoll.Task;
import io.stepoll.net.Addresses;
import io.stepoll.net.Listener;
import io.stepoll.net.StreamSocket;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sockets of ours as clients of programs that are not ours, and as a web server that curl asks. */
@Timeout(180)
class ForeignServersTest {
    private static final int BYTES = 1_000_000;
    private static final long RETRY_NANOS = 10_000_000;

    private static final String PYTHON_ECHO = """
            import socket, sys
            kind, place = sys.argv[1], sys.argv[2]
            listener = socket.socket(socket.AF_INET if kind == 'tcp' else socket.AF_UNIX)
            listener.bind(('127.0.0.1', int(place.rsplit(':', 1)[1])) if kind == 'tcp' else place)
            listener.listen()
            connection = listener.accept()[0]
            for data in iter(lambda: connection.recv(65536), b''):
                connection.sendall(data)
            """;

    @TempDir
    private Path folder;

    private String address(String kind) throws Exception {
        return kind.equals("tcp") ? ExampleProcess.freeTcpAddress() : "unix:" + folder.resolve("socket");
    }

    private static byte[] content() {
        byte[] content = new byte[BYTES];
        Seeds.random("ForeignServersTest").nextBytes(content);
        return content;
    }

    /** Sends everything, and its end, while it receives until the other end; or its own end only after that. */
    private static byte[] exchange(String text, byte[] content, boolean endsFirst) throws Exception {
        SocketAddress address = Addresses.parse(text);
        try (EventLoop loop = EventLoop.open()) {
            Task<byte[]> client = loop.spawn(() -> {
                try (StreamSocket socket = connectOnceItListens(loop, address)) {
                    Task<Void> sender = loop.spawn(() -> {
                        socket.write(ByteBuffer.wrap(content));
                        if (endsFirst) {
                            socket.shutdownOutput();
                        }
                    });
                    byte[] received = Channels.newInputStream(socket).readAllBytes();
                    sender.join();
                    if (!endsFirst) {
                        socket.shutdownOutput();
                    }
                    return received;
                }
            });
            loop.runUntilDone();
            return client.join();
        }
    }

    private static StreamSocket connectOnceItListens(EventLoop loop, SocketAddress address) throws Exception {
        while (true) {
            try {
                return StreamSocket.connect(loop, address);
            } catch (ConnectException e) {
                assertTrue(e instanceof SystemCallFailure);
                loop.sleep(RETRY_NANOS); // it has just been started; the test's limit is this one's
            }
        }
    }

    private static void echoes(String address, String... command) throws Exception {
        byte[] content = content();
        Process server = Programs.start(command);
        try {
            assertArrayEquals(content, exchange(address, content, true));
        } finally {
            Programs.end(server);
        }
        assertEquals(0, server.exitValue());
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"tcp", "unix"})
    void pythonAsServer(String kind) throws Exception {
        assumeTrue(Programs.has("python3"), "there is no python3");
        String address = address(kind);
        echoes(address, "python3", "-c", PYTHON_ECHO, kind, address.substring(kind.length() + 1));
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"tcp", "unix"})
    void socatAsServer(String kind) throws Exception {
        assumeTrue(Programs.has("socat"), "there is no socat");
        String address = address(kind);
        String place = kind.equals("tcp") ? "TCP-LISTEN:" + address.split(":")[2] + ",bind=127.0.0.1,reuseaddr"
                : "UNIX-LISTEN:" + address.substring("unix:".length());
        echoes(address, "socat", "-t60", place, "EXEC:cat");
    }

    /**
     * It sends what it is given and keeps what it gets. On a Unix socket it drops the rest of what it has to send when
     * the other end comes first, whoever that is: so it does not.
     */
    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"tcp", "unix"})
    void netcatAsServer(String kind) throws Exception {
        assumeTrue(Programs.hasNetcat(), "there is no nc that ends its output with its input");
        byte[] there = content();
        byte[] back = content();
        Path input = Files.write(folder.resolve("input"), back);
        Path output = folder.resolve("output");
        String address = address(kind);
        String[] place = address.split(":");
        Process server = kind.equals("tcp") ? Programs.start(input, output, "nc", "-lN", place[1], place[2])
                : Programs.start(input, output, "nc", "-lNU", place[1]);
        try {
            assertArrayEquals(back, exchange(address, there, false));
        } finally {
            Programs.end(server);
        }
        assertEquals(0, server.exitValue());
        assertArrayEquals(there, Files.readAllBytes(output));
    }

    /** It posts a file, and is answered with the same. */
    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"tcp", "unix"})
    void curlAsClient(String kind) throws Exception {
        assumeTrue(Programs.has("curl"), "there is no curl");
        byte[] content = content();
        Path input = Files.write(folder.resolve("input"), content);
        Path output = folder.resolve("output");
        try (EventLoop loop = EventLoop.open();
                Listener listener = Listener.bind(loop, Addresses.parse(kind.equals("tcp") ? "tcp:127.0.0.1:0"
                        : address(kind)))) {
            List<String> curl = new ArrayList<>(List.of("curl", "--silent", "--show-error", "--fail", "--noproxy", "*",
                    "--header", "Expect:", "--data-binary", "@" + input, "--output", output.toString()));
            if (kind.equals("unix")) {
                curl.addAll(List.of("--unix-socket", folder.resolve("socket").toString(), "http://localhost/"));
            } else {
                curl.add("http://127.0.0.1:" + ((InetSocketAddress) listener.localAddress()).getPort() + "/");
            }
            Task<Void> server = loop.spawn(() -> {
                try (StreamSocket connection = listener.accept()) {
                    answer(connection);
                }
            });
            Process client = Programs.start(curl.toArray(String[]::new));
            try {
                loop.runUntilDone();
                server.join();
            } finally {
                Programs.end(client);
            }
            assertEquals(0, client.exitValue());
            assertArrayEquals(content, Files.readAllBytes(output));
        }
    }

    private static void answer(StreamSocket connection) throws IOException {
        InputStream in = Channels.newInputStream(connection);
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            head.append((char) in.read());
        }
        assertTrue(head.toString().startsWith("POST / HTTP/1.1\r\n"), head::toString);
        byte[] body = in.readNBytes(BYTES);
        connection.write(ByteBuffer.wrap(("HTTP/1.1 200 OK\r\nContent-Length: " + BYTES + "\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII)));
        connection.write(ByteBuffer.wrap(body));
    }
}
