package io.stepoll;

/**
 * Nobody reads what is sent: the peer has closed its end, or this side has ended its output (EPIPE).
 *
 * @since 0.1.0
 */
public final class BrokenPipeException extends SystemCallException {
    private static final long serialVersionUID = 1;

    /**
     * Makes the exception for a failed call.
     *
     * @param failedCall the call
     */
    public BrokenPipeException(FailedCall failedCall) {
        super(failedCall);
    }
}
