package io.stepoll.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.BufferedReader;
import java.net.StandardSocketOptions;
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

    /** One that breaks off has left, whether or not there is something for it; the others go on. */
    @Test
    void aClientThatVanishes() throws Exception {
        String address = ExampleProcess.freeTcpAddress();
        try (ExampleProcess server = ExampleProcess.serve("ChatServer", address);
                SocketChannel speaker = ClientChannels.connect(address);
                BufferedReader heard = ClientChannels.lines(speaker)) {
            for (int i = 2; i < 12; i++) {
                SocketChannel vanishing = ClientChannels.connect(address);
                assertEquals("client " + i + " joined", heard.readLine());
                ClientChannels.send(speaker, "hello\n");
                if (i % 2 == 0) {
                    ClientChannels.send(vanishing, "half a line");
                }
                vanishing.setOption(StandardSocketOptions.SO_LINGER, 0);
                vanishing.close();
                String line = heard.readLine();
                if (line.endsWith("half a line")) {
                    line = heard.readLine();
                }
                assertEquals("client " + i + " left", line);
            }
            talkAsClients(address, speaker, heard);
            server.terminate();
        }
    }

    private static void talkAsClients(String address, SocketChannel first, BufferedReader heard) throws Exception {
        try (SocketChannel last = ClientChannels.connect(address); BufferedReader lines = ClientChannels.lines(last)) {
            assertEquals("client 12 joined", heard.readLine());
            ClientChannels.send(first, "still here\n");
            assertEquals("client 1: still here", lines.readLine());
        }
    }

    /** One that is slow to listen, within its queue, hears every line. */
    @Test
    void aSlowClientHearsEveryLine() throws Exception {
        String address = ExampleProcess.freeTcpAddress();
        int rounds = 5;
        int linesEach = 900;
        try (ExampleProcess server = ExampleProcess.serve("ChatServer", address);
                SocketChannel speaker = ClientChannels.connect(address);
                BufferedReader heardBySpeaker = ClientChannels.lines(speaker);
                SocketChannel slow = ClientChannels.connect(address);
                BufferedReader heard = ClientChannels.lines(slow)) {
            assertEquals("client 2 joined", heardBySpeaker.readLine());
            for (int round = 0; round < rounds; round++) {
                for (int i = 0; i < linesEach; i++) {
                    ClientChannels.send(speaker, round + " " + i + " " + "x".repeat(500) + "\n");
                }
                for (int i = 0; i < linesEach; i++) {
                    assertEquals("client 1: " + round + " " + i + " " + "x".repeat(500), heard.readLine());
                }
            }
            server.terminate();
        }
    }
}
