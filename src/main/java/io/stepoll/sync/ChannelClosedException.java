package io.stepoll.sync;

/**
 * The channel is closed: nothing can be sent any more, or everything that was sent has been received.
 *
 * @since 0.1.0
 */
public final class ChannelClosedException extends IllegalStateException {
    private static final long serialVersionUID = 1;

    /**
     * Makes the exception.
     *
     * @param call what was called
     * @param channel what it was called on
     */
    public ChannelClosedException(String call, String channel) {
        super(call + " on " + channel);
    }
}
