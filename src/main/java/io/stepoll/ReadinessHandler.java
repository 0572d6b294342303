package io.stepoll;

import java.io.IOException;

/**
 * What the loop calls while a descriptor is ready: in the wake phase of each step, as a callback. If the handler leaves
 * something unread, or leaves room unused, it is called again in the next step. So it need not take everything at once,
 * and may not; see {@link EventLoopBuilder#ioBudget}.
 *
 * <p>A handler calls the methods that never wait: {@link Descriptor#tryRead}, {@link Descriptor#tryWrite} and
 * {@link Descriptor#tryAccept}. It may take locks; {@link EventLoop} says what a callback may do. While a handler waits
 * for a lock it is not called again: what happens meanwhile calls it afterwards. An IOException that it throws goes to
 * {@link #failed}. Anything else that it throws goes to the loop's {@link FailureHandler} and closes the descriptor.
 */
public interface ReadinessHandler {
    /**
     * There is something to read or to accept, or the end.
     *
     * @param descriptor whose handler this is
     * @throws IOException for {@link #failed}
     */
    void readable(Descriptor descriptor) throws IOException;

    /**
     * There is room to write. By default the handler then asks for reading only.
     *
     * @param descriptor whose handler this is
     * @throws IOException for {@link #failed}
     */
    default void writable(Descriptor descriptor) throws IOException {
        descriptor.handle(this, true, false);
    }

    /**
     * The peer has gone, and there is nothing to read. By default the descriptor is closed.
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
