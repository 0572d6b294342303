package io.stepoll.internal.net;

import java.net.SocketAddress;
import java.net.SocketOption;
import java.time.Duration;
import java.util.Map;

/**
 * How a socket is connected.
 *
 * @param local the address that the socket is bound to before; null for any
 * @param timeout for the look-up of a host name and all attempts together
 * @param attemptDelay after which the next address is tried beside those that have not answered yet
 * @param options are set before, in the order of the map
 */
public record ConnectSettings(SocketAddress local, Duration timeout, Duration attemptDelay,
        Map<SocketOption<?>, ?> options) {
    /** The Connection Attempt Delay that RFC 8305, section 8, recommends. */
    public static final Duration DEFAULT_ATTEMPT_DELAY = Duration.ofMillis(250);
}
