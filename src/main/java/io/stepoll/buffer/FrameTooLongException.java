package io.stepoll.buffer;

import java.io.IOException;

/**
 * A frame is longer than its {@link LengthPrefix} allows. Nothing of it has been taken, or written.
 *
 * @since 0.1.0
 */
public final class FrameTooLongException extends IOException {
    private static final long serialVersionUID = 1;

    /** Of the frame, in bytes. */
    private final long size;

    /** The most bytes. */
    private final int limit;

    FrameTooLongException(String message, long size, int limit) {
        super(message);
        this.size = size;
        this.limit = limit;
    }

    /** {@return how many bytes the frame has, as its prefix says; to be read as unsigned} */
    public long size() {
        return size;
    }

    /** {@return how many bytes it might have had} */
    public int limit() {
        return limit;
    }
}
