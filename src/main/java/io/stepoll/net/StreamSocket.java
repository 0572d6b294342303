package io.stepoll.net;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.SystemCallFailure;
import io.stepoll.internal.sys.Sockets;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.GatheringByteChannel;
import java.nio.channels.ScatteringByteChannel;
import java.time.Duration;
import java.util.Map;
import java.util.function.IntConsumer;

/**
 * A connected stream socket: TCP or Unix. To a task it is a blocking channel of the JDK's kind, so that
 * {@link java.nio.channels.Channels#newInputStream} and whatever else is built on channels works on it. Its methods
 * belong to the loop's thread.
 */
public final class StreamSocket extends ConnectedSocket<StreamSocket>
        implements GatheringByteChannel, ScatteringByteChannel {
    StreamSocket(Descriptor descriptor) {
        super(descriptor);
    }

    /**
     * Connects, see connect(2), waiting until that has succeeded or failed. In a task.
     *
     * @param loop the loop that the socket is on
     * @param address where to; an unresolved host name is looked up, off the loop, and each address that it stands for
     *     is tried, in the order of {@link java.net.InetAddress#getAllByName}, until one answers
     * @return the socket
     * @throws IOException a {@link SystemCallFailure}, a {@link java.net.ConnectException} if nobody listens there; of
     *     several addresses that of the last one, with those of the others as suppressed exceptions; a
     *     {@link java.net.SocketException} for an address that is too long or unresolved; or an
     *     {@link InterruptedIOException}
     */
    public static StreamSocket connect(EventLoop loop, SocketAddress address) throws IOException {
        return connect(loop, address, null);
    }

    /**
     * Connects, but does not wait for ever; see {@link #connect(EventLoop, SocketAddress)}.
     *
     * @param loop the loop that the socket is on
     * @param address where to
     * @param timeout how long, for the look-up and all addresses together; null for as long as it takes
     * @return the socket
     * @throws IOException as there; {@link SocketTimeoutException} past the timeout, and nothing is left of it
     */
    public static StreamSocket connect(EventLoop loop, SocketAddress address, Duration timeout) throws IOException {
        return connect(loop, address, timeout, Map.of());
    }

    /**
     * Connects with options that are set before; see {@link #connect(EventLoop, SocketAddress, Duration)}. Among those
     * that would come too late afterwards are {@link LinuxSocketOptions#TCP_FASTOPEN_CONNECT},
     * {@link LinuxSocketOptions#SO_BINDTODEVICE}, {@link LinuxSocketOptions#SO_MARK}, and, for the window scale,
     * {@link java.net.StandardSocketOptions#SO_RCVBUF}.
     *
     * @param loop the loop that the socket is on
     * @param address where to
     * @param timeout how long; null for as long as it takes
     * @param options the options and their values, set in the order of the map
     * @return the socket
     * @throws IOException as there, and as for {@link #setOption}
     * @throws IllegalArgumentException as for {@link #setOption}, and if a value is not of its option's type
     * @throws UnsupportedOperationException as for {@link #setOption}
     */
    public static StreamSocket connect(EventLoop loop, SocketAddress address, Duration timeout,
            Map<SocketOption<?>, ?> options) throws IOException {
        return new StreamSocket(Connecting.connect(loop, Sockets.SOCK_STREAM, address, timeout, options));
    }

    /**
     * Takes over a connected stream socket by its number, one that was passed for instance.
     *
     * @param loop the loop that it is on from here on
     * @param fd its number; nobody else has it, else {@link EventLoop#adopt} is for it
     * @return the socket
     * @throws IOException as for {@link EventLoop#own}; it then stays the caller's
     * @throws IllegalArgumentException if it is a socket of another type, or one that listens
     */
    public static StreamSocket of(EventLoop loop, int fd) throws IOException {
        loop.check("of");
        int type = Sockets.intOption(fd, Sockets.SOL_SOCKET, Sockets.SO_TYPE);
        if (type >= 0 && (type != Sockets.SOCK_STREAM
                || Sockets.intOption(fd, Sockets.SOL_SOCKET, Sockets.SO_ACCEPTCONN) == 1)) {
            throw new IllegalArgumentException("descriptor " + fd + " is no connected stream socket, but a "
                    + (type == Sockets.SOCK_STREAM ? "listening one" : SocketKind.of(fd)));
        }
        return new StreamSocket(loop.own(fd));
    }

    /**
     * Makes two Unix stream sockets that are connected to each other; see socketpair(2).
     *
     * @param loop the loop that both are on
     * @return the two
     * @throws IOException a {@link SystemCallFailure}, for the lack of descriptors for instance
     */
    public static StreamSocket[] pair(EventLoop loop) throws IOException {
        Descriptor[] two = NewSockets.pair(loop, Sockets.SOCK_STREAM);
        return new StreamSocket[] {new StreamSocket(two[0]), new StreamSocket(two[1])};
    }

    /**
     * Reads what is there, waiting for something if there is nothing. In a task.
     *
     * @return how many bytes; -1 at the end of the stream
     * @throws IOException as for {@link EventLoop#recv(Descriptor, ByteBuffer)}
     */
    @Override
    public int read(ByteBuffer target) throws IOException {
        return descriptor.recv(target, 0, EventLoop.NO_DEADLINE);
    }

    /**
     * Reads, but does not wait for ever; see {@link #read(ByteBuffer)}.
     *
     * @param target where it goes
     * @param timeout how long; null for as long as it takes
     * @return how many bytes; -1 at the end of the stream
     * @throws IOException as there; {@link SocketTimeoutException} past the timeout, and the socket stays usable
     */
    public int read(ByteBuffer target, Duration timeout) throws IOException {
        return descriptor.recv(target, 0, loop.deadline(timeout));
    }

    /**
     * Writes all that remains in the buffer, waiting for room whenever there is none. In a task.
     *
     * @return how many bytes
     * @throws IOException as for {@link EventLoop#send(Descriptor, ByteBuffer)}
     */
    @Override
    public int write(ByteBuffer source) throws IOException {
        return (int) descriptor.send(source, 0, EventLoop.NO_DEADLINE);
    }

    /**
     * Writes all, but does not wait for ever; see {@link #write(ByteBuffer)}.
     *
     * @param source what to write; its position moves with what has gone
     * @param timeout how long for all of it; null for as long as it takes
     * @return how many bytes
     * @throws IOException as there; {@link SocketTimeoutException} past the timeout, which says how many went, and the
     *     socket stays usable
     */
    public int write(ByteBuffer source, Duration timeout) throws IOException {
        return (int) descriptor.send(source, 0, loop.deadline(timeout));
    }

    @Override
    public long read(ByteBuffer[] targets) throws IOException {
        return read(targets, 0, targets.length);
    }

    @Override
    public long read(ByteBuffer[] targets, int offset, int length) throws IOException {
        return descriptor.recv(targets, offset, length, EventLoop.NO_DEADLINE);
    }

    @Override
    public long write(ByteBuffer[] sources) throws IOException {
        return write(sources, 0, sources.length);
    }

    @Override
    public long write(ByteBuffer[] sources, int offset, int length) throws IOException {
        return descriptor.send(sources, offset, length, EventLoop.NO_DEADLINE);
    }

    /**
     * Writes a part of a file, by sendfile(2): its bytes do not come into this process. Waits for room whenever there
     * is none. The channel's own position is left alone. A channel of another kind than the JDK's is copied from. In a
     * task.
     *
     * @param file what to read; a page of it that is not in memory is waited for by the loop's thread
     * @param position where in the file, in bytes
     * @param count how many bytes at the most; {@link Long#MAX_VALUE} for all that is there now
     * @return how many bytes; fewer if the file has no more
     * @throws IOException as for {@link #write(ByteBuffer)}, and {@link SystemCallFailure#bytesTransferred} or
     *     {@link InterruptedIOException#bytesTransferred} says how many bytes had gone; a
     *     {@link java.nio.channels.ClosedChannelException} if the file is closed, even meanwhile
     * @throws IllegalArgumentException if the position or the count is negative
     * @throws java.nio.channels.NonReadableChannelException if the file was not opened for reading
     */
    public long sendFile(FileChannel file, long position, long count) throws IOException {
        return sendFile(file, position, count, null);
    }

    /**
     * Writes a part of a file, but does not wait for ever; see {@link #sendFile(FileChannel, long, long)}.
     *
     * @param file what to read
     * @param position where in the file, in bytes
     * @param count how many bytes at the most
     * @param timeout how long for all of it; null for as long as it takes
     * @return how many bytes; fewer if the file has no more
     * @throws IOException as there; {@link SocketTimeoutException} past the timeout, which says how many went, and the
     *     socket stays usable
     */
    public long sendFile(FileChannel file, long position, long count, Duration timeout) throws IOException {
        long deadlineNanos = loop.deadline(timeout);
        try (FileTransfer transfer = new FileTransfer(descriptor, file, position, count)) {
            return transfer.send(deadlineNanos);
        }
    }

    /**
     * Writes as much of a part of a file as there is room for, or 4 MiB of it, without waiting: for handlers, which are
     * called again while there is room.
     *
     * @param file what to read
     * @param position where in the file, in bytes
     * @param count how many bytes at the most
     * @return how many bytes
     * @throws IOException as for {@link #sendFile(FileChannel, long, long)}
     */
    public long sendFileNow(FileChannel file, long position, long count) throws IOException {
        try (FileTransfer transfer = new FileTransfer(descriptor, file, position, count)) {
            return transfer.sendNow();
        }
    }

    /**
     * Writes bytes to a Unix socket, and passes duplicates of descriptors along with the first of them; see unix(7),
     * SCM_RIGHTS. In a task.
     *
     * @param source what to write, at least one byte; its position moves with what has gone, which may not be all
     * @param descriptors what to pass; they stay the caller's, too, and those that are on this loop are shared from
     *     then on, see {@link EventLoop#share}; one on another loop is to be shared there
     * @return how many bytes went; the descriptors went with them
     * @throws IOException a {@link SystemCallFailure}, EINVAL on a socket that is no Unix one for instance
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
     * @return how many bytes went
     * @throws IOException as there; {@link SocketTimeoutException} past the timeout: nothing went
     */
    public int writePassing(ByteBuffer source, Duration timeout, int... descriptors) throws IOException {
        return DescriptorPassing.send(descriptor, source, descriptors, loop.deadline(timeout));
    }

    /**
     * Writes and passes without waiting: for handlers.
     *
     * @param source what to write, at least one byte
     * @param descriptors what to pass, as for {@link #writePassing(ByteBuffer, int...)}
     * @return how many bytes went, and the descriptors with them; 0 if there was no room, and then neither
     * @throws IOException as there
     */
    public int writePassingNow(ByteBuffer source, int... descriptors) throws IOException {
        return Math.max(0, DescriptorPassing.send(descriptor, source, descriptors, DescriptorPassing.NOW));
    }

    /**
     * Reads bytes from a Unix socket, and takes descriptors that come along; see {@link #writePassing}. A plain read
     * would drop them. In a task.
     *
     * @param target where the bytes go
     * @param passed told the number of each descriptor, close-on-exec, which is the receiver's from then on
     * @return how many bytes; -1 at the end of the stream
     * @throws IOException as for {@link #read(ByteBuffer)}; or that not all descriptors could be taken, and then none
     *     is
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
     * @return how many bytes; -1 at the end of the stream
     * @throws IOException as there; {@link SocketTimeoutException} past the timeout
     */
    public int readPassed(ByteBuffer target, IntConsumer passed, Duration timeout) throws IOException {
        return DescriptorPassing.receive(descriptor, target, passed, loop.deadline(timeout));
    }

    /**
     * Reads and takes without waiting: for handlers.
     *
     * @param target where the bytes go
     * @param passed told the number of each descriptor, as for {@link #readPassed(ByteBuffer, IntConsumer)}
     * @return how many bytes; 0 if there is nothing; -1 at the end of the stream
     * @throws IOException as there
     */
    public int readPassedNow(ByteBuffer target, IntConsumer passed) throws IOException {
        return DescriptorPassing.receive(descriptor, target, passed, DescriptorPassing.NOW);
    }

    @Override
    StreamSocket self() {
        return this;
    }
}
