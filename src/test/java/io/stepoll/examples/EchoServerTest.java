package io.stepoll.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs the echo server as a user does. */
@Timeout(180)
class EchoServerTest {
    private static final String TEXT = "Grüße, 1 2 3\n".repeat(1000);

    private static void echo(String address) throws Exception {
        try (SocketChannel first = ClientChannels.connect(address);
                SocketChannel second = ClientChannels.connect(address)) {
            ClientChannels.send(first, TEXT);
            ClientChannels.send(second, "second");
            second.shutdownOutput();
            assertEquals("second", ClientChannels.readAll(second));
            first.shutdownOutput();
            assertEquals(TEXT, ClientChannels.readAll(first));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"task", "callback"})
    void overTcpUntilSigterm(String style) throws Exception {
        String address = ExampleProcess.freeTcpAddress();
        try (ExampleProcess server = ExampleProcess.serve("EchoServer", address, style)) {
            echo(address);
            try (SocketChannel rude = ClientChannels.connect(address)) {
                ClientChannels.send(rude, TEXT);
                rude.setOption(StandardSocketOptions.SO_LINGER, 0);
            }
            echo(address);
            server.terminate();
        }
    }

    /** A client is still connected at the end. */
    @Test
    void overUnixUntilSigint(@TempDir Path folder) throws Exception {
        Path path = folder.resolve("echo");
        try (ExampleProcess server = ExampleProcess.serve("EchoServer", "unix:" + path);
                SocketChannel idle = ClientChannels.connect("unix:" + path)) {
            echo("unix:" + path);
            server.interrupt();
            assertFalse(Files.exists(path), "the file of the socket still exists");
            assertEquals("", ClientChannels.readAll(idle));
        }
    }

    /** A server whose address is in use ends, and leaves the running server alone. */
    @Test
    void anAddressInUseIsReportedInOneLine(@TempDir Path folder) throws Exception {
        Path path = folder.resolve("echo");
        try (ExampleProcess server = ExampleProcess.serve("EchoServer", "unix:" + path);
                ExampleProcess second = ExampleProcess.start("EchoServer", "unix:" + path)) {
            assertEquals(1, second.awaitEnd());
            assertEquals(1, second.errors().lines().count(), second::errors);
            assertTrue(second.errors().contains("EADDRINUSE"), second::errors);
            echo("unix:" + path);
            server.terminate();
        }
    }
}
