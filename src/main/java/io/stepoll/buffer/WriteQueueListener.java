package io.stepoll.buffer;

import java.io.IOException;

/**
 * Is told how full a {@link WriteQueue} is, and of its failure: by callbacks of the loop.
 *
 * @since 0.1.0
 */
public interface WriteQueueListener {
    /**
     * More is queued than the high water mark: the peer reads more slowly than this end writes.
     *
     * @param queue whose listener this is
     */
    default void aboveHighWaterMark(WriteQueue queue) {}

    /**
     * The queue was above the high water mark, and is down to the low one.
     *
     * @param queue whose listener this is
     */
    default void belowLowWaterMark(WriteQueue queue) {}

    /**
     * The queue has failed: something that was queued did not go. Called once, after the completions of the messages,
     * and not after {@link WriteQueue#cut}. By default the connection is closed.
     *
     * @param queue whose listener this is
     * @param failure of the system call; a {@link WriteQueueFullException} if the peer has not read; a
     *     {@link java.nio.channels.AsynchronousCloseException} if the connection was closed
     */
    default void failed(WriteQueue queue, IOException failure) {
        queue.cut();
    }
}
