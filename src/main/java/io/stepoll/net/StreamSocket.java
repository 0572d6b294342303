package io.stepoll.net;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.SystemCallFailure;
import io.stepoll.internal.net.FileTransfer;
import io.stepoll.internal.net.NewSockets;
import io.stepoll.internal.net.PassingTransport;
import io.stepoll.internal.net.SocketType;
import io.stepoll.internal.net.StreamTransport;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.time.Duration;

/**
 * A connected stream socket: TCP or Unix. To a task it is a blocking channel like the JDK's, so
 * {@link java.nio.channels.Channels#newInputStream} and everything else that is built on channels works on it. Its
 * methods belong to the loop's thread.
 *
 * @since 0.1.0
 */
public final class StreamSocket extends ConnectionSocket<StreamSocket>
        implements StreamChannel {
    StreamSocket(Descriptor descriptor) {
        super(descriptor);
    }

    /**
     * Connects, waiting until that has succeeded or failed; see connect(2). In a task. A TCP socket has
     * {@link java.net.StandardSocketOptions#TCP_NODELAY}. {@link #connecting} takes options, a local address and more.
     *
     * @param loop the loop that the socket is on
     * @param address where to. An unresolved host name is looked up, off the loop; of several addresses the first that
     *     answers wins, see {@link Connector}.
     * @return the socket
     * @throws IOException a {@link SystemCallFailure}, a {@link java.net.ConnectException} if nobody listens there; of
     *     several addresses one exception that names all of them, with the failure of each as suppressed exceptions; a
     *     {@link java.net.SocketException} for an address that is too long; a {@link java.net.UnknownHostException} for
     *     a host name that nobody knows; or an {@link InterruptedIOException}
     */
    public static StreamSocket connect(EventLoop loop, SocketAddress address) throws IOException {
        return connecting(loop).connect(address);
    }

    /**
     * Connects, with a timeout; see {@link #connect(EventLoop, SocketAddress)}.
     *
     * @param loop the loop that the socket is on
     * @param address where to
     * @param timeout how long to wait, for the look-up and all addresses together
     * @return the socket
     * @throws IOException as there; {@link SocketTimeoutException} past the timeout, and no socket is left
     */
    public static StreamSocket connect(EventLoop loop, SocketAddress address, Duration timeout) throws IOException {
        return connecting(loop).timeout(timeout).connect(address);
    }

    /**
     * {@return what connects with options, a local address, or to several addresses}
     *
     * @param loop the loop that the sockets are on
     */
    public static Connector<StreamSocket> connecting(EventLoop loop) {
        return new Connector<>(loop, SocketType.STREAM, StreamSocket::new);
    }

    /**
     * Takes over a connected stream socket by its number, one that was passed for instance.
     *
     * @param loop the loop that the socket is on from now on
     * @param fd the number of a descriptor that nobody else has; for a shared one use {@link EventLoop#adopt}
     * @return the socket
     * @throws IOException as for {@link EventLoop#own}; the descriptor then stays the caller's
     * @throws IllegalArgumentException if this is no connected stream socket; the descriptor then stays the caller's
     */
    public static StreamSocket own(EventLoop loop, int fd) throws IOException {
        return new StreamSocket(NewSockets.ownStream(loop, fd));
    }

    /**
     * Makes two Unix stream sockets that are connected to each other; see socketpair(2).
     *
     * @param loop the loop that both are on
     * @return the two
     * @throws IOException a {@link SystemCallFailure}, for the lack of descriptors for instance
     */
    public static StreamSocket[] pair(EventLoop loop) throws IOException {
        Descriptor[] two = NewSockets.pair(loop, SocketType.STREAM);
        return new StreamSocket[] {new StreamSocket(two[0]), new StreamSocket(two[1])};
    }

    @Override
    PassingTransport transport() {
        return StreamTransport.INSTANCE;
    }

    @Override
    StreamSocket self() {
        return this;
    }

    @Override
    public long read(ByteBuffer[] targets) throws IOException {
        return read(targets, 0, targets.length);
    }

    @Override
    public long read(ByteBuffer[] targets, int offset, int length) throws IOException {
        return descriptor.read(targets, offset, length);
    }

    @Override
    public long tryWrite(ByteBuffer[] sources, int offset, int length) throws IOException {
        return descriptor.tryWrite(sources, offset, length);
    }

    @Override
    public void awaitReadable() throws IOException {
        descriptor.awaitReadable();
    }

    @Override
    public void awaitReadable(Duration timeout) throws IOException {
        descriptor.awaitReadable(timeout);
    }

    @Override
    public long write(ByteBuffer[] sources) throws IOException {
        return write(sources, 0, sources.length);
    }

    @Override
    public long write(ByteBuffer[] sources, int offset, int length) throws IOException {
        return descriptor.write(sources, offset, length);
    }

    /**
     * Writes a part of a file by splice(2), which does not bring the bytes into this process. Waits whenever there is
     * no room. Locks on the file stay. The position of the channel does not move. If the channel is not one of the
     * JDK's, the bytes are copied. In a task.
     *
     * @param file what to read. The loop's thread blocks for a page of the file that is not in memory.
     * @param position where in the file, in bytes
     * @param count how many bytes at most; {@link Long#MAX_VALUE} for all that is there now
     * @return how many bytes; fewer if the file has no more
     * @throws IOException as for {@link #write(ByteBuffer)}. {@link SystemCallFailure#bytesTransferred} or
     *     {@link InterruptedIOException#bytesTransferred} says how many bytes had gone. A
     *     {@link java.nio.channels.ClosedChannelException} if the file is closed, even meanwhile.
     * @throws IllegalArgumentException if the position or the count is negative
     * @throws java.nio.channels.NonReadableChannelException if the file is not open for reading
     */
    public long sendFile(FileChannel file, long position, long count) throws IOException {
        return sendFile(file, position, count, EventLoop.NO_DEADLINE);
    }

    /**
     * Writes a part of a file, with a timeout; see {@link #sendFile(FileChannel, long, long)}.
     *
     * @param file what to read
     * @param position where in the file, in bytes
     * @param count how many bytes at most
     * @param timeout how long to wait, for all of it together
     * @return how many bytes; fewer if the file has no more
     * @throws IOException as there; {@link SocketTimeoutException} past the timeout, which says how many bytes went,
     *     and the socket stays usable
     */
    public long sendFile(FileChannel file, long position, long count, Duration timeout) throws IOException {
        return sendFile(file, position, count, deadlineNanos(timeout));
    }

    private long sendFile(FileChannel file, long position, long count, long deadlineNanos) throws IOException {
        try (FileTransfer transfer = new FileTransfer(descriptor, file, position, count)) {
            return transfer.send(deadlineNanos);
        }
    }

    /**
     * Writes a part of a file without waiting: as much as there is room for, or 4 MiB. A handler is called again while
     * there is room. Otherwise as {@link #sendFile(FileChannel, long, long)}.
     *
     * @param file what to read
     * @param position where in the file, in bytes
     * @param count how many bytes at most
     * @return how many bytes; {@link Descriptor#WOULD_BLOCK} if there was no room for any, or a task is within a write;
     *     0 if the file has no more
     * @throws IOException as there
     */
    public long trySendFile(FileChannel file, long position, long count) throws IOException {
        try (FileTransfer transfer = new FileTransfer(descriptor, file, position, count)) {
            return transfer.trySend();
        }
    }
}
