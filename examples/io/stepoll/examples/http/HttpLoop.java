package io.stepoll.examples.http;

import io.stepoll.EventLoop;

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
    final LoopBuffer input;
    final LoopBuffer output;

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
        input = new LoopBuffer(loop.buffers(), INPUT_BYTES);
        output = new LoopBuffer(loop.buffers(), OUTPUT_BYTES);
    }
}
