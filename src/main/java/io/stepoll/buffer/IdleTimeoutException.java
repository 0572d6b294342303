package io.stepoll.buffer;

import java.net.SocketTimeoutException;

/**
 * A wait has ended because a stream was idle for too long; see {@link BufferedStream#idleTimeout}. The stream stays
 * usable.
 *
 * @since 0.1.0
 */
public final class IdleTimeoutException extends SocketTimeoutException {
    private static final long serialVersionUID = 1;

    /** What has not moved. */
    private final Idle idle;

    /**
     * Which limit has ended the wait.
     *
     * @since 0.1.0
     */
    public enum Idle {
        /** No byte came: {@link BufferedStream#readIdleTimeout}. */
        READING,
        /** No byte went: {@link BufferedStream#writeIdleTimeout}. */
        WRITING,
        /** No byte came or went: {@link BufferedStream#idleTimeout}. */
        BOTH
    }

    IdleTimeoutException(String message, Idle idle) {
        super(message);
        this.idle = idle;
    }

    /** {@return which limit has ended the wait} */
    public Idle idle() {
        return idle;
    }
}
