package io.stepoll;

import java.net.NoRouteToHostException;

/**
 * No way leads to the host or its network (EHOSTUNREACH, ENETUNREACH).
 *
 * @since 0.1.0
 */
public final class HostUnreachableException extends NoRouteToHostException implements SystemCallFailure {
    private static final long serialVersionUID = 1;

    /** The call and its failure. */
    private final FailedCall failedCall;

    /**
     * Makes the exception for a failed call.
     *
     * @param failedCall the call
     */
    public HostUnreachableException(FailedCall failedCall) {
        super(failedCall.message());
        this.failedCall = failedCall;
    }

    @Override
    public FailedCall failedCall() {
        return failedCall;
    }
}
