package io.stepoll.examples.http;

import io.stepoll.net.StreamSocket;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;

/** Serves the {@link Site} to a client in a task. */
public final class SiteTask {
    private SiteTask() {}

    /**
     * Serves a client until either side ends the connection, and closes the socket.
     *
     * @param http of the socket's loop
     * @param socket the connection
     * @throws IOException if the connection breaks
     */
    public static void serve(HttpLoop http, StreamSocket socket) throws IOException {
        HttpConnection.serve(http, socket, SiteTask::answer);
    }

    private static void answer(HttpConnection connection) throws IOException {
        Site.Answer answer = Site.answer(connection.head());
        switch (answer.kind()) {
            case CONTENT -> connection.respond(answer.status(), answer.content());
            case ECHO -> echo(connection);
            case EVENTS -> count(connection);
        }
    }

    private static void echo(HttpConnection connection) throws IOException {
        ByteBuffer body = connection.body();
        Echo echo = new Echo(connection.output(Responses.HEAD_BYTES), connection.http(), connection.head(),
                connection.isKeptAlive(), body);
        while (!echo.write(connection.output(Responses.HEAD_BYTES))) {
            // The next part goes into what is then flushed room.
        }
    }

    private static void count(HttpConnection connection) throws IOException {
        EventStream events = EventStream.begin(connection);
        if (events == null) {
            return;
        }
        HttpLoop http = connection.http();
        try {
            for (long number = 1; !connection.isDraining(); number++) {
                Events.write(connection.output(Events.BYTES), connection.head(), number);
                events.flush();
                http.loop.sleep(Events.INTERVAL);
            }
        } catch (InterruptedException e) {
            throw (IOException) new InterruptedIOException("counting").initCause(e);
        }
        events.end();
    }
}
