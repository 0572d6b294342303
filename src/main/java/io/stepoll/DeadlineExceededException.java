package io.stepoll;

import java.time.Duration;
import java.util.concurrent.TimeoutException;

/**
 * The deadline of {@link EventLoop#within} has ended a wait of the code that it was over. Its cause is the exception
 * that the wait ended with.
 */
public final class DeadlineExceededException extends TimeoutException {
    private static final long serialVersionUID = 1;

    /** How long the code was given. */
    private final Duration timeout;

    DeadlineExceededException(Duration timeout, Throwable cause) {
        super("not done within " + timeout);
        this.timeout = timeout;
        initCause(cause);
    }

    /** {@return how long the code was given} */
    public Duration timeout() {
        return timeout;
    }
}
