package io.stepoll.examples.http;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Server-Sent Events as the answer to a request, in the task of the connection. */
public final class EventStream {
    private final HttpConnection connection;

    private EventStream(HttpConnection connection) {
        this.connection = connection;
    }

    /**
     * Begins the answer. Drops what is left of the request's body.
     *
     * @param connection with the request
     * @return the answer; null if the request wants its head only, which then was all
     * @throws IOException if the request's body is malformed, or the connection breaks
     */
    public static EventStream begin(HttpConnection connection) throws IOException {
        connection.skipBody();
        RequestHead head = connection.head();
        if (head.minorVersion() == 0) {
            connection.endWithAnswer();
        }
        Events.writeHead(connection.output(Responses.HEAD_BYTES), connection.http(), head, connection.isKeptAlive());
        return head.method() == Method.HEAD ? null : new EventStream(connection);
    }

    /**
     * Writes an event. It goes out with the next {@link #flush}, or earlier.
     *
     * @param name of the event, which the client listens for
     * @param data one line of text
     * @throws IOException if the connection breaks
     */
    public void send(String name, String data) throws IOException {
        write("event: " + name + "\ndata: " + data + "\n\n");
    }

    /**
     * Says after what time the client is to connect again when it has lost the connection.
     *
     * @param millis the time, in milliseconds
     * @throws IOException if the connection breaks
     */
    public void retryAfter(long millis) throws IOException {
        write("retry: " + millis + "\n\n");
    }

    private void write(String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        boolean chunked = connection.head().minorVersion() > 0;
        ByteBuffer output = connection.output(
                bytes.length + Responses.CHUNK_HEAD_BYTES + Responses.CHUNK_END_BYTES);
        if (chunked) {
            Responses.beginChunk(output, bytes.length);
        }
        output.put(bytes);
        if (chunked) {
            Responses.endChunk(output);
        }
    }

    /**
     * Sends what was written.
     *
     * @throws IOException if the connection breaks
     */
    public void flush() throws IOException {
        connection.flush();
    }

    /**
     * Ends the answer, and with it the connection.
     *
     * @throws IOException if the connection breaks
     */
    public void end() throws IOException {
        Events.writeEnd(connection.output(Events.BYTES), connection.head());
        connection.endWithAnswer();
    }
}
