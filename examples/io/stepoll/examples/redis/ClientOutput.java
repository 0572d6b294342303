package io.stepoll.examples.redis;

import io.stepoll.buffer.SharedMessage;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Where a client's replies go, and the messages that others publish. Both keep their order. */
public interface ClientOutput {
    /**
     * {@return a buffer with room for so many bytes; what is put there is written}
     *
     * @param bytes how many, a few hundred at most
     * @throws IOException if the connection is broken
     */
    ByteBuffer room(int bytes) throws IOException;

    /**
     * Writes a part of a reply. May wait until the client has read some.
     *
     * @param bytes of the reply
     * @param start of the part
     * @param length of the part
     * @throws IOException if the connection is broken
     */
    void write(byte[] bytes, int start, int length) throws IOException;

    /**
     * Queues a message behind what was written. Never waits: a client that does not read its messages loses its
     * connection.
     *
     * @param message which other clients get, too
     */
    void message(SharedMessage message);
}
