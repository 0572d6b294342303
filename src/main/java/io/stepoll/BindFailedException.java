package io.stepoll;

import java.net.BindException;

/**
 * An address cannot be bound: somebody else has it (EADDRINUSE), or this machine does not have it (EADDRNOTAVAIL).
 *
 * @since 0.1.0
 */
public final class BindFailedException extends BindException implements SystemCallFailure {
    private static final long serialVersionUID = 1;

    /** The call and its failure. */
    private final FailedCall failedCall;

    /**
     * Makes the exception for a failed call.
     *
     * @param failedCall the call
     */
    public BindFailedException(FailedCall failedCall) {
        super(failedCall.message());
        this.failedCall = failedCall;
    }

    @Override
    public FailedCall failedCall() {
        return failedCall;
    }
}
