package io.stepoll.net;

/**
 * Whether the connections of a {@link Server} begin with a header of the PROXY protocol, by which a balancer (HAProxy,
 * nginx, those of the clouds) says whose connection it passes on. Both versions are known, 1 (text) and 2 (binary, with
 * its checksum if there is one). {@link Connection#peer} and {@link Connection#local} are then the addresses of the
 * header, and the names of tasks and messages have them. Where a header names none (UNKNOWN, LOCAL, as in a balancer's
 * checks) they are those of the connection itself. Additions of version 2 are passed over.
 *
 * <p>A header that is malformed, cut short, or not complete within 5 s fails the connection, see
 * {@link ServerBuilder#onFailure}. Of what follows the header no byte is taken away.
 *
 * @since 0.1.0
 */
public enum ProxyProtocol {
    /** There is no header: what looks like one is the client's. */
    OFF,

    /**
     * There may be one. Whoever can connect can then pass for anybody, so this is for a move from one to the other. The
     * server waits for the client's first bytes before it serves, so it is not for protocols in which the server
     * begins.
     */
    OPTIONAL,

    /**
     * There has to be one: without it a connection fails. One that ends before its first byte, as those of some health
     * checks do, ends quietly. Whoever can connect can still pass for anybody: let the balancer alone connect, by
     * {@link ServerBuilder#acceptIf} for instance.
     */
    REQUIRED
}
