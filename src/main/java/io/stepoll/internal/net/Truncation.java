package io.stepoll.internal.net;

import java.io.IOException;
import java.net.SocketAddress;

/** Makes the exception for a datagram or a record that was longer than its buffer. */
@FunctionalInterface
public interface Truncation {
    /**
     * Makes the exception.
     *
     * @param length how many bytes the datagram had
     * @param room how many bytes the buffer had room for
     * @param sender who sent the datagram; null for a Unix socket without a name, and for a record
     */
    IOException of(int length, int room, SocketAddress sender);
}
