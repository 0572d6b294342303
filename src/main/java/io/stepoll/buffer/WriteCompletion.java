package io.stepoll.buffer;

import java.io.IOException;

/**
 * Is told what has become of a message in a {@link WriteQueue}: one of the two methods is called once, as a callback of
 * the loop, and never within a call of the queue's methods. The messages of a queue are told in their order.
 *
 * @since 0.1.0
 */
@FunctionalInterface
public interface WriteCompletion {
    /** The kernel has taken all bytes of the message. That is not to say that the peer has read them. */
    void written();

    /**
     * The message did not go, or not all of it. By default this does nothing, as {@link WriteQueueListener#failed} is
     * told, too.
     *
     * @param failure why, the same for all messages that were queued
     */
    default void failed(IOException failure) {}
}
