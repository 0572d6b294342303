package io.stepoll.buffer;

import java.io.IOException;

/**
 * A peer's line is longer than the reader allows. What came of the line has not been taken, and can be read in another
 * way.
 *
 * @since 0.1.0
 */
public final class LineTooLongException extends IOException {
    private static final long serialVersionUID = 1;

    /** The most bytes. */
    private final int limit;

    LineTooLongException(String message, int limit) {
        super(message);
        this.limit = limit;
    }

    /** {@return how many bytes the line might have had, without its end} */
    public int limit() {
        return limit;
    }
}
