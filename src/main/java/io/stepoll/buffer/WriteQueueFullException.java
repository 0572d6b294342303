package io.stepoll.buffer;

import java.io.IOException;

/**
 * The connection was closed by {@link WriteQueue.WhenFull#CLOSE}, as its peer does not read.
 *
 * @since 0.1.0
 */
public final class WriteQueueFullException extends IOException {
    private static final long serialVersionUID = 1;

    WriteQueueFullException(String peer, long pendingBytes, long limit) {
        super("the peer of " + peer + " does not read: " + pendingBytes + " bytes are queued, and the limit is "
                + limit);
    }
}
