package io.stepoll.examples.http;

import io.stepoll.BufferPool;
import io.stepoll.Descriptor;
import io.stepoll.PeriodicTimer;
import io.stepoll.ReadinessHandler;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;

/**
 * Serves the {@link Site} to a client by callbacks. Reads into the loop's buffer and writes from it. Takes buffers of
 * its own from the pool for a part of a request, and for responses that the client does not take at once; until these
 * are gone it reads nothing more. So an idle client has no buffer.
 */
public final class HttpHandler extends Deadlines.Entry implements ReadinessHandler {
    /** What is done next. */
    private enum State { HEAD, BODY, ECHO, EVENTS, REST, LINGER, CLOSED }

    private static final int ROOM = 1024; // for any response but the body of an echo
    private static final long MOST_TO_LINGER = 1 << 20;
    private static final Duration LAST_CHANCE = Duration.ofSeconds(1);
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final HttpLoop http;
    private final BufferPool pool;
    private final Descriptor client;
    private final RequestHead head;
    private final BodyDecoder body;

    private State state = State.HEAD;
    private boolean isNew = true; // no byte has come
    private boolean keepAlive = true;
    private boolean lingers;
    private boolean full; // the last write has left no room for a response
    private Site.Answer answer;
    private ByteBuffer kept; // a part of a request, to be filled; null if there is none
    private ByteBuffer unsent; // responses; null if there are none
    private BodyBuffer collected; // null unless a body is collected, or sent back
    private Echo echo;
    private PeriodicTimer ticks;
    private long events;
    private long lingered;
    private long stage; // counts the begins of heads and bodies
    private long timedStage = -1; // whose deadline is set; -1 if another one is

    /**
     * Makes the handler of a client.
     *
     * @param http of the client's loop
     * @param client that the handler is for
     */
    public HttpHandler(HttpLoop http, Descriptor client) {
        this.http = http;
        this.client = client;
        pool = http.loop.buffers();
        head = new RequestHead(http.limits);
        body = new BodyDecoder(http.limits);
        http.deadlines.set(this, http.timeouts.head());
    }

    @Override
    public void readable(Descriptor descriptor) throws IOException {
        if (kept != null) {
            readInto(kept);
            return;
        }
        ByteBuffer input = http.input.take();
        try {
            readInto(input);
        } finally {
            http.input.give(input);
        }
    }

    private void readInto(ByteBuffer input) throws IOException {
        int count = client.tryRead(input);
        if (count == -1) {
            close();
        } else if (count > 0 && state == State.LINGER) {
            lingered += count;
            if (lingered > MOST_TO_LINGER) {
                close();
            }
        } else if (count > 0) {
            isNew = false;
            work(input.flip());
        }
    }

    @Override
    public void writable(Descriptor descriptor) throws IOException {
        if (unsent != null) {
            client.tryWrite(unsent);
            if (unsent.hasRemaining()) {
                http.deadlines.set(this, http.timeouts.write());
                return;
            }
            pool.give(unsent);
            unsent = null;
        }
        client.handle(this, true, false);
        work(kept == null ? NOTHING : kept.flip());
        if (client.isDraining()) {
            endIfIdle();
        }
    }

    /** Does what can be done with the bytes that came, and sends the responses. */
    private void work(ByteBuffer input) throws IOException {
        ByteBuffer output = http.output.take();
        try {
            workInto(input, output);
        } finally {
            http.output.give(output);
        }
    }

    private void workInto(ByteBuffer input, ByteBuffer output) throws IOException {
        try {
            process(input, output);
        } catch (HttpException e) {
            refuse(output, Status.of(e.status()));
        }
        if (state == State.REST) {
            lingers |= input.hasRemaining();
            input.position(input.limit());
        }
        keep(input);
        setDeadline();
        send(output);
    }

    private void process(ByteBuffer input, ByteBuffer output) throws IOException {
        while (hasRoom(output)) {
            switch (state) {
                case HEAD -> {
                    if (!input.hasRemaining() || !head.parse(input)) {
                        return;
                    }
                    begin(input, output);
                }
                case BODY -> {
                    if (!decode(input)) {
                        return;
                    }
                    answer(output);
                }
                case ECHO -> {
                    if (echo.write(output)) {
                        echo = null;
                        release();
                        ended();
                    }
                }
                case REST -> {
                    return;
                }
                default -> {
                    input.position(input.limit());
                    return;
                }
            }
        }
    }

    /** Returns whether a response has room, if need be after what was written has gone. */
    private boolean hasRoom(ByteBuffer output) throws IOException {
        if (output.remaining() < ROOM) {
            client.tryWrite(output.flip());
            output.compact();
        }
        full = output.remaining() < ROOM;
        return !full;
    }

    private void begin(ByteBuffer input, ByteBuffer output) throws HttpException {
        stage++;
        body.begin(head);
        answer = Site.answer(head);
        keepAlive = head.isKeepAlive();
        if (body.isAtEnd()) {
            answer(output);
            return;
        }
        boolean isEcho = answer.kind() == Site.Kind.ECHO;
        if (head.expectsContinue() && !input.hasRemaining()) {
            if (!isEcho) { // The client need not send a body that nobody wants. It may do so, so nothing can follow.
                keepAlive = false;
                lingers = true;
                answer(output);
                return;
            }
            Responses.goOn(output);
        }
        if (isEcho) {
            collected = new BodyBuffer(pool);
        }
        state = State.BODY;
    }

    /** Returns whether the body has come to its end. */
    private boolean decode(ByteBuffer input) throws HttpException {
        if (collected != null) {
            collected.decode(body, input);
        } else {
            body.decode(input, null);
        }
        return body.isAtEnd();
    }

    private void answer(ByteBuffer output) {
        keepAlive &= !client.isDraining();
        switch (answer.kind()) {
            case CONTENT -> {
                http.responses.write(output, answer.status(), head, keepAlive, answer.content());
                ended();
            }
            case ECHO -> {
                echo = new Echo(output, http, head, keepAlive, collected == null ? NOTHING : collected.flip());
                state = State.ECHO;
            }
            case EVENTS -> {
                keepAlive &= head.minorVersion() > 0;
                Events.writeHead(output, http, head, keepAlive);
                if (head.method() == Method.HEAD) {
                    ended();
                } else {
                    state = State.EVENTS;
                    ticks = http.loop.callAtFixedRate(Duration.ZERO, Events.INTERVAL, this::tick);
                }
            }
        }
    }

    /** The response is written. */
    private void ended() {
        stage++;
        state = keepAlive ? State.HEAD : State.REST;
    }

    private void refuse(ByteBuffer output, Status status) {
        http.responses.write(output, status, null, false, Content.NONE);
        state = State.REST;
        lingers = true;
    }

    /** Keeps what is left of the input. */
    private void keep(ByteBuffer input) {
        if (!input.hasRemaining()) {
            if (kept != null) {
                pool.give(kept);
                kept = null;
            }
        } else if (input != kept) {
            kept = pool.take(2 * input.remaining()).put(input);
        } else if (!kept.compact().hasRemaining()) {
            kept = pool.take(2 * input.capacity()).put(input.flip());
            pool.give(input);
        }
    }

    /** A head and a body have a time from begin to end each, however many pieces come. */
    private void setDeadline() {
        boolean isWithin = state == State.BODY || state == State.HEAD && kept != null;
        if (!isWithin) {
            timedStage = -1;
            if (state == State.HEAD) {
                http.deadlines.set(this, http.timeouts.idle());
            } else {
                http.deadlines.remove(this);
            }
        } else if (timedStage != stage) {
            timedStage = stage;
            http.deadlines.set(this, state == State.BODY ? http.timeouts.body() : http.timeouts.head());
        }
    }

    private void send(ByteBuffer output) throws IOException {
        output.flip();
        if (output.hasRemaining() && !full) { // else writable is to go on with what is left of the input
            client.tryWrite(output);
        }
        if (output.hasRemaining()) {
            unsent = pool.take(output.remaining()).put(output).flip();
            timedStage = -1;
            http.deadlines.set(this, http.timeouts.write());
            client.handle(this, false, true);
        } else if (state == State.REST) {
            end();
        }
    }

    /** Ends the connection. A client that was refused may still send, and a close would then take back the answer. */
    private void end() throws IOException {
        if (!lingers) {
            close();
            return;
        }
        state = State.LINGER;
        client.shutdownOutput();
        http.deadlines.set(this, http.timeouts.linger());
    }

    /** Sends the next event, unless the client has not taken the last ones. */
    private void tick() {
        if (unsent != null || state != State.EVENTS) {
            return;
        }
        ByteBuffer output = http.output.take();
        try {
            if (client.isDraining()) {
                Events.writeEnd(output, head);
                ticks.cancel();
                state = State.REST;
            } else {
                Events.write(output, head, ++events);
            }
            send(output);
        } catch (IOException e) {
            close();
        } finally {
            http.output.give(output);
        }
    }

    @Override
    void expired() {
        boolean isWithin = state == State.BODY || state == State.HEAD && kept != null;
        if (unsent != null || !isWithin) {
            close();
            return;
        }
        ByteBuffer output = http.output.take();
        try {
            refuse(output, Status.REQUEST_TIMEOUT);
            send(output);
        } catch (IOException e) {
            close();
        } finally {
            http.output.give(output);
        }
    }

    @Override
    public void draining(Descriptor descriptor) throws IOException {
        endIfIdle();
    }

    /** A client between two requests has none to lose. A new one gets a moment for its first request. */
    private void endIfIdle() throws IOException {
        if (isIdle()) {
            readable(client); // what has come meanwhile is answered
        }
        if (isIdle() && isNew) {
            http.deadlines.set(this, LAST_CHANCE);
        } else if (isIdle()) {
            close();
        }
    }

    private boolean isIdle() {
        return state == State.HEAD && kept == null && unsent == null;
    }

    @Override
    public void hungUp(Descriptor descriptor) {
        close();
    }

    @Override
    public void failed(Descriptor descriptor, IOException failure) {
        close();
    }

    private void release() {
        if (collected != null) {
            collected.release();
            collected = null;
        }
    }

    private void close() {
        state = State.CLOSED;
        http.deadlines.remove(this);
        if (ticks != null) {
            ticks.cancel();
        }
        if (kept != null) {
            pool.give(kept);
            kept = null;
        }
        if (unsent != null) {
            pool.give(unsent);
            unsent = null;
        }
        release();
        client.close();
    }
}
