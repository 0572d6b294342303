package io.stepoll.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Runs the chat server as a user does. */
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
            assertFalse(Files.exists(path), "the file of the socket still exists");
        }
    }

    /** The server drops a client that never reads once its queue is full. The others get every line, in order. */
    @Test
    void aStuckClientIsDropped(@TempDir Path folder) throws Exception {
        String address = "unix:" + folder.resolve("chat");
        try (ExampleProcess server = ExampleProcess.serve("ChatServer", address);
                SocketChannel speaker = ClientChannels.connect(address);
                BufferedReader speakerLines = ClientChannels.lines(speaker);
                SocketChannel listener = ClientChannels.connect(address);
                BufferedReader lines = ClientChannels.lines(listener)) {
            assertEquals("client 2 joined", speakerLines.readLine());
            try (SocketChannel stuck = ClientChannels.connect(address)) {
                assertEquals("client 3 joined", speakerLines.readLine());
                assertEquals("client 3 joined", lines.readLine());
                boolean dropped = false;
                String filler = "x".repeat(1000);
                for (int i = 0; !dropped; i++) {
                    ClientChannels.send(speaker, i + filler + "\n");
                    String line = lines.readLine();
                    if (line.equals("client 3 left")) {
                        dropped = true;
                        line = lines.readLine();
                    }
                    assertEquals("client 1: " + i + filler, line);
                }
                assertEquals("client 3 left", speakerLines.readLine());
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

    /** A client that breaks its connection off has left, whatever is queued for it. The others go on. */
    @Test
    void aClientThatBreaksOff() throws Exception {
        String address = ExampleProcess.freeTcpAddress();
        try (ExampleProcess server = ExampleProcess.serve("ChatServer", address);
                SocketChannel speaker = ClientChannels.connect(address);
                BufferedReader lines = ClientChannels.lines(speaker)) {
            for (int i = 2; i < 12; i++) {
                SocketChannel broken = ClientChannels.connect(address);
                assertEquals("client " + i + " joined", lines.readLine());
                ClientChannels.send(speaker, "hello\n");
                if (i % 2 == 0) {
                    ClientChannels.send(broken, "half a line");
                }
                broken.setOption(StandardSocketOptions.SO_LINGER, 0);
                broken.close();
                String line = lines.readLine();
                if (line.endsWith("half a line")) {
                    line = lines.readLine();
                }
                assertEquals("client " + i + " left", line);
            }
            talkAfterwards(address, speaker, lines);
            server.terminate();
        }
    }

    private static void talkAfterwards(String address, SocketChannel first, BufferedReader lines) throws Exception {
        try (SocketChannel last = ClientChannels.connect(address);
                BufferedReader lastLines = ClientChannels.lines(last)) {
            assertEquals("client 12 joined", lines.readLine());
            ClientChannels.send(first, "still here\n");
            assertEquals("client 1: still here", lastLines.readLine());
        }
    }

    /** A client that reads slowly gets every line as long as its queue has room. */
    @Test
    void aSlowClientGetsEveryLine() throws Exception {
        String address = ExampleProcess.freeTcpAddress();
        int rounds = 5;
        int linesEach = 900;
        try (ExampleProcess server = ExampleProcess.serve("ChatServer", address);
                SocketChannel speaker = ClientChannels.connect(address);
                BufferedReader speakerLines = ClientChannels.lines(speaker);
                SocketChannel slow = ClientChannels.connect(address);
                BufferedReader lines = ClientChannels.lines(slow)) {
            assertEquals("client 2 joined", speakerLines.readLine());
            for (int round = 0; round < rounds; round++) {
                for (int i = 0; i < linesEach; i++) {
                    ClientChannels.send(speaker, round + " " + i + " " + "x".repeat(500) + "\n");
                }
                for (int i = 0; i < linesEach; i++) {
                    assertEquals("client 1: " + round + " " + i + " " + "x".repeat(500), lines.readLine());
                }
            }
            server.terminate();
        }
    }

    /** A line that never ends costs no more than its pieces, which the others get at once. */
    @Test
    void aLongLineComesInPieces() throws Exception {
        String address = ExampleProcess.freeTcpAddress();
        String text = "schöne 🌍 ".repeat(100_000); // the end of a piece falls into a pair of surrogates as well
        try (ExampleProcess server = ExampleProcess.serve("ChatServer", address);
                SocketChannel speaker = ClientChannels.connect(address);
                BufferedReader speakerLines = ClientChannels.lines(speaker);
                SocketChannel other = ClientChannels.connect(address);
                BufferedReader lines = ClientChannels.lines(other)) {
            assertEquals("client 2 joined", speakerLines.readLine());
            StringBuilder received = new StringBuilder();
            int sent = 0;
            for (int end = 0; sent < text.length(); sent = end) {
                end = Math.min(sent + 30_000, text.length()); // a round has ten characters, so no pair is cut here
                ClientChannels.send(speaker, text.substring(sent, end));
                while (received.length() < end - 4097) {
                    received.append(piece(lines));
                }
            }
            ClientChannels.send(speaker, "\nshort\n");
            for (String line = piece(lines); !line.equals("short"); line = piece(lines)) {
                received.append(line);
            }
            assertEquals(text, received.toString());
            server.terminate();
        }
    }

    private static String piece(BufferedReader lines) throws Exception {
        String line = lines.readLine();
        assertTrue(line.startsWith("client 1: "), line);
        String piece = line.substring("client 1: ".length());
        assertTrue(piece.length() <= 4097, () -> "a piece of " + piece.length() + " characters");
        return piece;
    }
}
