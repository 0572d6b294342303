package io.stepoll;

/** Nobody reads what is sent: the peer has closed its end, or this side has shut down sending (EPIPE). */
public final class BrokenPipeException extends SystemCallException {
    private static final long serialVersionUID = 1;

    BrokenPipeException(FailedCall failedCall) {
        super(failedCall);
    }
}
