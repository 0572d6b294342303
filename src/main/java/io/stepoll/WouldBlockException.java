package io.stepoll;

import java.io.IOException;

/**
 * The flags of a call said not to wait, and the call would have had to (EAGAIN).
 *
 * @since 0.1.0
 */
public final class WouldBlockException extends IOException {
    private static final long serialVersionUID = 1;

    /** How many bytes went before the call would have waited. */
    private final long bytesTransferred;

    /**
     * Makes the exception.
     *
     * @param call the system call
     * @param address what the call was about
     * @param bytesTransferred how many bytes went before the call would have waited
     */
    public WouldBlockException(String call, String address, long bytesTransferred) {
        super(call + " on " + address + ": would block, after " + bytesTransferred + " bytes");
        this.bytesTransferred = bytesTransferred;
    }

    /** {@return how many bytes went before the call would have waited; the buffer's position has moved by as many} */
    public long bytesTransferred() {
        return bytesTransferred;
    }
}
