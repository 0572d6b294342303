package io.stepoll;

import java.time.Duration;
import java.util.concurrent.TimeoutException;

/**
 * The deadline of {@link EventLoop#within} has ended a wait of the code under it. The cause is the
 * exception that has left the code: the one that ended the wait, or what a library has made of it.
 *
 * @since 0.1.0
 */
public final class DeadlineExceededException extends TimeoutException {
    private static final long serialVersionUID = 1;

    /** How long the code was given. */
    private final Duration timeout;

    /**
     * Makes the exception.
     *
     * @param timeout how long the code was given
     * @param cause the exception that has left the code
     */
    public DeadlineExceededException(Duration timeout, Throwable cause) {
        super("not done within " + timeout);
        this.timeout = timeout;
        initCause(cause);
    }

    /** {@return how long the code was given} */
    public Duration timeout() {
        return timeout;
    }
}
