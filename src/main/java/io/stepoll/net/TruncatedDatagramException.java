package io.stepoll.net;

import java.io.IOException;
import java.net.SocketAddress;

/**
 * A datagram, or a record of a seqpacket socket, was longer than the buffer that it came into: the buffer is full of
 * its beginning, and the rest is lost. The socket stays usable.
 */
public final class TruncatedDatagramException extends IOException {
    private static final long serialVersionUID = 1;

    /** How long the datagram was. */
    private final int length;

    /** Whose it was; null for an unnamed Unix socket's. */
    private final SocketAddress sender;

    TruncatedDatagramException(int length, int room, SocketAddress sender) {
        this("datagram", length, room, sender);
    }

    /** Of what it is called. */
    TruncatedDatagramException(String what, int length, int room, SocketAddress sender) {
        super("a " + what + " of " + length + " bytes" + (sender == null ? "" : " from " + sender)
                + " came into a buffer with room for " + room);
        this.length = length;
        this.sender = sender;
    }

    /**
     * How long the datagram was.
     *
     * @return its length in bytes, more than the buffer had room for
     */
    public int length() {
        return length;
    }

    /**
     * Who sent it.
     *
     * @return the address; null for a Unix socket without a name, and for a record, which comes from the other end
     */
    public SocketAddress sender() {
        return sender;
    }
}
