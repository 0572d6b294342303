package io.stepoll.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** A client that sends whatever a test wants, and takes the answers apart. Texts are in ISO 8859-1. */
final class HttpPeer implements AutoCloseable {
    private static final int HEX = 16;

    private final SocketChannel channel;
    private final InputStream input;

    HttpPeer(String address) throws IOException {
        channel = ClientChannels.connect(address);
        input = Channels.newInputStream(channel);
    }

    /** An answer. The names of fields are in lower case. A body in chunks is put together. */
    record Answer(int status, Map<String, String> fields, String body) {
        String field(String name) {
            return fields.get(name);
        }
    }

    HttpPeer send(String text) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
        return this;
    }

    void endOutput() throws IOException {
        channel.shutdownOutput();
    }

    String line() throws IOException {
        StringBuilder line = new StringBuilder();
        while (true) {
            int next = input.read();
            if (next < 0) {
                throw new EOFException("the server has closed, after: " + line);
            }
            if (next == '\n') {
                assertEquals('\r', line.charAt(line.length() - 1));
                return line.substring(0, line.length() - 1);
            }
            line.append((char) next);
        }
    }

    char character() throws IOException {
        int next = input.read();
        assertTrue(next >= 0, "the server has closed");
        return (char) next;
    }

    Answer answer() throws IOException {
        return answer("GET");
    }

    /** Reads the answer to a request of a method. */
    Answer answer(String method) throws IOException {
        Answer head = head();
        String length = head.field("content-length");
        String body = method.equals("HEAD") ? ""
                : length != null ? text(Integer.parseInt(length))
                : "chunked".equals(head.field("transfer-encoding")) ? chunks() : rest();
        return new Answer(head.status, head.fields, body);
    }

    Answer head() throws IOException {
        String status = line();
        assertTrue(status.matches("HTTP/1\\.1 \\d{3} [A-Z].*"), status);
        Map<String, String> fields = new TreeMap<>();
        for (String line = line(); !line.isEmpty(); line = line()) {
            int colon = line.indexOf(": ");
            assertNull(fields.put(line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 2)), line);
        }
        return new Answer(Integer.parseInt(status.substring(9, 12)), fields, null);
    }

    private String text(int length) throws IOException {
        byte[] bytes = input.readNBytes(length);
        assertEquals(length, bytes.length, "the body ends early");
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private String chunks() throws IOException {
        StringBuilder body = new StringBuilder();
        for (String chunk = chunk(); !chunk.isEmpty(); chunk = chunk()) {
            body.append(chunk);
        }
        return body.toString();
    }

    /** Reads a chunk; the last one is empty. */
    String chunk() throws IOException {
        String chunk = text(Integer.parseInt(line(), HEX));
        assertEquals("", line());
        return chunk;
    }

    /** Reads everything until the end. */
    String rest() throws IOException {
        ByteArrayOutputStream rest = new ByteArrayOutputStream();
        input.transferTo(rest);
        return rest.toString(StandardCharsets.ISO_8859_1);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
