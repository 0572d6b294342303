package io.stepoll.net;

import io.stepoll.ReadinessHandler;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Makes the handler of each connection of a {@link Server} that serves in callbacks.
 *
 * @param <S> the state of a loop, see {@link ServerBuilder#perLoopState}
 * @since 0.1.0
 */
@FunctionalInterface
public interface HandlerFactory<S extends @Nullable Object> {
    /**
     * Makes the handler of a connection. It must not wait. The server then sets the handler, for reading, unless the
     * factory has set one or has closed the connection.
     *
     * @param connection on the current loop. It is open until somebody closes it: the handler, or the server.
     * @return the handler; the same one may serve several connections
     * @throws IOException the failure of the connection, which is closed then
     */
    ReadinessHandler open(Connection<S> connection) throws IOException;
}
