package io.stepoll.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The example with clients that behave badly. */
@Timeout(120)
class RedisServerTest {
    private static final int MESSAGES = 50;

    @TempDir
    private Path folder;

    private ExampleProcess server;
    private SocketChannel client;
    private BufferedReader replies;

    @BeforeEach
    void start() throws Exception {
        server = ExampleProcess.serve("RedisServer", "unix:" + folder.resolve("redis"));
        client = connect();
        replies = ClientChannels.lines(client);
    }

    @AfterEach
    void end() throws Exception {
        client.close();
        server.close();
    }

    private SocketChannel connect() throws Exception {
        return ClientChannels.connect("unix:" + folder.resolve("redis"));
    }

    private String ask(String command) throws Exception {
        ClientChannels.send(client, command + "\r\n");
        return replies.readLine();
    }

    /** Clients that are idle, or subscribed, do not hold up the end. */
    @Test
    void endsInOrder() throws Exception {
        try (SocketChannel subscriber = connect(); BufferedReader messages = ClientChannels.lines(subscriber)) {
            ClientChannels.send(subscriber, "subscribe news\r\n");
            assertEquals("*3", messages.readLine());
            assertEquals("+PONG", ask("ping"));
            server.terminate();
            assertNull(replies.readLine());
        }
    }

    /** A subscriber that does not read is dropped. Neither the publisher nor another subscriber waits for it. */
    @Test
    void aStuckSubscriberIsDropped() throws Exception {
        try (SocketChannel stuck = connect(); SocketChannel reader = connect()) {
            BufferedReader messages = ClientChannels.lines(reader);
            subscribe(stuck, ClientChannels.lines(stuck));
            subscribe(reader, messages);
            String text = "x".repeat(50_000);
            int published = 0;
            for (String count = ":2"; count.equals(":2"); published++) {
                count = ask("publish news " + published + text);
                for (String line : new String[] {"*3", "$7", "message", "$4", "news"}) {
                    assertEquals(line, messages.readLine());
                }
                assertTrue(messages.readLine().startsWith("$5000"));
                assertEquals(published + text, messages.readLine());
            }
            assertTrue(published > 100, "dropped after " + published);
            assertEquals(":1", ask("publish news " + text));
        }
        server.terminate();
    }

    /** A subscriber that reads its replies late. Messages come between them, and in the middle of none. */
    @ParameterizedTest
    @ValueSource(strings = {"ping", "subscribe"})
    void messagesComeBetweenReplies(String command) throws Exception {
        String argument = "x".repeat(1 << 20);
        try (SocketChannel late = connect()) {
            BufferedReader lines = ClientChannels.lines(late);
            subscribe(late, lines);
            ClientChannels.send(late, "*2\r\n$" + command.length() + "\r\n" + command + "\r\n$" + argument.length()
                    + "\r\n" + argument + "\r\nping last\r\n");
            for (int i = 0; i < MESSAGES; i++) {
                assertEquals(":1", ask("publish news " + i));
            }
            int messages = 0;
            int replies = 0;
            while (messages < MESSAGES || replies < 2) {
                String count = lines.readLine();
                lines.readLine();
                String kind = lines.readLine();
                if (kind.equals("message")) {
                    assertEquals("*3,$4,news,$" + String.valueOf(messages).length() + "," + messages++,
                            String.join(",", count, lines.readLine(), lines.readLine(), lines.readLine(),
                                    lines.readLine()));
                } else if (replies++ == 0) {
                    assertEquals(command.replace("ping", "pong"), kind);
                    assertEquals("$" + argument.length(), lines.readLine());
                    assertEquals(argument, lines.readLine());
                    if (command.equals("subscribe")) {
                        assertEquals(":2", lines.readLine());
                    }
                } else {
                    assertEquals("*2,pong,$4,last", String.join(",", count, kind, lines.readLine(), lines.readLine()));
                }
            }
        }
    }

    private static void subscribe(SocketChannel channel, BufferedReader lines) throws Exception {
        ClientChannels.send(channel, "subscribe news\r\n");
        for (String line : new String[] {"*3", "$9", "subscribe", "$4", "news", ":1"}) {
            assertEquals(line, lines.readLine());
        }
    }

    /** A client that asks for much and reads nothing holds up itself only. What it gets later is as of its command. */
    @Test
    void aClientThatDoesNotReadItsReplies() throws Exception {
        for (int i = 0; i < 2000; i++) {
            ask("lpush list " + i);
        }
        String value = "v".repeat(1 << 20);
        try (SocketChannel slow = connect()) {
            assertEquals("+OK", ask("*3\r\n$3\r\nset\r\n$1\r\nk\r\n$" + value.length() + "\r\n" + value));
            ClientChannels.send(slow, "mget k k k k k k k k\r\nlrange list 0 -1\r\nping\r\n");
            assertEquals("$" + value.length(), ask("get k")); // comes behind what the slow client asks for
            assertEquals(value, replies.readLine());
            assertEquals("+OK", ask("set k changed"));
            assertEquals("+PONG", ask("ping"));
            BufferedReader lines = ClientChannels.lines(slow);
            assertEquals("*8", lines.readLine());
            for (int i = 0; i < 8; i++) {
                assertEquals("$" + value.length(), lines.readLine());
                assertEquals(value, lines.readLine());
            }
            assertEquals("*2000", lines.readLine());
            for (int i = 1999; i >= 0; i--) {
                lines.readLine();
                assertEquals(String.valueOf(i), lines.readLine());
            }
            assertEquals("+PONG", lines.readLine());
        }
    }

    /** Ends of all kinds in the middle of a request are the ends of their own connections. */
    @Test
    void brokenClients() throws Exception {
        String address = ExampleProcess.freeTcpAddress();
        try (ExampleProcess tcp = ExampleProcess.serve("RedisServer", address);
                SocketChannel subscriber = ClientChannels.connect(address)) {
            for (String sent : new String[] {"", "get", "*2\r\n$3\r\nget\r\n$10\r\nabc", "subscribe a\r\n",
                "*1\r\n$x"}) {
                try (SocketChannel ended = ClientChannels.connect(address)) {
                    ClientChannels.send(ended, sent);
                    ended.shutdownOutput();
                    ClientChannels.readAll(ended);
                }
                try (SocketChannel broken = ClientChannels.connect(address)) {
                    ClientChannels.send(broken, sent);
                    broken.setOption(StandardSocketOptions.SO_LINGER, 0);
                }
            }
            BufferedReader lines = ClientChannels.lines(subscriber);
            ClientChannels.send(subscriber, "publish a x\r\nping\r\n");
            assertTrue(lines.readLine().startsWith(":"));
            assertEquals("+PONG", lines.readLine());
            tcp.terminate();
        }
    }
}
