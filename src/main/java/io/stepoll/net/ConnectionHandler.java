package io.stepoll.net;

/** What a {@link Server} does with each connection. */
@FunctionalInterface
public interface ConnectionHandler {
    /**
     * Serves a connection, in a task of its own. The server closes the connection afterwards.
     *
     * @param connection on the loop of the task
     * @throws Exception the failure of the task, which is logged
     */
    void serve(StreamSocket connection) throws Exception;
}
