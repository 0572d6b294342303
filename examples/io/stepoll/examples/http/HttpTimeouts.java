package io.stepoll.examples.http;

import java.time.Duration;

/**
 * How long the server waits for a client. A client that is too slow in the middle of a request is answered 408.
 *
 * @param head for a head, from its first byte on; and for the first request of a connection
 * @param body for a body, from its begin to its end
 * @param idle for the next request
 * @param write until the client takes some of what is written
 * @param linger for the end of what a refused client still sends
 */
public record HttpTimeouts(Duration head, Duration body, Duration idle, Duration write, Duration linger) {
    /** Patient with people far away, and no more than that. */
    public static final HttpTimeouts DEFAULT = new HttpTimeouts(Duration.ofSeconds(10), Duration.ofSeconds(30),
            Duration.ofSeconds(60), Duration.ofSeconds(30), Duration.ofSeconds(2));
}
