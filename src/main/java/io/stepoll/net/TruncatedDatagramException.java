package io.stepoll.net;

import java.io.IOException;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * A datagram, or a record of a seqpacket socket, was longer than its buffer. The buffer is full of the beginning, and
 * the rest is lost. The socket stays usable.
 *
 * @since 0.1.0
 */
public final class TruncatedDatagramException extends IOException {
    private static final long serialVersionUID = 1;

    /** How many bytes the datagram had. */
    private final int length;

    /** Who sent the datagram; null for a Unix socket without a name. */
    private final @Nullable SocketAddress sender;

    private TruncatedDatagramException(String what, int length, int room, @Nullable SocketAddress sender) {
        super("a " + what + " of " + length + " bytes"
                + (sender == null ? "" : " from " + Addresses.formatDatagram(sender))
                + " came into a buffer with room for " + room);
        this.length = length;
        this.sender = sender;
    }

    static TruncatedDatagramException ofDatagram(int length, int room, @Nullable SocketAddress sender) {
        return new TruncatedDatagramException("datagram", length, room, sender);
    }

    static TruncatedDatagramException ofRecord(int length, int room, @Nullable SocketAddress sender) {
        return new TruncatedDatagramException("record", length, room, sender);
    }

    /** {@return how many bytes the datagram had: more than the buffer had room for} */
    public int length() {
        return length;
    }

    /**
     * {@return who sent the datagram; null for a Unix socket without a name, and for a record, which comes from the
     * other end}
     */
    public @Nullable SocketAddress sender() {
        return sender;
    }
}
