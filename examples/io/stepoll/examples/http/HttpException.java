package io.stepoll.examples.http;

import java.io.IOException;

/** A request that the server refuses: with a status of its own, after which it closes the connection. */
public final class HttpException extends IOException {
    private static final long serialVersionUID = 1L;

    private final int status;

    /**
     * Makes an exception without a stack trace: a client, and no place in the code, is its cause.
     *
     * @param status of the answer, 400 to 599
     * @param message says what is wrong with the request
     */
    public HttpException(int status, String message) {
        super(message);
        this.status = status;
    }

    /** {@return the status of the answer} */
    public int status() {
        return status;
    }

    @Override
    public Throwable fillInStackTrace() {
        return this;
    }
}
