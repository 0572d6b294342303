package io.stepoll;

import java.net.SocketException;

/**
 * A system call has failed. The message names the call, the errno and the address.
 *
 * @since 0.1.0
 */
public class SystemCallException extends SocketException implements SystemCallFailure {
    private static final long serialVersionUID = 1;

    /** The call and its failure. */
    private final FailedCall failedCall;

    /**
     * Makes the exception for a failed call.
     *
     * @param failedCall the call
     */
    public SystemCallException(FailedCall failedCall) {
        super(failedCall.message());
        this.failedCall = failedCall;
    }

    @Override
    public final FailedCall failedCall() {
        return failedCall;
    }
}
