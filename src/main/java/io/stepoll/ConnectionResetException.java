package io.stepoll;

/** The peer broke the connection off, or went away with data of ours unread (ECONNRESET). */
public final class ConnectionResetException extends SystemCallException {
    private static final long serialVersionUID = 1;

    ConnectionResetException(FailedCall failedCall) {
        super(failedCall);
    }
}
