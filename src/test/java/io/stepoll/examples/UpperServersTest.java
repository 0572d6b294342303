package io.stepoll.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.stepoll.support.FreePorts;
import io.stepoll.support.Programs;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The same small server, here and as the pages for newcomers write it elsewhere: all of them answer alike. */
@Timeout(120)
class UpperServersTest {
    private static final String HOST = "127.0.0.1";

    @TempDir
    Path folder;

    @Test
    void here() throws Exception {
        int port = FreePorts.next();
        try (ExampleProcess server = ExampleProcess.serve("UpperServer", "tcp:" + HOST + ":" + port)) {
            converse(port);
            server.sendTerm();
            assertEquals(0, server.awaitEnd());
        }
    }

    @Test
    void asyncio() throws Exception {
        assumeTrue(Programs.has("python3"), "python3 is missing");
        Path program = Files.writeString(folder.resolve("upper.py"), block("docs/from-asyncio.md", "python"));
        converse("python3", program.toString());
    }

    @Test
    void libuv() throws Exception {
        assumeTrue(Programs.has("cc") && Files.exists(Path.of("/usr/include/uv.h")), "cc or libuv is missing");
        Path source = Files.writeString(folder.resolve("upper.c"), block("docs/from-libuv.md", "c"));
        Path program = folder.resolve("upper");
        Process compiler = Programs.start("cc", "-Wall", "-Wextra", "-Werror", "-o", program.toString(),
                source.toString(), "-luv");
        Programs.end(compiler);
        assertEquals(0, compiler.exitValue());
        converse(program.toString());
    }

    /** The page's first block of code in that language. */
    private static String block(String page, String language) throws IOException {
        Matcher block = Pattern.compile("```" + language + "\n(.*?)```", Pattern.DOTALL)
                .matcher(Files.readString(Path.of(page)));
        assertTrue(block.find(), page);
        return block.group(1);
    }

    /** Starts a server with its host and port as last arguments, and talks to it. */
    private static void converse(String... command) throws Exception {
        int port = FreePorts.next();
        String[] whole = new String[command.length + 2];
        System.arraycopy(command, 0, whole, 0, command.length);
        whole[command.length] = HOST;
        whole[command.length + 1] = String.valueOf(port);
        Process server = Programs.start(whole);
        try {
            assertEquals("READY", server.inputReader().readLine());
            converse(port);
        } finally {
            server.destroy();
            Programs.end(server);
        }
    }

    private static void converse(int port) throws IOException {
        try (Socket client = new Socket(HOST, port)) {
            client.getOutputStream().write(bytes("hello\nwo"));
            client.getOutputStream().write(bytes("rld\n1, 2, three\n"));
            client.shutdownOutput();
            assertEquals("HELLO\nWORLD\n1, 2, THREE\n", text(client.getInputStream()));
        }
        try (Socket client = new Socket(HOST, port)) {
            OutputStream output = client.getOutputStream();
            output.write(bytes("a".repeat(2000)));
            assertEquals("", text(client.getInputStream()), "a line that is too long ends the connection");
        } catch (SocketException e) {
            // Or resets it, as something is unread.
        }
    }

    private static String text(InputStream input) throws IOException {
        return new String(input.readAllBytes(), StandardCharsets.US_ASCII);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
