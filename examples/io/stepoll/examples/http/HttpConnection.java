package io.stepoll.examples.http;

import io.stepoll.DeadlineExceededException;
import io.stepoll.EventLoop;
import io.stepoll.buffer.BufferedStream;
import io.stepoll.net.StreamSocket;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;

/**
 * Serves the requests of a client, one after the other, in a task. Pipelined requests cost one read and one write. A
 * request that is malformed, too long or too slow is answered by an error, after which the connection ends. The
 * timeouts are for the client: the code that answers may take as long as it likes.
 */
public final class HttpConnection extends Deadlines.Entry {
    private static final Duration LAST_CHANCE = Duration.ofSeconds(1);
    private static final long MOST_TO_LINGER = 1 << 20;

    private final HttpLoop http;
    private final StreamSocket socket;
    private final BufferedStream stream;
    private final RequestHead head;
    private final BodyDecoder body;
    private boolean isNew = true; // no request has come
    private boolean keepAlive;
    private boolean lingers;
    private boolean answering; // an answer has begun
    private BodyBuffer collected; // null unless the body was asked for

    private HttpConnection(HttpLoop http, StreamSocket socket) {
        this.http = http;
        this.socket = socket;
        stream = BufferedStream.over(socket);
        head = new RequestHead(http.limits);
        body = new BodyDecoder(http.limits);
    }

    /** Answers requests, in the task of a connection. */
    @FunctionalInterface
    public interface Handler {
        /**
         * Answers one request, by {@link #respond} for instance. What it does not read of the body is dropped.
         *
         * @param connection with the request
         * @throws IOException that ends the connection. An {@link HttpException} is answered, unless an answer was
         *     begun; so is a RuntimeException, by the status 500.
         */
        void handle(HttpConnection connection) throws IOException;
    }

    /**
     * Serves a client until either side ends the connection, and closes the socket.
     *
     * @param http of the socket's loop
     * @param socket the connection
     * @param handler answers each request
     * @throws IOException if the connection breaks
     * @throws RuntimeException of the handler, which the client has got as the status 500
     */
    public static void serve(HttpLoop http, StreamSocket socket, Handler handler) throws IOException {
        new HttpConnection(http, socket).serve(handler);
    }

    private void serve(Handler handler) throws IOException {
        try (stream) {
            serveRequests(handler);
            end();
        } catch (ClosedChannelException e) {
            // An idle client, or one that does not read. Neither would get to see an answer.
        } finally {
            http.deadlines.remove(this);
        }
    }

    private void serveRequests(Handler handler) throws IOException {
        try {
            do {
                release();
                if (!next()) {
                    return;
                }
                handler.handle(this);
                skipBody();
            } while (keepAlive);
        } catch (HttpException e) {
            refuse(Status.of(e.status()));
        } catch (RuntimeException e) {
            answerFailure(e);
            throw e;
        } finally {
            release();
        }
    }

    private void answerFailure(RuntimeException failure) {
        try {
            refuse(Status.INTERNAL_SERVER_ERROR);
            end();
        } catch (IOException | RuntimeException unsent) {
            failure.addSuppressed(unsent);
        }
    }

    /** Sends the last answer. If the client still sends, a close at once would reset the connection, and lose it. */
    private void end() throws IOException {
        flush();
        if (lingers || stream.input().hasRemaining()) {
            linger();
        }
    }

    /** Ends the wait of the task. */
    @Override
    void expired() {
        socket.close();
    }

    /** Waits for the next request. Returns whether there is one. */
    private boolean next() throws IOException {
        answering = false;
        if (!stream.input().hasRemaining() && (!awaitRequest() || stream.fill() < 0)
                || !head.parse(stream.input()) && !readRestOfHead()) {
            return false;
        }
        http.deadlines.pause(this);
        isNew = false;
        body.begin(head);
        keepAlive = head.isKeepAlive();
        return true;
    }

    /** A new client gets a moment for its first request even if the loop drains. */
    private boolean awaitRequest() throws IOException {
        http.deadlines.set(this, isNew ? http.timeouts.head() : http.timeouts.idle());
        if (stream.awaitRequest()) {
            return true;
        }
        if (isNew) {
            http.deadlines.set(this, LAST_CHANCE);
        }
        return isNew;
    }

    /** A head that does not come at once has a deadline. */
    private boolean readRestOfHead() throws IOException {
        return inTime(http.timeouts.head(), () -> {
            while (stream.fill() >= 0) {
                if (head.parse(stream.input())) {
                    return true;
                }
            }
            return false;
        });
    }

    private interface Part {
        boolean read() throws IOException;
    }

    private boolean inTime(Duration timeout, Part part) throws IOException {
        http.deadlines.remove(this);
        try {
            return http.loop.within(timeout, part::read);
        } catch (DeadlineExceededException e) {
            throw new HttpException(Status.REQUEST_TIMEOUT.code(), "too slow");
        } catch (IOException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException(e);
        }
    }

    /** {@return the head of the request} Its methods that look at its bytes work until the body is read. */
    public RequestHead head() {
        return head;
    }

    /** {@return the loop of the connection} */
    public EventLoop loop() {
        return http.loop;
    }

    /** {@return what the connection shares with the others of its loop} */
    HttpLoop http() {
        return http;
    }

    /** {@return whether the loop drains, or the server is closed: an answer that has no end of its own ends then} */
    public boolean isDraining() {
        return socket.descriptor().isDraining();
    }

    /** {@return whether the connection goes on after the answer that begins now} */
    boolean isKeptAlive() {
        keepAlive &= !isDraining();
        return keepAlive;
    }

    /** The connection ends with this answer: its body has no other end. */
    void endWithAnswer() {
        keepAlive = false;
    }

    /**
     * {@return the whole body, in a buffer that is valid until the answer is complete}
     *
     * @throws IOException if the body is malformed, too long or too slow, or the connection breaks
     */
    public ByteBuffer body() throws IOException {
        collected = new BodyBuffer(http.loop.buffers());
        if (head.expectsContinue() && !stream.input().hasRemaining()) {
            Responses.goOn(output(Responses.HEAD_BYTES));
            answering = false;
        }
        readBody();
        return collected.flip();
    }

    private void readBody() throws IOException {
        decode();
        if (!body.isAtEnd()) {
            inTime(http.timeouts.body(), () -> {
                while (!body.isAtEnd()) {
                    if (stream.fill() < 0) {
                        throw new EOFException("the client has left within a body");
                    }
                    decode();
                }
                return true;
            });
        }
    }

    private void decode() throws HttpException {
        if (collected != null) {
            collected.decode(body, stream.input());
        } else {
            body.decode(stream.input(), null);
        }
    }

    /** Drops what the client sends of a body that nobody wants. A client that waits to be asked for it is not asked. */
    void skipBody() throws IOException {
        if (!body.isAtEnd()) {
            if (head.expectsContinue() && !stream.input().hasRemaining()) {
                keepAlive = false;
                lingers = true;
            } else {
                readBody();
            }
        }
    }

    /**
     * Answers with the status 200.
     *
     * @param content the body
     * @throws IOException if the request's body is malformed, or the connection breaks
     */
    public void respond(Content content) throws IOException {
        respond(Status.OK, content);
    }

    /**
     * Answers.
     *
     * @param status the status
     * @param content the body
     * @throws IOException if the request's body is malformed, or the connection breaks
     */
    public void respond(Status status, Content content) throws IOException {
        skipBody();
        http.responses.write(output(Responses.bytes(content)), status, head,
                isKeptAlive(), content);
    }

    /** {@return room for an answer of any other kind; flushes what was written if there is none} */
    ByteBuffer output(int room) throws IOException {
        answering = true;
        http.deadlines.set(this, http.timeouts.write());
        ByteBuffer output = stream.output(room);
        http.deadlines.pause(this);
        return output;
    }

    void flush() throws IOException {
        http.deadlines.set(this, http.timeouts.write());
        stream.flush();
        http.deadlines.pause(this);
    }

    /** Answers a request that gets no other answer. If one has begun, its client sees that it ends too early. */
    private void refuse(Status status) throws IOException {
        if (!answering) {
            http.responses.write(output(Responses.bytes(Content.NONE)), status, null, false, Content.NONE);
        }
        lingers = true;
    }

    private void linger() throws IOException {
        stream.shutdownOutput();
        try {
            inTime(http.timeouts.linger(), () -> {
                long left = MOST_TO_LINGER;
                while (left > 0) {
                    ByteBuffer input = stream.input();
                    left -= input.remaining();
                    input.position(input.limit());
                    if (stream.fill() < 0) {
                        return true;
                    }
                }
                return true;
            });
        } catch (IOException e) {
            // The client still sends, or has left without an end. It has had its answer.
        }
    }

    private void release() {
        if (collected != null) {
            collected.release();
            collected = null;
        }
    }
}
