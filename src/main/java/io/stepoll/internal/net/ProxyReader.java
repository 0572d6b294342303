package io.stepoll.internal.net;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.internal.io.LoopDescriptor;
import java.io.IOException;
import java.net.ProtocolException;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;

/**
 * Reads the header of the PROXY protocol at the begin of a connection, and not a byte more: the first bytes are looked
 * at with MSG_PEEK, and taken when it is known how many are the header's.
 */
public final class ProxyReader {
    /** How long a balancer may take for a header. It has all of it before it connects. */
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final LoopDescriptor socket;
    private final boolean required;
    private ProxyHeader header;

    private ProxyReader(LoopDescriptor socket, boolean required) {
        this.socket = socket;
        this.required = required;
    }

    /**
     * Reads the header. In a task. Afterwards messages name the client as the peer of the connection.
     *
     * @param required whether there has to be a header. Otherwise the client's first bytes are waited for without a
     *     limit, and bytes that are no header stay for the reader of the connection.
     * @return what was read
     * @throws ProtocolException if the header is malformed, or missing
     * @throws SocketTimeoutException if it takes too long
     * @throws IOException as for a read
     */
    public static ProxyReader read(Descriptor connection, boolean required) throws IOException {
        LoopDescriptor socket = LoopDescriptor.of(connection);
        ProxyReader reader = new ProxyReader(socket, required);
        try {
            reader.read();
        } catch (ProtocolException e) {
            throw new ProtocolException("the PROXY header from " + socket.describe() + ": " + e.getMessage());
        } catch (SocketTimeoutException e) {
            throw new SocketTimeoutException("the PROXY header from " + socket.describe() + " is not complete after "
                    + PATIENCE);
        }
        if (reader.hasAddresses()) {
            socket.acceptedFrom(reader.header.client());
        }
        return reader;
    }

    /** Whether the connection has ended before the header that has to be there: nobody has asked for anything. */
    public boolean hasEndedBefore() {
        return required && header == null;
    }

    /** Whether a header has named the addresses. */
    public boolean hasAddresses() {
        return header != null && header.client() != null;
    }

    /** What the client has connected to, if a header has named it; null for a Unix socket without a name. */
    public SocketAddress destination(AddressCodec codec) {
        return codec.of(header.destination());
    }

    private void read() throws IOException {
        ByteBuffer first = ByteBuffer.allocate(ProxyHeader.LONGEST_LINE);
        long deadlineNanos = required ? deadlineNanos() : EventLoop.NO_DEADLINE;
        for (int wanted = 1;;) {
            int count = socket.peekAtLeast(first.clear(), wanted, deadlineNanos);
            first.flip();
            ProxyHeader.Sort sort = ProxyHeader.sort(first);
            if (sort == ProxyHeader.Sort.BINARY) {
                header = ofBinary(deadlineNanos == EventLoop.NO_DEADLINE ? deadlineNanos() : deadlineNanos);
                return;
            }
            if (sort == ProxyHeader.Sort.TEXT) {
                int length = ProxyHeader.lineLength(first);
                if (length > 0) {
                    header = ProxyHeader.ofLine(take(length, deadlineNanos));
                    return;
                }
            }
            boolean ends = count < wanted;
            if (sort == ProxyHeader.Sort.NEITHER || ends && (count == 0 || sort == ProxyHeader.Sort.UNDECIDED)) {
                if (required && count > 0) {
                    throw new ProtocolException(ends ? "the connection ends within it" : "there is none");
                }
                return;
            }
            if (ends) {
                throw new ProtocolException("the connection ends within it");
            }
            if (deadlineNanos == EventLoop.NO_DEADLINE) {
                deadlineNanos = deadlineNanos();
            }
            wanted = count + 1;
        }
    }

    private long deadlineNanos() {
        return socket.owner().deadlineNanos(PATIENCE);
    }

    private ProxyHeader ofBinary(long deadlineNanos) throws IOException {
        byte[] begin = take(ProxyHeader.BINARY_BEGIN, deadlineNanos);
        byte[] rest = take(ProxyHeader.restLength(begin), deadlineNanos);
        byte[] whole = new byte[begin.length + rest.length];
        System.arraycopy(begin, 0, whole, 0, begin.length);
        System.arraycopy(rest, 0, whole, begin.length, rest.length);
        return ProxyHeader.ofBinary(whole);
    }

    /** Reads so many bytes. */
    private byte[] take(int length, long deadlineNanos) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(length);
        while (bytes.hasRemaining()) {
            if (socket.read(bytes, deadlineNanos) < 0) {
                throw new ProtocolException("the connection ends within it");
            }
        }
        return bytes.array();
    }
}
