package io.stepoll.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.support.Looks;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs the broker as a user does. */
@Timeout(180)
class BrokerTest {
    private static final Path SOURCE = Path.of("examples/io/stepoll/examples/Broker.java");
    private static final int MOST_LINES = 60;

    /** Subscribes. The broker confirms nothing, so the client publishes until it gets its own message. */
    private static BufferedReader subscribe(SocketChannel client, String topic, String own) throws IOException {
        BufferedReader lines = ClientChannels.lines(client);
        ClientChannels.send(client, "SUB " + topic + "\nSUB " + own + "\nPUB " + own + " ready\n");
        assertEquals(own + " ready", lines.readLine());
        return lines;
    }

    @ParameterizedTest(name = "{0} loops")
    @ValueSource(strings = {"1", "3"})
    void everySubscriberGetsEveryMessageInOrder(String loops) throws Exception {
        String address = ExampleProcess.freeTcpAddress();
        List<SocketChannel> clients = new ArrayList<>();
        try (ExampleProcess server = ExampleProcess.serve("Broker", address, loops)) {
            List<BufferedReader> subscribers = new ArrayList<>();
            for (int i = 0; i < 8; i++) { // on all loops
                clients.add(ClientChannels.connect(address));
                subscribers.add(subscribe(clients.getLast(), "news", "own" + i));
            }
            for (int i = 0; i < 100; i++) {
                ClientChannels.send(clients.get(3), "PUB other x\nPUB news schön " + i + "\nwhat\n");
            }
            for (BufferedReader subscriber : subscribers) {
                for (int i = 0; i < 100; i++) {
                    assertEquals("news schön " + i, subscriber.readLine());
                }
            }
            clients.getLast().setOption(StandardSocketOptions.SO_LINGER, 0);
            clients.removeLast().close();
            subscribers.removeLast();
            ClientChannels.send(clients.getFirst(), "PUB news again\n");
            for (BufferedReader subscriber : subscribers) {
                assertEquals("news again", subscriber.readLine());
            }
            server.sendTerm();
            assertEquals(0, server.awaitEnd(), server::errors);
            for (BufferedReader subscriber : subscribers) {
                assertNull(subscriber.readLine());
            }
        } finally {
            for (SocketChannel client : clients) {
                client.close();
            }
        }
    }

    /** A subscriber that does not read is dropped once a megabyte waits for it. The others get every message. */
    @Test
    void aStuckSubscriberIsDropped(@TempDir Path folder) throws Exception {
        String address = "unix:" + folder.resolve("broker");
        try (ExampleProcess server = ExampleProcess.serve("Broker", address, "2");
                SocketChannel publisher = ClientChannels.connect(address);
                SocketChannel reader = ClientChannels.connect(address);
                SocketChannel stuck = ClientChannels.connect(address)) {
            BufferedReader lines = subscribe(reader, "news", "reader");
            subscribe(stuck, "news", "stuck");
            String text = "x".repeat(5000);
            int sent = 0;
            while (!server.errors().contains("dropped ")) {
                ClientChannels.send(publisher, "PUB news " + sent + text + "\n");
                assertEquals("news " + sent + text, lines.readLine());
                sent++;
            }
            assertTrue(sent > 200, () -> "dropped early: " + server.errors());
            ClientChannels.send(publisher, "PUB news last\n");
            assertEquals("news last", lines.readLine());
            assertTrue(ClientChannels.readAll(stuck).startsWith("news 0x"));
        }
    }

    /** A line without an end costs its client the connection, and nobody else anything. */
    @Test
    void aLineThatDoesNotEnd() throws Exception {
        String address = ExampleProcess.freeTcpAddress();
        try (ExampleProcess server = ExampleProcess.serve("Broker", address);
                SocketChannel reader = ClientChannels.connect(address);
                SocketChannel talker = ClientChannels.connect(address)) {
            BufferedReader lines = subscribe(reader, "news", "reader");
            ClientChannels.send(talker, "PUB news " + "x".repeat(9000));
            Looks.until(() -> server.errors().contains("dropped "));
            ClientChannels.send(reader, "PUB news still here\n");
            assertEquals("news still here", lines.readLine());
        }
    }

    @Test
    void itIsShort() throws IOException {
        List<String> lines = Files.readAllLines(SOURCE);
        assertTrue(lines.size() <= MOST_LINES, () -> lines.size() + " lines");
        assertFalse(lines.stream().anyMatch(line -> line.length() > 120));
    }
}
