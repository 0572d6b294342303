package io.stepoll.internal.task;

import java.nio.channels.ClosedChannelException;

/** What a task waits for that is not a time: a descriptor. */
public interface Waitable {
    /** An address or a number, for messages. */
    String describe();

    /** Throws if it was closed, or taken off the loop. */
    void checkOpen() throws ClosedChannelException;
}
