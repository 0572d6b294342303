package io.stepoll.examples.http;

import io.stepoll.EventLoop;
import java.nio.ByteBuffer;

/** What the HTTP connections of one loop share. */
public final class HttpLoop {
    private static final int INPUT_BYTES = 1 << 16;
    private static final int OUTPUT_BYTES = 1 << 16;

    final EventLoop loop;
    final HttpLimits limits;
    final HttpTimeouts timeouts;
    final Responses responses;
    final Deadlines deadlines;

    /* For what the handler of one connection reads and writes before the loop goes on to the next. */
    private final ByteBuffer input = ByteBuffer.allocateDirect(INPUT_BYTES);
    private final ByteBuffer output = ByteBuffer.allocateDirect(OUTPUT_BYTES);
    private boolean inputTaken;
    private boolean outputTaken;

    /**
     * Makes it, with the default limits and timeouts.
     *
     * @param loop of the connections
     */
    public HttpLoop(EventLoop loop) {
        this(loop, HttpLimits.DEFAULT, HttpTimeouts.DEFAULT);
    }

    /**
     * Makes it.
     *
     * @param loop of the connections
     * @param limits of requests
     * @param timeouts against slow clients
     */
    public HttpLoop(EventLoop loop, HttpLimits limits, HttpTimeouts timeouts) {
        this.loop = loop;
        this.limits = limits;
        this.timeouts = timeouts;
        responses = new Responses(loop);
        deadlines = new Deadlines(loop);
    }

    /**
     * A buffer to read into. A handler may wait in the middle of its work, for a class that another thread loads or for
     * a lock. The handlers that run meanwhile get buffers of the pool.
     */
    ByteBuffer takeInput() {
        if (inputTaken) {
            return loop.buffers().take(INPUT_BYTES);
        }
        inputTaken = true;
        return input.clear();
    }

    void giveInput(ByteBuffer buffer) {
        if (buffer == input) {
            inputTaken = false;
        } else {
            loop.buffers().give(buffer);
        }
    }

    /** A buffer to write from, as {@link #takeInput}. */
    ByteBuffer takeOutput() {
        if (outputTaken) {
            return loop.buffers().take(OUTPUT_BYTES);
        }
        outputTaken = true;
        return output.clear();
    }

    void giveOutput(ByteBuffer buffer) {
        if (buffer == output) {
            outputTaken = false;
        } else {
            loop.buffers().give(buffer);
        }
    }
}
