package io.stepoll.net;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.SystemCallFailure;
import io.stepoll.internal.net.DatagramSockets;
import io.stepoll.internal.net.DatagramTransport;
import io.stepoll.internal.net.DescriptorAccess;
import io.stepoll.internal.net.NewSockets;
import io.stepoll.internal.net.SocketType;
import io.stepoll.internal.net.Transport;
import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.ProtocolFamily;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A datagram socket: UDP over IPv4, IPv6 or both, or Unix by a path, an abstract name or none. Each call receives or
 * sends one datagram, or with a {@link DatagramBatch} many. A datagram of 0 bytes is a datagram: {@link #read} returns
 * 0, and never -1.
 *
 * <p>A datagram that is longer than the buffer fills the buffer, and the call throws a
 * {@link TruncatedDatagramException}. If nobody receives at the other end, and ICMP reports that to a connected UDP
 * socket, a call throws a {@link java.net.PortUnreachableException}. The socket stays usable, as after a timeout or an
 * interrupt.
 *
 * <p>Its methods belong to the loop's thread, and methods that may wait to the loop's tasks.
 *
 * @since 0.1.0
 */
public final class DatagramEndpoint extends ByteSocket<DatagramEndpoint> {
    private final DatagramTransport transport;

    private DatagramEndpoint(Descriptor descriptor, int family, boolean connected) {
        super(descriptor);
        transport = new DatagramTransport(family, connected, Addresses.CODEC, TruncatedDatagramException::ofDatagram);
    }

    /**
     * Makes a UDP socket that is bound to nothing yet: for IPv6 and IPv4 where the machine has both, else for IPv4.
     *
     * @param loop the loop that the socket is on
     * @return the socket
     * @throws IOException a {@link SystemCallFailure}, for the lack of descriptors for instance
     */
    public static DatagramEndpoint open(EventLoop loop) throws IOException {
        return open(loop, DatagramSockets.familyOfUdp());
    }

    /**
     * Makes a socket that is bound to nothing yet.
     *
     * @param loop the loop that the socket is on
     * @param family one of {@link StandardProtocolFamily}; IPv6 takes IPv4 along
     * @return the socket
     * @throws IOException a {@link SystemCallFailure}
     */
    public static DatagramEndpoint open(EventLoop loop, ProtocolFamily family) throws IOException {
        return open(loop, DatagramSockets.family(family));
    }

    private static DatagramEndpoint open(EventLoop loop, int family) throws IOException {
        return new DatagramEndpoint(DatagramSockets.open(loop, family), family, false);
    }

    /**
     * Makes a socket that receives at an address: {@link #open(EventLoop, ProtocolFamily)} with the family of the
     * address, and {@link #bind(SocketAddress)}.
     *
     * @param loop the loop that the socket is on
     * @param address where; UDP port 0 takes any that is free. A host name stands for the first of its addresses.
     * @return the socket
     * @throws IOException as for those two
     */
    public static DatagramEndpoint bind(EventLoop loop, SocketAddress address) throws IOException {
        SocketAddress resolved = DescriptorAccess.resolved(loop, "bind", address);
        DatagramEndpoint endpoint = open(loop, Addresses.CODEC.family(resolved));
        try {
            return endpoint.bind(resolved);
        } catch (IOException | RuntimeException | Error e) {
            endpoint.close();
            throw e;
        }
    }

    /**
     * Takes over a datagram socket by its number, one that was passed or inherited for instance.
     *
     * @param loop the loop that the socket is on
     * @param fd the number of a descriptor that nobody else has; for a shared one use {@link EventLoop#adopt}. The
     *     socket may be bound, connected, both or neither. The file of a Unix path stays when it is closed: whoever has
     *     bound the socket removes the file.
     * @return the socket
     * @throws IOException as for {@link EventLoop#own}; the descriptor then stays the caller's
     * @throws IllegalArgumentException if this is no datagram socket of UDP or Unix; the descriptor then stays the
     *     caller's
     */
    public static DatagramEndpoint own(EventLoop loop, int fd) throws IOException {
        Descriptor descriptor = DatagramSockets.own(loop, fd);
        return new DatagramEndpoint(descriptor, DatagramSockets.family(descriptor),
                DatagramSockets.isConnected(descriptor));
    }

    /**
     * Makes two Unix datagram sockets without names that are connected to each other; see socketpair(2).
     *
     * @param loop the loop that both are on
     * @return the two
     * @throws IOException a {@link SystemCallFailure}
     */
    public static DatagramEndpoint[] pair(EventLoop loop) throws IOException {
        Descriptor[] two = NewSockets.pair(loop, SocketType.DATAGRAM);
        int family = DatagramSockets.family(StandardProtocolFamily.UNIX);
        return new DatagramEndpoint[] {new DatagramEndpoint(two[0], family, true),
            new DatagramEndpoint(two[1], family, true)};
    }

    /**
     * Receives at an address from now on; see bind(2). The file of a Unix path is removed when the socket is closed, as
     * that of a {@link Listener} is, and a dead file is replaced.
     *
     * @param address where; UDP port 0 takes any that is free. A host name is looked up, off the loop.
     * @return this
     * @throws IOException a {@link SystemCallFailure}, a {@link java.net.BindException} for an address in use or not
     *     of this machine; or a {@link java.net.SocketException} for one that is too long or a host name that nobody
     *     knows
     * @throws IllegalStateException if a callback calls with a host name: a look-up may wait
     */
    public DatagramEndpoint bind(SocketAddress address) throws IOException {
        transport.bind(descriptor, address);
        return this;
    }

    /**
     * Keeps the file of a Unix path when the socket is closed; see {@link Listener#keepFile}.
     *
     * @return this
     * @throws IOException a {@link java.nio.channels.ClosedChannelException}
     */
    public DatagramEndpoint keepFile() throws IOException {
        DescriptorAccess.keepFile(descriptor);
        return this;
    }

    /**
     * Sends to and receives from one address only from now on, as {@link #read} and {@link #write} need it; see
     * connect(2). Waits for nothing but the look-up of a host name. A connected socket can be connected to another
     * address.
     *
     * @param address of the other end
     * @return this
     * @throws IOException a {@link SystemCallFailure}, a {@link java.net.ConnectException} if there is no such Unix
     *     socket; or a {@link java.net.SocketException} for an address that is too long or a host name that nobody
     *     knows
     * @throws IllegalStateException if a callback calls with a host name: a look-up may wait
     */
    public DatagramEndpoint connect(SocketAddress address) throws IOException {
        transport.connect(descriptor, address);
        return this;
    }

    /**
     * Sends to and receives from anybody again. The socket keeps its port.
     *
     * @return this
     * @throws IOException a {@link SystemCallFailure}, if another socket has taken the port for instance
     */
    public DatagramEndpoint disconnect() throws IOException {
        transport.disconnect(descriptor);
        return this;
    }

    /**
     * {@return whether the socket is connected: {@link #connect} was called, and {@link #disconnect} not since; or the
     * socket is one of a pair}
     */
    public boolean isConnected() {
        return transport.isConnected();
    }

    /**
     * Receives a datagram, waiting for one if there is none. In a task.
     *
     * @param target where the datagram goes, at most what remains in it; its position moves
     * @return who sent the datagram; null for a Unix socket without a name
     * @throws TruncatedDatagramException if the datagram was longer than what remains, even if that is nothing
     * @throws IOException a {@link SystemCallFailure}; a {@link java.nio.channels.ClosedChannelException}; or an
     *     {@link java.io.InterruptedIOException}
     */
    public @Nullable SocketAddress receive(ByteBuffer target) throws IOException {
        return transport.receive(descriptor, target, EventLoop.NO_DEADLINE);
    }

    /**
     * Receives a datagram, with a timeout; see {@link #receive(ByteBuffer)}.
     *
     * @param target where the datagram goes
     * @param timeout how long to wait for one
     * @return as there
     * @throws SocketTimeoutException past the timeout
     * @throws IOException as there
     */
    public @Nullable SocketAddress receive(ByteBuffer target, Duration timeout) throws IOException {
        return transport.receive(descriptor, target, deadlineNanos(timeout));
    }

    /**
     * Sends what remains in the buffer as one datagram, waiting for room if there is none. In a task.
     *
     * @param source what to send, even if nothing remains; its position moves
     * @param target where to
     * @return how many bytes: all
     * @throws IOException a {@link SystemCallFailure}: EMSGSIZE if this is too long for one datagram; a
     *     {@link java.nio.channels.ClosedChannelException}; a {@link java.net.SocketException} for an address too long
     *     or unresolved, as no name is looked up for each datagram; or an {@link java.io.InterruptedIOException}
     */
    public int send(ByteBuffer source, SocketAddress target) throws IOException {
        return transport.send(descriptor, source, target, EventLoop.NO_DEADLINE);
    }

    /**
     * Sends a datagram, with a timeout; see {@link #send(ByteBuffer, SocketAddress)}.
     *
     * @param source what to send
     * @param target where to
     * @param timeout how long to wait for room
     * @return how many bytes: all
     * @throws SocketTimeoutException past the timeout
     * @throws IOException as there
     */
    public int send(ByteBuffer source, SocketAddress target, Duration timeout) throws IOException {
        return transport.send(descriptor, source, target, deadlineNanos(timeout));
    }

    /**
     * Receives as many datagrams as are there and the batch has room for, in one call, waiting for the first. In a
     * task.
     *
     * @param batch where the datagrams go; its former packets are overwritten
     * @return how many, 1 or more
     * @throws IOException as for {@link #receive(ByteBuffer)}, but a datagram that is too long is only marked
     */
    public int receiveBatch(DatagramBatch batch) throws IOException {
        return transport.receiveBatch(descriptor, batch.memory, EventLoop.NO_DEADLINE);
    }

    /**
     * Receives datagrams, with a timeout; see {@link #receiveBatch(DatagramBatch)}.
     *
     * @param batch where the datagrams go
     * @param timeout how long to wait for the first
     * @return as there
     * @throws SocketTimeoutException past the timeout
     * @throws IOException as there
     */
    public int receiveBatch(DatagramBatch batch, Duration timeout) throws IOException {
        return transport.receiveBatch(descriptor, batch.memory, deadlineNanos(timeout));
    }

    /**
     * Receives datagrams without waiting: for handlers. A batch of one packet receives one datagram at a time.
     *
     * @param batch where the datagrams go; its former packets are gone
     * @return how many, 1 or more; {@link Descriptor#WOULD_BLOCK} if there was none
     * @throws IOException as for {@link #receiveBatch(DatagramBatch)}
     */
    public int tryReceiveBatch(DatagramBatch batch) throws IOException {
        return transport.tryReceiveBatch(descriptor, batch.memory);
    }

    /**
     * Sends all packets of a batch, each to its address, or to the other end if it has no address: in one call if there
     * is room for all, else waiting for room. In a task.
     *
     * @param batch what to send; {@link DatagramBatch#sent} says how many packets went
     * @return how many: all
     * @throws IllegalArgumentException if an address is not of this socket's family; then nothing is sent
     * @throws IOException as for {@link #send(ByteBuffer, SocketAddress)}
     */
    public int sendBatch(DatagramBatch batch) throws IOException {
        return sendBatch(batch, 0);
    }

    /**
     * Sends the packets of a batch from an index on; see {@link #sendBatch(DatagramBatch)}.
     *
     * @param batch what to send
     * @param from the index of the first packet to send
     * @return how many: all from there on
     * @throws IOException as there
     */
    public int sendBatch(DatagramBatch batch, int from) throws IOException {
        return transport.sendBatch(descriptor, batch.memory, from, EventLoop.NO_DEADLINE);
    }

    /**
     * Sends the packets of a batch from an index on, with a timeout; see {@link #sendBatch(DatagramBatch)}.
     *
     * @param batch what to send
     * @param from the index of the first packet to send
     * @param timeout how long to wait for room, for all packets together
     * @return how many: all from there on
     * @throws SocketTimeoutException past the timeout
     * @throws IOException as there
     */
    public int sendBatch(DatagramBatch batch, int from, Duration timeout) throws IOException {
        return transport.sendBatch(descriptor, batch.memory, from, deadlineNanos(timeout));
    }

    /**
     * Sends packets of a batch without waiting: for handlers. The kernel does not report when a full Unix socket has
     * room again, unless this socket is connected to it: then try again after a while, by a timer.
     *
     * @param batch what to send
     * @param from the index of the first packet to send
     * @return how many went: if not all, there was no room for the next; {@link Descriptor#WOULD_BLOCK} if there was no
     *     room for any
     * @throws IOException as for {@link #sendBatch(DatagramBatch)}
     */
    public int trySendBatch(DatagramBatch batch, int from) throws IOException {
        return transport.trySendBatch(descriptor, batch.memory, from);
    }

    /**
     * Joins a multicast group, to receive the datagrams of all sources or of one.
     *
     * @param group the address of the group; an IPv6 socket takes an IPv4 group, too
     * @param via the interface
     * @param source the only source to receive from; null for all
     * @return the membership, which leaves the group when it is closed
     * @throws IOException a {@link SystemCallFailure}: EADDRINUSE if the socket is in the group already
     * @throws IllegalArgumentException if this is no group, or a group of another family than the socket or the source
     * @throws UnsupportedOperationException on a Unix socket
     */
    public Membership join(InetAddress group, NetworkInterface via, @Nullable InetAddress source) throws IOException {
        DescriptorAccess.check(descriptor, "join");
        return new Membership(descriptor, transport.family(), group, via, source);
    }

    @Override
    Transport transport() {
        return transport;
    }

    @Override
    DatagramEndpoint self() {
        return this;
    }
}
