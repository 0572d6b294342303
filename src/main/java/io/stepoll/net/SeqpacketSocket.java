package io.stepoll.net;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.SystemCallFailure;
import io.stepoll.internal.sys.AddressText;
import io.stepoll.internal.sys.Sockets;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.function.IntConsumer;

/**
 * A connected Unix seqpacket socket: a stream of records, each of which arrives as it was sent, in order and once; see
 * unix(7). Each call takes or sends one. As with all channels -1 is the end; 0 is a record of 0 bytes.
 *
 * <p>A record that is longer than the buffer fills it, and is reported by a {@link TruncatedDatagramException}. One
 * that does not fit into the send buffer ({@link java.net.StandardSocketOptions#SO_SNDBUF}) fails with EMSGSIZE.
 *
 * <p>Its methods belong to the loop's thread, and those that can wait to its tasks; {@link #readNow} and
 * {@link #writeNow} are for handlers, which {@link Descriptor#handle} sets. Who is at the other end tells
 * {@link LinuxSocketOptions#PEER_CREDENTIALS}.
 */
public final class SeqpacketSocket extends ConnectedSocket<SeqpacketSocket> {
    /** What {@link #readNow} returns while no record is there. */
    public static final int NOTHING = -2;

    private final RecordTransfer transfer = new RecordTransfer();

    /** Each record comes with its time, which nobody reads: an end comes without, and so is told from an empty one. */
    private SeqpacketSocket(Descriptor descriptor) throws IOException {
        super(descriptor);
        int fd = descriptor.fd();
        int result = Sockets.setIntOption(fd, Sockets.SOL_SOCKET, Sockets.SO_TIMESTAMP, 1);
        if (result < 0) {
            throw SystemCallFailure.of("setsockopt", -result, AddressText.of(fd));
        }
    }

    /** Of a descriptor that is closed if that fails. */
    static SeqpacketSocket of(Descriptor descriptor) throws IOException {
        try {
            return new SeqpacketSocket(descriptor);
        } catch (IOException | RuntimeException | Error e) {
            descriptor.close();
            throw e;
        }
    }

    /**
     * Connects, see connect(2), waiting until that has succeeded or failed. In a task.
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
        return connect(loop, address, null);
    }

    /**
     * Connects, but does not wait for ever; see {@link #connect(EventLoop, SocketAddress)}.
     *
     * @param loop the loop that the socket is on
     * @param address where to
     * @param timeout how long; null for as long as it takes
     * @return the socket
     * @throws IOException as there; {@link SocketTimeoutException} past the timeout, and nothing is left of it
     */
    public static SeqpacketSocket connect(EventLoop loop, SocketAddress address, Duration timeout)
            throws IOException {
        checkUnix(address);
        return of(Connecting.connect(loop, Sockets.SOCK_SEQPACKET, address, timeout, Map.of()));
    }

    static void checkUnix(SocketAddress address) {
        if (address instanceof InetSocketAddress) {
            throw new IllegalArgumentException("seqpacket sockets are Unix ones: " + address);
        }
    }

    /**
     * Takes over a connected seqpacket socket by its number, one that was passed for instance.
     *
     * @param loop the loop that it is on from here on
     * @param fd its number; nobody else has it, else {@link EventLoop#adopt} is for it
     * @return the socket
     * @throws IOException as for {@link EventLoop#own}; it then stays the caller's
     * @throws IllegalArgumentException if it is no Unix seqpacket socket; it then stays the caller's, too
     */
    public static SeqpacketSocket of(EventLoop loop, int fd) throws IOException {
        SocketKind kind = SocketKind.of(fd);
        if (!kind.isUnix() || kind.type() != Sockets.SOCK_SEQPACKET) {
            throw new IllegalArgumentException("descriptor " + fd + " is no Unix seqpacket socket, but a " + kind);
        }
        Descriptor descriptor = loop.own(fd);
        try {
            return new SeqpacketSocket(descriptor);
        } catch (IOException | RuntimeException | Error e) {
            loop.disown(descriptor);
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
        Descriptor[] two = NewSockets.pair(loop, Sockets.SOCK_SEQPACKET);
        try {
            return new SeqpacketSocket[] {of(two[0]), of(two[1])};
        } catch (IOException | RuntimeException | Error e) {
            two[0].close();
            two[1].close();
            throw e;
        }
    }

    /**
     * Reads a record, waiting for one if there is none. In a task.
     *
     * @return how many bytes, 0 for an empty record; -1 at the end
     * @throws TruncatedDatagramException if it was longer than what remains, even if that is nothing
     * @throws IOException a {@link SystemCallFailure}; that the socket was closed; or an
     *     {@link java.io.InterruptedIOException}
     */
    @Override
    public int read(ByteBuffer target) throws IOException {
        return read(target, null);
    }

    /**
     * Reads a record, but does not wait for ever; see {@link #read(ByteBuffer)}.
     *
     * @param target where it goes
     * @param timeout how long; null for as long as it takes
     * @return how many bytes, 0 for an empty record; -1 at the end
     * @throws IOException as there; {@link SocketTimeoutException} past the timeout, and the socket stays usable
     */
    public int read(ByteBuffer target, Duration timeout) throws IOException {
        int room = checkedRoom(target);
        return length(descriptor.read("recvmsg", loop.deadline(timeout), fd -> transfer.receive(fd, target)), room);
    }

    /**
     * Reads a record without waiting: for handlers.
     *
     * @param target where it goes
     * @return how many bytes, 0 for an empty record; -1 at the end; {@link #NOTHING} while no record is there
     * @throws IOException as for {@link #read(ByteBuffer)}
     */
    public int readNow(ByteBuffer target) throws IOException {
        int room = checkedRoom(target);
        long received = descriptor.readNow("recvmsg", fd -> transfer.receive(fd, target));
        return received == Descriptor.WOULD_BLOCK ? NOTHING : length(received, room);
    }

    private static int checkedRoom(ByteBuffer target) {
        if (target.isReadOnly()) {
            throw new IllegalArgumentException("read into a read-only buffer");
        }
        return target.remaining();
    }

    private static int length(long received, int room) throws TruncatedDatagramException {
        int length = RecordTransfer.length(received);
        if (length > room) {
            throw new TruncatedDatagramException("record", length, room, null);
        }
        return length;
    }

    /**
     * Writes what remains in the buffer, even if it is nothing, as one record, waiting for room if there is none. In a
     * task.
     *
     * @return how many bytes: all
     * @throws IOException a {@link SystemCallFailure}: {@link io.stepoll.BrokenPipeException} if nobody reads any more,
     *     EMSGSIZE if it does not fit into the send buffer; that the socket was closed; or an
     *     {@link java.io.InterruptedIOException}
     */
    @Override
    public int write(ByteBuffer source) throws IOException {
        return write(source, null);
    }

    /**
     * Writes a record, but does not wait for ever; see {@link #write(ByteBuffer)}.
     *
     * @param source what to write
     * @param timeout how long; null for as long as it takes
     * @return how many bytes: all
     * @throws IOException as there; {@link SocketTimeoutException} past the timeout: nothing went, and the socket stays
     *     usable
     */
    public int write(ByteBuffer source, Duration timeout) throws IOException {
        Objects.requireNonNull(source, "source");
        return (int) descriptor.write("send", loop.deadline(timeout), fd -> transfer.send(fd, source));
    }

    /**
     * Writes a record without waiting: for handlers.
     *
     * @param source what to write, all that remains, as one record
     * @return whether it went; if not, there was no room for it
     * @throws IOException as for {@link #write(ByteBuffer)}
     */
    public boolean writeNow(ByteBuffer source) throws IOException {
        Objects.requireNonNull(source, "source");
        return descriptor.writeNow("send", fd -> transfer.send(fd, source)) != Descriptor.WOULD_BLOCK;
    }

    /**
     * Writes a record, and passes duplicates of descriptors along with it; see unix(7), SCM_RIGHTS. In a task.
     *
     * @param source what to write, all that remains, as one record
     * @param descriptors what to pass; they stay the caller's, too, and those that are on this loop are shared from
     *     then on, see {@link EventLoop#share}; one on another loop is to be shared there
     * @return how many bytes: all
     * @throws IOException as for {@link #write(ByteBuffer)}
     * @throws IllegalArgumentException if there are no descriptors, or more than one message takes
     */
    public int writePassing(ByteBuffer source, int... descriptors) throws IOException {
        return writePassing(source, null, descriptors);
    }

    /**
     * Writes and passes, but does not wait for ever; see {@link #writePassing(ByteBuffer, int...)}.
     *
     * @param source what to write
     * @param timeout how long; null for as long as it takes
     * @param descriptors what to pass
     * @return how many bytes: all
     * @throws IOException as there; {@link SocketTimeoutException} past the timeout: nothing went
     */
    public int writePassing(ByteBuffer source, Duration timeout, int... descriptors) throws IOException {
        return DescriptorPassing.sendRecord(descriptor, source, descriptors, loop.deadline(timeout));
    }

    /**
     * Writes and passes without waiting: for handlers.
     *
     * @param source what to write, all that remains, as one record
     * @param descriptors what to pass, as for {@link #writePassing(ByteBuffer, int...)}
     * @return whether it went; if not, there was no room for it
     * @throws IOException as there
     */
    public boolean writePassingNow(ByteBuffer source, int... descriptors) throws IOException {
        return DescriptorPassing.sendRecord(descriptor, source, descriptors, DescriptorPassing.NOW)
                != Descriptor.WOULD_BLOCK;
    }

    /**
     * Reads a record, and takes descriptors that come along; see {@link #writePassing}. A plain read would drop them.
     * In a task.
     *
     * @param target where the bytes go
     * @param passed told the number of each descriptor, close-on-exec, which is the receiver's from then on
     * @return how many bytes, 0 for an empty record; -1 at the end
     * @throws IOException as for {@link #read(ByteBuffer)}, a {@link TruncatedDatagramException} after the descriptors
     *     are told; or that not all descriptors could be taken, and then none is
     */
    public int readPassed(ByteBuffer target, IntConsumer passed) throws IOException {
        return readPassed(target, passed, null);
    }

    /**
     * Reads and takes, but does not wait for ever; see {@link #readPassed(ByteBuffer, IntConsumer)}.
     *
     * @param target where the bytes go
     * @param passed told the number of each descriptor
     * @param timeout how long; null for as long as it takes
     * @return how many bytes, 0 for an empty record; -1 at the end
     * @throws IOException as there; {@link SocketTimeoutException} past the timeout
     */
    public int readPassed(ByteBuffer target, IntConsumer passed, Duration timeout) throws IOException {
        int room = checkedRoom(target);
        return length(DescriptorPassing.receiveRecord(descriptor, target, passed, loop.deadline(timeout)), room);
    }

    /**
     * Reads and takes without waiting: for handlers.
     *
     * @param target where the bytes go
     * @param passed told the number of each descriptor, as for {@link #readPassed(ByteBuffer, IntConsumer)}
     * @return how many bytes, 0 for an empty record; -1 at the end; {@link #NOTHING} while no record is there
     * @throws IOException as there
     */
    public int readPassedNow(ByteBuffer target, IntConsumer passed) throws IOException {
        int room = checkedRoom(target);
        long received = DescriptorPassing.receiveRecord(descriptor, target, passed, DescriptorPassing.NOW);
        return received == Descriptor.WOULD_BLOCK ? NOTHING : length(received, room);
    }

    @Override
    SeqpacketSocket self() {
        return this;
    }
}
