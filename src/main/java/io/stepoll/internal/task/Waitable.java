package io.stepoll.internal.task;

import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;

/** What a task waits for that is not a time: a descriptor. */
public interface Waitable {
    /** An address or a number, for messages. */
    String describe();

    /** Throws if it was closed, or taken off the loop. */
    void checkOpen() throws ClosedChannelException;

    /** Why it was closed; null if that was the program's own wish. */
    default Throwable whyClosed() {
        return null;
    }

    /** What a task gets that waits for it while it is closed. */
    default AsynchronousCloseException closedMeanwhile() {
        AsynchronousCloseException closed = new AsynchronousCloseException();
        Throwable why = whyClosed();
        if (why != null) {
            closed.initCause(why);
        }
        return closed;
    }
}
