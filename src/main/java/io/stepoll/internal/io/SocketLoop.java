package io.stepoll.internal.io;

import io.stepoll.EventLoop;

/** A loop of this library, as its sockets see it. */
public interface SocketLoop extends EventLoop {
    /** The descriptors on the loop. */
    LoopDescriptors descriptors();
}
