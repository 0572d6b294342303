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

    /** For what the handler of one connection reads and writes before the loop goes on to the next. */
    final ByteBuffer input = ByteBuffer.allocateDirect(INPUT_BYTES);
    final ByteBuffer output = ByteBuffer.allocateDirect(OUTPUT_BYTES);

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
}
