package io.stepoll;

/**
 * How far the peer of a connection has hung up; see {@link Descriptor#awaitHangUp} and
 * {@link ReadinessHandler#peerEnded}. EPOLLRDHUP and EPOLLHUP of epoll_ctl(2) are behind this.
 *
 * @since 0.1.0
 */
public enum HangUp {
    /**
     * The peer sends no more: it has ended its output, or closed a TCP socket, which looks the same here until
     * something is written to it. What the peer sent before may still be unread.
     */
    HALF,

    /**
     * Both directions have ended, or the descriptor is in error: the connection was reset, the peer has closed a Unix
     * socket, or nobody has the other end of a pipe. What the peer sent before may still be unread.
     */
    FULL
}
