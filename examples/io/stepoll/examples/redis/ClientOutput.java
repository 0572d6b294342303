package io.stepoll.examples.redis;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Where a client's replies go, and the messages that others publish. */
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
     * From now on messages may come between the replies. Called before the reply to the first subscription.
     *
     * @throws IOException if the connection is broken
     */
    void beginMessages() throws IOException;

    /**
     * Queues a message behind the replies so far. Never waits: a client that does not read its messages loses its
     * connection.
     *
     * @param message the bytes of the message, which other clients get, too
     */
    void message(ByteBuffer message);

    /**
     * No messages come any more. Called behind the reply that ends the last subscription.
     *
     * @throws IOException if the connection is broken
     */
    void endMessages() throws IOException;
}
