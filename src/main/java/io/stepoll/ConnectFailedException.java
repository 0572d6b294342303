package io.stepoll;

import java.net.ConnectException;

/**
 * Nobody accepts the connection: it was refused (ECONNREFUSED), got no answer (ETIMEDOUT), or the path of the Unix
 * socket does not exist (ENOENT).
 *
 * @since 0.1.0
 */
public final class ConnectFailedException extends ConnectException implements SystemCallFailure {
    private static final long serialVersionUID = 1;

    /** The call and its failure. */
    private final FailedCall failedCall;

    /**
     * Makes the exception for a failed call.
     *
     * @param failedCall the call
     */
    public ConnectFailedException(FailedCall failedCall) {
        super(failedCall.message());
        this.failedCall = failedCall;
    }

    @Override
    public FailedCall failedCall() {
        return failedCall;
    }
}
