package io.stepoll.examples;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.stepoll.EventLoop;
import io.stepoll.SystemCallFailure;
import io.stepoll.Task;
import io.stepoll.net.Addresses;
import io.stepoll.net.Listener;
import io.stepoll.net.StreamSocket;
import io.stepoll.support.Programs;
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
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Our sockets as clients of foreign programs, and as a web server for curl. */
@Timeout(180)
class ForeignServersTest {
    private static final Duration RETRY = Duration.ofMillis(10);

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

    /** Sends everything while it receives until the end. Ends its output first, or only after the end of the peer. */
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
                loop.sleep(RETRY); // The server has just been started. The limit is that of the test.
            }
        }
    }

    private static void echoes(String address, String... command) throws Exception {
        byte[] content = Interoperation.content();
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
        assumeTrue(Programs.has("python3"), "python3 is not installed");
        String address = Interoperation.address(kind, folder);
        echoes(address, "python3", "-c", PYTHON_ECHO, kind, address.substring(kind.length() + 1));
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"tcp", "unix"})
    void socatAsServer(String kind) throws Exception {
        assumeTrue(Programs.has("socat"), "socat is not installed");
        String address = Interoperation.address(kind, folder);
        String place = kind.equals("tcp") ? "TCP-LISTEN:" + address.split(":")[2] + ",bind=127.0.0.1,reuseaddr"
                : "UNIX-LISTEN:" + address.substring("unix:".length());
        echoes(address, "socat", "-t60", place, "EXEC:cat");
    }

    /**
     * Netcat sends its input and keeps what it receives. If the peer of its Unix socket ends its output first, netcat
     * drops the rest of what it has to send. So the peer here ends its output last.
     */
    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"tcp", "unix"})
    void netcatAsServer(String kind) throws Exception {
        assumeTrue(Programs.hasNetcat(), "there is no nc that ends its output with its input");
        byte[] there = Interoperation.content();
        byte[] back = Interoperation.content();
        Path input = Files.write(folder.resolve("input"), back);
        Path output = folder.resolve("output");
        String address = Interoperation.address(kind, folder);
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

    /** Curl posts a file, and gets the same bytes as the answer. */
    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"tcp", "unix"})
    void curlAsClient(String kind) throws Exception {
        assumeTrue(Programs.has("curl"), "curl is not installed");
        byte[] content = Interoperation.content();
        Path input = Files.write(folder.resolve("input"), content);
        Path output = folder.resolve("output");
        try (EventLoop loop = EventLoop.open();
                Listener listener = Listener.bind(loop, Addresses.parse(kind.equals("tcp") ? "tcp:127.0.0.1:0"
                        : Interoperation.address(kind, folder)))) {
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
        byte[] body = in.readNBytes(Interoperation.BYTES);
        connection.write(ByteBuffer.wrap(("HTTP/1.1 200 OK\r\nContent-Length: " + Interoperation.BYTES + "\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII)));
        connection.write(ByteBuffer.wrap(body));
    }
}
