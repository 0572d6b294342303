package io.stepoll;

/**
 * The peer has broken the connection off, or has gone with data of this side unread (ECONNRESET).
 *
 * @since 0.1.0
 */
public final class ConnectionResetException extends SystemCallException {
    private static final long serialVersionUID = 1;

    /**
     * Makes the exception for a failed call.
     *
     * @param failedCall the call
     */
    public ConnectionResetException(FailedCall failedCall) {
        super(failedCall);
    }
}
