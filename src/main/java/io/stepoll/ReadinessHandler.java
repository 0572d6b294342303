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
 *
 * @since 0.1.0
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
     * The peer has hung up while the handler does not ask for reading. A handler that asks for neither reading nor
     * writing is told of both: of the end of the peer's output, and of the end in both directions. One that asks for
     * writing is told of the former; for the latter {@link #writable} or {@link #hungUp} is called. Of each the handler
     * is told once, and also if it has happened before the handler was set or has given up reading. By default nothing
     * happens: what is unread may still be read.
     *
     * @param descriptor whose handler this is
     * @param hangUp how far the peer has hung up; {@link HangUp#FULL} may come without {@link HangUp#HALF} before
     * @throws IOException for {@link #failed}
     */
    default void peerEnded(Descriptor descriptor, HangUp hangUp) throws IOException {}

    /**
     * The loop drains: a shutdown waits until no descriptor has a handler any more. Or the {@code Server} is closed
     * that has accepted the connection; {@link Descriptor#isDraining} says both. Called once, in the wake phase, be
     * the handler set before the draining begins or later; a handler that is set in place of another one is told, too.
     *
     * <p>The handler ends what it is doing, and then closes the descriptor. By default a client's connection
     * ({@link Descriptor#isAccepted}) is closed as soon as it is idle, as far as the loop sees that; see
     * {@link Descriptor#closeWhenIdle}, which also says when a handler has to know better. Any other descriptor, to a
     * backend for instance, stays as it is: the requests that are still to be answered may need it.
     *
     * @param descriptor whose handler this is
     * @throws IOException for {@link #failed}
     */
    default void draining(Descriptor descriptor) throws IOException {
        if (descriptor.isAccepted()) {
            descriptor.closeWhenIdle();
        }
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
