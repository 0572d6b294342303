package io.stepoll.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.net.Addresses;
import io.stepoll.support.Looks;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Runs the proxy as a user does, between channels of the JDK. */
@Timeout(180)
class ProxyTest {
    private static final String LONG = "0123456789abcdef".repeat(40_000);

    private static ServerSocketChannel listen(String address) throws IOException {
        SocketAddress parsed = Addresses.parse(address);
        return parsed instanceof InetSocketAddress ? ServerSocketChannel.open().bind(parsed)
                : ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(parsed);
    }

    /** The proxy passes on the end of one direction, and the other one goes on. Either side may end first. */
    private static void halfClose(String address, ServerSocketChannel target) throws Exception {
        try (SocketChannel client = ClientChannels.connect(address); SocketChannel server = target.accept()) {
            ClientChannels.send(client, "question");
            client.shutdownOutput();
            assertEquals("question", ClientChannels.readAll(server));
            ClientChannels.send(server, "answer, after the end of the question");
            server.shutdownOutput();
            assertEquals("answer, after the end of the question", ClientChannels.readAll(client));
        }
        try (SocketChannel client = ClientChannels.connect(address); SocketChannel server = target.accept()) {
            ClientChannels.send(server, "greeting");
            server.shutdownOutput();
            assertEquals("greeting", ClientChannels.readAll(client));
            Thread sender = Thread.ofVirtual().start(() -> {
                try {
                    ClientChannels.send(client, LONG);
                    client.shutdownOutput();
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            assertEquals(LONG, ClientChannels.readAll(server));
            sender.join();
        }
    }

    @Test
    void tcpToUnix(@TempDir Path folder) throws Exception {
        String address = ExampleProcess.freeTcpAddress();
        String target = "unix:" + folder.resolve("target");
        try (ServerSocketChannel listener = listen(target);
                ExampleProcess proxy = ExampleProcess.serve("Proxy", address, target)) {
            halfClose(address, listener);
            proxy.terminate();
        }
    }

    @Test
    void unixToTcp(@TempDir Path folder) throws Exception {
        Path path = folder.resolve("proxy");
        String target = ExampleProcess.freeTcpAddress();
        try (ServerSocketChannel listener = listen(target);
                ExampleProcess proxy = ExampleProcess.serve("Proxy", "unix:" + path, target)) {
            halfClose("unix:" + path, listener);
            proxy.interrupt();
            assertFalse(Files.exists(path), "the file of the socket still exists");
        }
    }

    /** A server answers and closes without reading the question. The client still gets the answer. */
    @Test
    void anEarlyAnswer(@TempDir Path folder) throws Exception {
        Path path = folder.resolve("proxy");
        String target = "unix:" + folder.resolve("target");
        try (ServerSocketChannel listener = listen(target);
                ExampleProcess proxy = ExampleProcess.serve("Proxy", "unix:" + path, target)) {
            for (int i = 0; i < 20; i++) {
                try (SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
                    try (SocketChannel server = listener.accept()) {
                        ClientChannels.send(server, "no");
                        server.shutdownInput(); // from now on a write of the proxy is a broken pipe
                        ClientChannels.send(client, "question");
                    }
                    assertEquals("no", ClientChannels.readAll(client));
                }
            }
            proxy.terminate();
        }
    }

    /** When the client breaks off, the proxy closes the connection to the server, too. */
    @Test
    void aResetByTheClient() throws Exception {
        String address = ExampleProcess.freeTcpAddress();
        String target = ExampleProcess.freeTcpAddress();
        try (ServerSocketChannel listener = listen(target);
                ExampleProcess proxy = ExampleProcess.serve("Proxy", address, target)) {
            SocketChannel client = ClientChannels.connect(address);
            try (SocketChannel server = listener.accept()) {
                client.setOption(StandardSocketOptions.SO_LINGER, 0);
                client.close();
                assertEquals(-1, server.read(ByteBuffer.allocate(1)));
            }
            halfClose(address, listener);
            proxy.terminate();
        }
    }

    /** When the server breaks off, before or after the client has ended its output, the client gets an end. */
    @Test
    void aResetByTheServer() throws Exception {
        String address = ExampleProcess.freeTcpAddress();
        String target = ExampleProcess.freeTcpAddress();
        try (ServerSocketChannel listener = listen(target);
                ExampleProcess proxy = ExampleProcess.serve("Proxy", address, target)) {
            for (boolean afterTheEnd : new boolean[] {false, true}) {
                try (SocketChannel client = ClientChannels.connect(address)) {
                    SocketChannel server = listener.accept();
                    ClientChannels.send(client, "question");
                    if (afterTheEnd) {
                        client.shutdownOutput();
                        assertEquals("question", ClientChannels.readAll(server));
                    } else {
                        assertEquals(1, server.read(ByteBuffer.allocate(1)));
                    }
                    server.setOption(StandardSocketOptions.SO_LINGER, 0);
                    server.close();
                    assertEquals("", endOf(client));
                }
            }
            halfClose(address, listener);
            proxy.terminate();
        }
    }

    /** Reads until the end. A reset counts as an end without data. */
    private static String endOf(SocketChannel client) {
        try {
            return ClientChannels.readAll(client);
        } catch (IOException e) {
            return "";
        }
    }

    /** Nobody listens at the target. The client gets an end, and the proxy prints the reason. */
    @Test
    void noTarget(@TempDir Path folder) throws Exception {
        String address = "unix:" + folder.resolve("proxy");
        try (ExampleProcess proxy = ExampleProcess.serve("Proxy", address, "unix:" + folder.resolve("nobody"));
                SocketChannel client = ClientChannels.connect(address)) {
            assertEquals("", ClientChannels.readAll(client));
            Looks.until(() -> proxy.errors().endsWith("\n")); // the proxy has closed both, and prints the reason
            assertTrue(proxy.errors().startsWith("Proxy: connect on unix:"), proxy::errors);
            assertEquals(1, proxy.errors().lines().count(), proxy::errors);
        }
    }
}
