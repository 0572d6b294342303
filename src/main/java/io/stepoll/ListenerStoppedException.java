package io.stepoll;

import java.nio.channels.ClosedChannelException;

/**
 * In place of a connection: the listener has none any more, as a shutdown has stopped it, or another process has it
 * now. A task that ends with this exception has not failed: it counts as cancelled.
 *
 * @since 0.1.0
 */
public final class ListenerStoppedException extends ClosedChannelException {
    private static final long serialVersionUID = 1;

    /** Makes the exception. */
    public ListenerStoppedException() {}
}
