package io.stepoll;

import java.io.IOException;

/** A call that was told not to wait, by its flags, would have had to (EAGAIN). */
public final class WouldBlockException extends IOException {
    private static final long serialVersionUID = 1;

    /** How many bytes went before it would have waited. */
    private final long bytesTransferred;

    WouldBlockException(String call, String address, long bytesTransferred) {
        super(call + " on " + address + ": would block, after " + bytesTransferred + " bytes");
        this.bytesTransferred = bytesTransferred;
    }

    /** {@return how many bytes went before the call would have waited; the buffer's position has moved by as much} */
    public long bytesTransferred() {
        return bytesTransferred;
    }
}
