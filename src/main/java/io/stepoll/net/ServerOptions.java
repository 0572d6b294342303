package io.stepoll.net;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The options of a server that was opened.
 *
 * @param tasks serves each connection in a task; null if handlers do
 * @param handlers makes the handler of each connection; null if tasks serve
 * @param mostConnections 0 for no limit
 * @param waitsWhenFull whether the next connection waits in the backlog when there are so many; else it is refused
 * @param idleTimeout null for none
 * @param headerTimeout null for none
 * @param filter of the peers; null to accept all
 * @param failureHook null for the log
 * @param state makes the state of a loop; null for no state
 */
record ServerOptions<S extends @Nullable Object>(@Nullable ConnectionHandler<S> tasks,
        @Nullable HandlerFactory<S> handlers, int backlog,
        Map<SocketOption<?>, Object> ofListener, Map<SocketOption<?>, Object> ofConnections, int mostConnections,
        boolean waitsWhenFull, @Nullable Duration idleTimeout, @Nullable Duration headerTimeout,
        ProxyProtocol proxyProtocol, @Nullable Predicate<? super @Nullable SocketAddress> filter,
        @Nullable BiConsumer<? super @Nullable SocketAddress, ? super Throwable> failureHook,
        @Nullable LoopState<S> state) {

    /** The options of a listener at an address. Its connections inherit TCP_NODELAY. */
    Map<SocketOption<?>, Object> ofListener(@Nullable SocketAddress address, boolean sharesPort) {
        Map<SocketOption<?>, Object> all = new LinkedHashMap<>(ofListener);
        if (sharesPort) {
            all.put(StandardSocketOptions.SO_REUSEPORT, true);
        }
        if (address instanceof InetSocketAddress) {
            all.putIfAbsent(StandardSocketOptions.TCP_NODELAY, true);
        }
        return all;
    }

    /** Sets the options of a listener that was handed over. */
    void applyTo(Listener listener) throws IOException {
        setAll(listener, ofListener(listener.localAddress(), false));
    }

    /** Sets the options of a connection. */
    void applyTo(StreamSocket connection) throws IOException {
        setAll(connection, ofConnections);
    }

    private static void setAll(LoopSocket<?> socket, Map<SocketOption<?>, Object> options) throws IOException {
        for (Map.Entry<SocketOption<?>, Object> option : options.entrySet()) {
            set(socket, option.getKey(), option.getValue());
        }
    }

    private static <T> void set(LoopSocket<?> socket, SocketOption<T> option, Object value) throws IOException {
        socket.setOption(option, option.type().cast(value));
    }
}
