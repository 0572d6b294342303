package io.stepoll.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.BufferedReader;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The chat server as a user runs it. */
@Timeout(180)
class ChatServerTest {
    private static void talk(String address) throws Exception {
        try (SocketChannel one = ClientChannels.connect(address);
                BufferedReader first = ClientChannels.lines(one);
                SocketChannel two = ClientChannels.connect(address);
                BufferedReader second = ClientChannels.lines(two)) {
            assertEquals("client 2 joined", first.readLine());
            try (SocketChannel three = ClientChannels.connect(address)) {
                assertEquals("client 3 joined", first.readLine());
                assertEquals("client 3 joined", second.readLine());
                ClientChannels.send(one, "half a ");
                ClientChannels.send(three, "guten Tag, schöne Welt\n");
                assertEquals("client 3: guten Tag, schöne Welt", first.readLine());
                assertEquals("client 3: guten Tag, schöne Welt", second.readLine());
                ClientChannels.send(one, "line\nand another\n");
                assertEquals("client 1: half a line", second.readLine());
                assertEquals("client 1: and another", second.readLine());
            }
            assertEquals("client 3 left", first.readLine());
            assertEquals("client 3 left", second.readLine());
            ClientChannels.send(two, "it is quiet\n");
            assertEquals("client 2: it is quiet", first.readLine());
        }
    }

    @Test
    void overTcp() throws Exception {
        String address = ExampleProcess.freeTcpAddress();
        try (ExampleProcess server = ExampleProcess.serve("ChatServer", address)) {
            talk(address);
            server.terminate();
        }
    }

    @Test
    void overUnix(@TempDir Path folder) throws Exception {
        Path path = folder.resolve("chat");
        try (ExampleProcess server = ExampleProcess.serve("ChatServer", "unix:" + path)) {
            talk("unix:" + path);
            server.interrupt();
            assertFalse(Files.exists(path), "the socket's file is left");
        }
    }

    /** One that never reads is dropped when its queue is full; the others hear every line, in order. */
    @Test
    void aStuckClientIsDropped(@TempDir Path folder) throws Exception {
        String address = "unix:" + folder.resolve("chat");
        try (ExampleProcess server = ExampleProcess.serve("ChatServer", address);
                SocketChannel speaker = ClientChannels.connect(address);
                BufferedReader heardBySpeaker = ClientChannels.lines(speaker);
                SocketChannel listener = ClientChannels.connect(address);
                BufferedReader heard = ClientChannels.lines(listener)) {
            assertEquals("client 2 joined", heardBySpeaker.readLine());
            try (SocketChannel stuck = ClientChannels.connect(address)) {
                assertEquals("client 3 joined", heardBySpeaker.readLine());
                assertEquals("client 3 joined", heard.readLine());
                boolean dropped = false;
                String filler = "x".repeat(1000);
                for (int i = 0; !dropped; i++) {
                    ClientChannels.send(speaker, i + filler + "\n");
                    String line = heard.readLine();
                    if (line.equals("client 3 left")) {
                        dropped = true;
                        line = heard.readLine();
                    }
                    assertEquals("client 1: " + i + filler, line);
                }
                assertEquals("client 3 left", heardBySpeaker.readLine());
                BufferedReader leftOver = ClientChannels.lines(stuck);
                String last = "";
                for (String line = leftOver.readLine(); line != null; line = leftOver.readLine()) {
                    last = line;
                }
                assertFalse(last.isEmpty());
                assertNull(leftOver.readLine());
            }
            server.terminate();
        }
    }
}
