package io.stepoll;

import java.nio.channels.ClosedChannelException;

/**
 * Instead of a connection: the listener has none any more, as a {@link Shutdown} has stopped it, or another process has
 * it now. A task that ends with it has not failed: it counts as cancelled.
 */
public final class ListenerStoppedException extends ClosedChannelException {
    private static final long serialVersionUID = 1;

    ListenerStoppedException() {}
}
