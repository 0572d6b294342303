package io.stepoll;

import java.io.IOException;

/**
 * Called while a descriptor is ready, in the wake phase of each step, on the loop's own thread. What it leaves unread,
 * or unwritten although there is room, calls it again in the next step; so it need not take all at once, and may not:
 * see {@link EventLoopBuilder#ioBudget}. It must not
 * wait: {@link Descriptor#recvNow}, {@link Descriptor#sendNow} and {@link Descriptor#acceptNow} do not. An IOException
 * that it throws goes to {@link #failed}; anything else to the loop's {@link FailureHandler}, and closes the
 * descriptor.
 */
public interface ReadinessHandler {
    /**
     * There is something to read, or to accept, or the end.
     *
     * @param descriptor whose handler this is
     * @throws IOException for {@link #failed}
     */
    void readable(Descriptor descriptor) throws IOException;

    /**
     * There is room to write. By default that is of no interest any more.
     *
     * @param descriptor whose handler this is
     * @throws IOException for {@link #failed}
     */
    default void writable(Descriptor descriptor) throws IOException {
        descriptor.handle(this, true, false);
    }

    /**
     * The other end has gone, and there is nothing to read. By default the descriptor is closed.
     *
     * @param descriptor whose handler this is
     * @throws IOException for {@link #failed}
     */
    default void hungUp(Descriptor descriptor) throws IOException {
        descriptor.close();
    }

    /**
     * The descriptor is in error, or a method of this handler has thrown. By default the descriptor is closed.
     *
     * @param descriptor whose handler this is
     * @param failure what was thrown, or the descriptor's error (SO_ERROR)
     */
    default void failed(Descriptor descriptor, IOException failure) {
        descriptor.close();
    }
}
