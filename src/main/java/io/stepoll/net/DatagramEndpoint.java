package io.stepoll.net;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.SystemCallFailure;
import io.stepoll.internal.sys.RawAddress;
import io.stepoll.internal.sys.Sockets;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ProtocolFamily;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.NotYetConnectedException;
import java.time.Duration;
import java.util.Objects;

/**
 * A datagram socket: UDP over IPv4, IPv6 or both, or Unix by a path, an abstract name or none. Each call takes or sends
 * one datagram, or with a {@link DatagramBatch} many. A datagram of 0 bytes is one: reads return 0, and never -1.
 *
 * <p>A datagram that is longer than the buffer fills it, and is reported by a {@link TruncatedDatagramException}.
 * Whoever is told that nobody receives at the other end, by ICMP on a connected UDP socket, gets a
 * {@link java.net.PortUnreachableException}; the socket stays usable, as after a timeout or an interrupt.
 *
 * <p>Its methods belong to the loop's thread, and those that can wait to its tasks.
 */
public final class DatagramEndpoint extends LoopSocket<DatagramEndpoint> implements ByteChannel {
    private final int family;
    private final DatagramCalls calls;
    private boolean connected;
    /** What it was bound to when it was; null for nothing, or before. */
    private RawAddress bound;

    private DatagramEndpoint(Descriptor descriptor, int family) {
        super(descriptor);
        this.family = family;
        calls = new DatagramCalls(descriptor, family);
    }

    /**
     * Makes a UDP socket that is bound to nothing yet: for IPv6 and IPv4 where the machine has both, else for IPv4.
     *
     * @param loop the loop that it is on
     * @return the socket
     * @throws IOException a {@link SystemCallFailure}, for the lack of descriptors for instance
     */
    public static DatagramEndpoint open(EventLoop loop) throws IOException {
        return open(loop, DatagramSockets.hasIpv6() ? Sockets.AF_INET6 : Sockets.AF_INET);
    }

    /**
     * Makes a socket that is bound to nothing yet.
     *
     * @param loop the loop that it is on
     * @param family one of {@link StandardProtocolFamily}; IPv6 takes IPv4 along
     * @return the socket
     * @throws IOException a {@link SystemCallFailure}
     */
    public static DatagramEndpoint open(EventLoop loop, ProtocolFamily family) throws IOException {
        return open(loop, DatagramSockets.number(family));
    }

    private static DatagramEndpoint open(EventLoop loop, int family) throws IOException {
        loop.check("open");
        return new DatagramEndpoint(DatagramSockets.open(loop, family), family);
    }

    /**
     * Makes a socket that receives at an address: {@link #open(EventLoop, ProtocolFamily)} with the address's family,
     * and {@link #bind(SocketAddress)}.
     *
     * @param loop the loop that it is on
     * @param address where; UDP port 0 takes any that is free
     * @return the socket
     * @throws IOException as for those two
     */
    public static DatagramEndpoint bind(EventLoop loop, SocketAddress address) throws IOException {
        DatagramEndpoint endpoint = open(loop, Addresses.raw(address).family());
        try {
            return endpoint.bind(address);
        } catch (IOException | RuntimeException | Error e) {
            endpoint.close();
            throw e;
        }
    }

    /**
     * Makes two Unix datagram sockets without names that are connected to each other; see socketpair(2).
     *
     * @param loop the loop that both are on
     * @return the two
     * @throws IOException a {@link SystemCallFailure}
     */
    public static DatagramEndpoint[] pair(EventLoop loop) throws IOException {
        Descriptor[] two = NewSockets.pair(loop, Sockets.SOCK_DGRAM);
        DatagramEndpoint[] pair = new DatagramEndpoint[two.length];
        for (int i = 0; i < two.length; i++) {
            pair[i] = new DatagramEndpoint(two[i], Sockets.AF_UNIX);
            pair[i].connected = true;
        }
        return pair;
    }

    /**
     * Lets it receive at an address, see bind(2). As with the JDK's, the file of a Unix path stays when the socket is
     * closed, and must not be there before.
     *
     * @param address where; UDP port 0 takes any that is free
     * @return this
     * @throws IOException a {@link SystemCallFailure}, a {@link java.net.BindException} for an address in use or not
     *     of this machine; or a {@link java.net.SocketException} for one that is too long or unresolved
     */
    public DatagramEndpoint bind(SocketAddress address) throws IOException {
        RawAddress raw = family == Sockets.AF_INET6 && address instanceof InetSocketAddress inet
                && inet.getAddress() != null && inet.getAddress().isAnyLocalAddress()
                ? DatagramSockets.anyLocal(family, inet.getPort())
                : Addresses.raw(address, family);
        descriptor.check("bind");
        DatagramSockets.bind(descriptor.fd(), raw);
        bound = raw;
        return this;
    }

    /**
     * Lets it send to and receive from one address only, which {@link #read} and {@link #write} then do; see
     * connect(2). It waits for nothing. A connected socket can be connected to another address.
     *
     * @param address the other end
     * @return this
     * @throws IOException a {@link SystemCallFailure}, a {@link java.net.ConnectException} if there is no such Unix
     *     socket; or a {@link java.net.SocketException} for an address that is too long or unresolved
     */
    public DatagramEndpoint connect(SocketAddress address) throws IOException {
        RawAddress raw = Addresses.raw(address, family);
        descriptor.check("connect");
        SystemCallFailure.check("connect", Addresses.connect(descriptor.fd(), raw), raw.toText("udp"));
        connected = true;
        return this;
    }

    /**
     * Lets it send to and receive from anybody again. It keeps its port.
     *
     * @return this
     * @throws IOException a {@link SystemCallFailure}, if the port was lost to somebody else for instance
     */
    public DatagramEndpoint disconnect() throws IOException {
        descriptor.check("disconnect");
        connected = false;
        DatagramSockets.disconnect(descriptor.fd(), bound);
        return this;
    }

    /**
     * Whether it is connected.
     *
     * @return whether {@link #connect} was called, and {@link #disconnect} not since; or it is one of a pair
     */
    public boolean isConnected() {
        return connected;
    }

    /**
     * Receives a datagram, waiting for one if there is none. In a task.
     *
     * @param target where it goes, at most what remains in it; its position moves
     * @return who sent it; null for a Unix socket without a name
     * @throws TruncatedDatagramException if it was longer than what remains, even if that is nothing
     * @throws IOException a {@link SystemCallFailure}; that the socket was closed; or an
     *     {@link java.io.InterruptedIOException}
     */
    public SocketAddress receive(ByteBuffer target) throws IOException {
        return receive(target, null);
    }

    /**
     * Receives a datagram; see {@link #receive(ByteBuffer)}.
     *
     * @param target where it goes
     * @param timeout how long to wait for it; null for as long as it takes
     * @return who sent it; null for a Unix socket without a name
     * @throws SocketTimeoutException if none came in time
     * @throws IOException as there
     */
    public SocketAddress receive(ByteBuffer target, Duration timeout) throws IOException {
        return calls.receive(target, timeout);
    }

    /**
     * Sends what remains in the buffer as one datagram, waiting for room if there is none. In a task.
     *
     * @param source what to send, even if it is nothing; its position moves
     * @param target where to
     * @return how many bytes: all
     * @throws IOException a {@link SystemCallFailure}: EMSGSIZE if it is too long for one datagram; that the socket was
     *     closed; a {@link java.net.SocketException} for an address too long or unresolved; or an
     *     {@link java.io.InterruptedIOException}
     */
    public int send(ByteBuffer source, SocketAddress target) throws IOException {
        return send(source, target, null);
    }

    /**
     * Sends a datagram; see {@link #send(ByteBuffer, SocketAddress)}.
     *
     * @param source what to send
     * @param target where to
     * @param timeout how long to wait for room; null for as long as it takes
     * @return how many bytes: all
     * @throws SocketTimeoutException if there was none in time
     * @throws IOException as there
     */
    public int send(ByteBuffer source, SocketAddress target, Duration timeout) throws IOException {
        Objects.requireNonNull(source, "source");
        return calls.send(source, Addresses.raw(target, family), timeout);
    }

    /**
     * Receives a datagram from the other end, waiting for one if there is none. In a task.
     *
     * @return how many bytes, 0 or more
     * @throws NotYetConnectedException if it is not connected
     * @throws IOException as for {@link #receive(ByteBuffer)}
     */
    @Override
    public int read(ByteBuffer target) throws IOException {
        return read(target, null);
    }

    /**
     * Receives a datagram from the other end; see {@link #read(ByteBuffer)}.
     *
     * @param target where it goes
     * @param timeout how long to wait for it; null for as long as it takes
     * @return how many bytes, 0 or more
     * @throws SocketTimeoutException if none came in time
     * @throws IOException as there
     */
    public int read(ByteBuffer target, Duration timeout) throws IOException {
        Objects.requireNonNull(target, "target");
        checkConnected("read");
        return calls.read(target, timeout);
    }

    /**
     * Sends what remains in the buffer as one datagram to the other end, waiting for room if there is none. In a task.
     *
     * @return how many bytes: all
     * @throws NotYetConnectedException if it is not connected
     * @throws IOException as for {@link #send(ByteBuffer, SocketAddress)}
     */
    @Override
    public int write(ByteBuffer source) throws IOException {
        return write(source, null);
    }

    /**
     * Sends a datagram to the other end; see {@link #write(ByteBuffer)}.
     *
     * @param source what to send
     * @param timeout how long to wait for room; null for as long as it takes
     * @return how many bytes: all
     * @throws SocketTimeoutException if there was none in time
     * @throws IOException as there
     */
    public int write(ByteBuffer source, Duration timeout) throws IOException {
        Objects.requireNonNull(source, "source");
        checkConnected("write");
        return calls.send(source, null, timeout);
    }

    private void checkConnected(String call) throws IOException {
        descriptor.check(call);
        if (!connected) {
            throw new NotYetConnectedException();
        }
    }

    /**
     * Receives as many datagrams as are there and have room, in one call, waiting for the first. In a task.
     *
     * @param batch where they go; what it had is overwritten
     * @return how many came, 1 or more
     * @throws IOException as for {@link #receive(ByteBuffer)}, but that a packet too long is merely marked
     */
    public int receiveBatch(DatagramBatch batch) throws IOException {
        return receiveBatch(batch, null);
    }

    /**
     * Receives datagrams; see {@link #receiveBatch(DatagramBatch)}.
     *
     * @param batch where they go
     * @param timeout how long to wait for the first; null for as long as it takes
     * @return how many came, 1 or more
     * @throws SocketTimeoutException if none came in time
     * @throws IOException as there
     */
    public int receiveBatch(DatagramBatch batch, Duration timeout) throws IOException {
        return calls.receiveBatch(batch, timeout);
    }

    /**
     * Sends all packets of a batch, each to its address, or to the other end if it has none; in one call if they have
     * room, else waiting for it. In a task.
     *
     * @param batch what to send; {@link DatagramBatch#sent} says how far it went
     * @return how many: all
     * @throws IllegalArgumentException if an address is not of this socket's family; then nothing is sent
     * @throws IOException as for {@link #send(ByteBuffer, SocketAddress)}
     */
    public int sendBatch(DatagramBatch batch) throws IOException {
        return sendBatch(batch, 0, null);
    }

    /**
     * Sends the packets of a batch from one on; see {@link #sendBatch(DatagramBatch)}.
     *
     * @param batch what to send
     * @param from the index of the first to send
     * @param timeout how long to wait for room for all of them; null for as long as it takes
     * @return how many: all from there on
     * @throws SocketTimeoutException if there was none in time
     * @throws IOException as there
     */
    public int sendBatch(DatagramBatch batch, int from, Duration timeout) throws IOException {
        Objects.checkIndex(from, batch.count() + 1);
        descriptor.check("sendBatch");
        return calls.sendBatch(batch, from, timeout);
    }

    /**
     * Receives datagrams without waiting: for handlers. A batch of one packet is for one at a time.
     *
     * @param batch where they go; what it had is gone
     * @return how many came; 0 if none was there
     * @throws IOException as for {@link #receiveBatch(DatagramBatch)}
     */
    public int receiveBatchNow(DatagramBatch batch) throws IOException {
        return calls.receiveBatchNow(batch);
    }

    /**
     * Sends packets of a batch without waiting: for handlers. Where a Unix socket that this one is not connected to is
     * full, the kernel does not tell when it has room: try again after a while, by a timer.
     *
     * @param batch what to send
     * @param from the index of the first to send
     * @return how many went; if not all, there was no room for the next
     * @throws IOException as for {@link #sendBatch(DatagramBatch)}
     */
    public int sendBatchNow(DatagramBatch batch, int from) throws IOException {
        Objects.checkIndex(from, batch.count() + 1);
        descriptor.check("sendBatchNow");
        return calls.sendBatchNow(batch, from);
    }

    /**
     * Joins a multicast group, or with a source just what that sends to the group.
     *
     * @param group the group's address; an IPv6 socket takes an IPv4 group, too
     * @param via the interface
     * @param source whose datagrams to receive; null for anybody's
     * @return the membership, to leave the group by
     * @throws IOException a {@link SystemCallFailure}: EADDRINUSE if it is in the group already
     * @throws IllegalArgumentException if it is no group, or of another family than the socket or the source
     * @throws UnsupportedOperationException on a Unix socket
     */
    public Membership join(InetAddress group, NetworkInterface via, InetAddress source) throws IOException {
        descriptor.check("join");
        return new Membership(this, group, via, source);
    }

    int family() {
        return family;
    }

    /**
     * The address of the other end.
     *
     * @return the address; null if it is not connected, for a Unix socket without a name, or after {@link #close}
     */
    public SocketAddress remoteAddress() {
        return descriptor.isOpenHere("remoteAddress") ? Addresses.of(RawAddress.peer(descriptor.fd())) : null;
    }

    @Override
    DatagramEndpoint self() {
        return this;
    }
}
