package io.stepoll.net;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.SystemCallFailure;
import io.stepoll.internal.net.NewSockets;
import io.stepoll.internal.net.PassingTransport;
import io.stepoll.internal.net.RecordTransport;
import io.stepoll.internal.net.SocketType;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.time.Duration;

/**
 * A connected Unix seqpacket socket: a stream of records. Each record arrives as it was sent, in order and once; see
 * unix(7). Each call reads or writes one record. As with all channels -1 is the end; 0 is a record of 0 bytes.
 *
 * <p>A record that is longer than the buffer fills the buffer, and the call throws a
 * {@link TruncatedDatagramException}. A record that does not fit into the send buffer
 * ({@link java.net.StandardSocketOptions#SO_SNDBUF}) fails with EMSGSIZE.
 *
 * <p>Its methods belong to the loop's thread, and methods that may wait to the loop's tasks. {@link #tryRead} and
 * {@link #tryWrite} are for handlers; {@link Descriptor#handle} sets one. {@link LinuxSocketOptions#PEER_CREDENTIALS}
 * says which process is at the other end.
 *
 * @since 0.1.0
 */
public final class SeqpacketSocket extends ConnectionSocket<SeqpacketSocket> {
    private final RecordTransport transport;

    private SeqpacketSocket(Descriptor descriptor) throws IOException {
        super(descriptor);
        transport = new RecordTransport(descriptor, TruncatedDatagramException::ofRecord);
    }

    /** Makes the socket of a new descriptor. If that fails, closes the descriptor. */
    static SeqpacketSocket of(Descriptor descriptor) throws IOException {
        try {
            return new SeqpacketSocket(descriptor);
        } catch (IOException | RuntimeException | Error e) {
            descriptor.close();
            throw e;
        }
    }

    /**
     * Connects, waiting until that has succeeded or failed; see connect(2). In a task. {@link #connecting} takes
     * options and a local address.
     *
     * @param loop the loop that the socket is on
     * @param address where to: a Unix path or an {@link AbstractAddress}
     * @return the socket
     * @throws IOException a {@link SystemCallFailure}, a {@link java.net.ConnectException} if nobody listens there; a
     *     {@link java.net.SocketException} for an address that is too long; or an
     *     {@link java.io.InterruptedIOException}
     * @throws IllegalArgumentException for an address that is no Unix one
     */
    public static SeqpacketSocket connect(EventLoop loop, SocketAddress address) throws IOException {
        return connecting(loop).connect(address);
    }

    /**
     * Connects, with a timeout; see {@link #connect(EventLoop, SocketAddress)}.
     *
     * @param loop the loop that the socket is on
     * @param address where to
     * @param timeout how long to wait
     * @return the socket
     * @throws IOException as there; {@link SocketTimeoutException} past the timeout, and no socket is left
     */
    public static SeqpacketSocket connect(EventLoop loop, SocketAddress address, Duration timeout)
            throws IOException {
        return connecting(loop).timeout(timeout).connect(address);
    }

    /**
     * {@return what connects with options or a local address}
     *
     * @param loop the loop that the sockets are on
     */
    public static Connector<SeqpacketSocket> connecting(EventLoop loop) {
        return new Connector<>(loop, SocketType.SEQPACKET, SeqpacketSocket::of);
    }

    static void checkUnix(SocketAddress address) {
        if (address instanceof InetSocketAddress) {
            throw new IllegalArgumentException("seqpacket sockets are Unix ones: " + address);
        }
    }

    /**
     * Takes over a connected seqpacket socket by its number, one that was passed for instance.
     *
     * @param loop the loop that the socket is on from now on
     * @param fd the number of a descriptor that nobody else has; for a shared one use {@link EventLoop#adopt}
     * @return the socket
     * @throws IOException as for {@link EventLoop#own}; the descriptor then stays the caller's
     * @throws IllegalArgumentException if this is no Unix seqpacket socket; the descriptor then stays the caller's
     */
    public static SeqpacketSocket own(EventLoop loop, int fd) throws IOException {
        Descriptor descriptor = NewSockets.ownSeqpacket(loop, fd);
        try {
            return new SeqpacketSocket(descriptor);
        } catch (IOException | RuntimeException | Error e) {
            descriptor.disown();
            throw e;
        }
    }

    /**
     * Makes two sockets that are connected to each other; see socketpair(2).
     *
     * @param loop the loop that both are on
     * @return the two
     * @throws IOException a {@link SystemCallFailure}, for the lack of descriptors for instance
     */
    public static SeqpacketSocket[] pair(EventLoop loop) throws IOException {
        Descriptor[] two = NewSockets.pair(loop, SocketType.SEQPACKET);
        try {
            return new SeqpacketSocket[] {of(two[0]), of(two[1])};
        } catch (IOException | RuntimeException | Error e) {
            two[0].close();
            two[1].close();
            throw e;
        }
    }

    @Override
    PassingTransport transport() {
        return transport;
    }

    @Override
    SeqpacketSocket self() {
        return this;
    }
}
