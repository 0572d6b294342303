package io.stepoll.net;

import org.jspecify.annotations.Nullable;

/**
 * What a {@link Server} does with each connection, in a task.
 *
 * @param <S> the state of a loop, see {@link ServerBuilder#perLoopState}
 * @since 0.1.0
 */
@FunctionalInterface
public interface ConnectionHandler<S extends @Nullable Object> {
    /**
     * Serves a connection, in a task of its own. The server closes the connection afterwards.
     *
     * @param connection on the loop of the task
     * @throws Exception the failure of the connection, see {@link ServerBuilder#onFailure}. That the peer has gone, a
     *     reset or a broken pipe on this connection, is no failure.
     */
    void serve(Connection<S> connection) throws Exception;
}
