package io.stepoll;

import java.net.PortUnreachableException;

/**
 * Nobody receives datagrams at the other end, which has said so (ECONNREFUSED).
 *
 * @since 0.1.0
 */
public final class DatagramRefusedException extends PortUnreachableException implements SystemCallFailure {
    private static final long serialVersionUID = 1;

    /** The call and its failure. */
    private final FailedCall failedCall;

    /**
     * Makes the exception for a failed call.
     *
     * @param failedCall the call
     */
    public DatagramRefusedException(FailedCall failedCall) {
        super(failedCall.message());
        this.failedCall = failedCall;
    }

    @Override
    public FailedCall failedCall() {
        return failedCall;
    }
}
