package io.stepoll;

import java.net.SocketException;

/** A system call failed, with the call, the errno and the address; {@link SystemCallFailure#errno()} tells which. */
public sealed class SystemCallException extends SocketException implements SystemCallFailure
        permits BrokenPipeException, ConnectionResetException {
    private static final long serialVersionUID = 1;

    /** The call and its failure. */
    private final FailedCall failedCall;

    SystemCallException(FailedCall failedCall) {
        super(failedCall.message());
        this.failedCall = failedCall;
    }

    @Override
    public final FailedCall failedCall() {
        return failedCall;
    }
}
