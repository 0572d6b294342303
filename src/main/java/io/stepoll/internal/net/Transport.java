package io.stepoll.internal.net;

import io.stepoll.Descriptor;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * How one kind of socket moves bytes to and from its other end. The descriptor comes with each call, so that a kind
 * without a state of its own needs only one transport for all its sockets.
 *
 * <p>A call without {@code try} waits until its deadline, {@link io.stepoll.EventLoop#NO_DEADLINE} for none. A call
 * with {@code try} returns {@link Descriptor#WOULD_BLOCK} where the other one would wait.
 */
public interface Transport {
    int read(Descriptor socket, ByteBuffer target, long deadlineNanos) throws IOException;

    int tryRead(Descriptor socket, ByteBuffer target) throws IOException;

    int write(Descriptor socket, ByteBuffer source, long deadlineNanos) throws IOException;

    int tryWrite(Descriptor socket, ByteBuffer source) throws IOException;
}
