package io.stepoll.net;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.SystemCallFailure;
import io.stepoll.internal.net.DescriptorAccess;
import io.stepoll.internal.net.Transport;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A socket that reads from and writes to its other end. Writes of several tasks wait for each other, and a buffer that
 * another thread uses meanwhile is dealt with as {@link Descriptor} says.
 *
 * @param <S> the class of the socket
 */
abstract class ByteSocket<S extends ByteSocket<S>> extends LoopSocket<S> implements ByteChannel {
    ByteSocket(Descriptor descriptor) {
        super(descriptor);
    }

    /** How this kind of socket moves bytes. */
    abstract Transport transport();

    /**
     * {@return the address of the other end; null if there is none (any more), for a Unix socket without a name, or
     * after {@link #close}}
     */
    public @Nullable SocketAddress remoteAddress() {
        return Addresses.CODEC.remote(descriptor);
    }

    /**
     * Reads, waiting if there is nothing. In a task. A stream socket reads the bytes that are there, a seqpacket socket
     * one record, a datagram socket one datagram of the other end.
     *
     * @param target where the bytes go; its position moves
     * @return how many bytes; -1 at the end of a stream or of the records. 0 is an empty record or datagram; on a
     *     stream it means that nothing remains in the target.
     * @throws TruncatedDatagramException if the record or the datagram was longer than the target had room for
     * @throws java.nio.channels.NotYetConnectedException if this is a datagram socket that is not connected
     * @throws IOException a {@link SystemCallFailure}; a {@link java.nio.channels.ClosedChannelException}; or an
     *     {@link java.io.InterruptedIOException}
     */
    @Override
    public int read(ByteBuffer target) throws IOException {
        return transport().read(descriptor, target, EventLoop.NO_DEADLINE);
    }

    /**
     * Reads, with a timeout; see {@link #read(ByteBuffer)}.
     *
     * @param target where the bytes go
     * @param timeout how long to wait
     * @return as there
     * @throws IOException as there; {@link SocketTimeoutException} past the timeout, and the socket stays usable
     */
    public int read(ByteBuffer target, Duration timeout) throws IOException {
        return transport().read(descriptor, target, deadlineNanos(timeout));
    }

    /**
     * Reads without waiting; see {@link #read(ByteBuffer)}.
     *
     * @param target where the bytes go
     * @return as there; {@link Descriptor#WOULD_BLOCK} if there is nothing
     * @throws IOException as there
     */
    public int tryRead(ByteBuffer target) throws IOException {
        return transport().tryRead(descriptor, target);
    }

    /**
     * Writes all that remains in a buffer, waiting whenever there is no room. In a task. A seqpacket socket writes one
     * record, a datagram socket one datagram to the other end, even if nothing remains.
     *
     * @param source what to write; its position moves with the bytes that went
     * @return how many bytes: all
     * @throws java.nio.channels.NotYetConnectedException if this is a datagram socket that is not connected
     * @throws IOException a {@link SystemCallFailure}: a {@link io.stepoll.BrokenPipeException} if nobody reads any
     *     more, EMSGSIZE if the record or the datagram is too long; a {@link java.nio.channels.ClosedChannelException};
     *     or an {@link java.io.InterruptedIOException}
     */
    @Override
    public int write(ByteBuffer source) throws IOException {
        return transport().write(descriptor, source, EventLoop.NO_DEADLINE);
    }

    /**
     * Writes all, with a timeout; see {@link #write(ByteBuffer)}.
     *
     * @param source what to write
     * @param timeout how long to wait, for all of it together
     * @return how many bytes: all
     * @throws IOException as there; {@link SocketTimeoutException} past the timeout, which says how many bytes of a
     *     stream went, and the socket stays usable
     */
    public int write(ByteBuffer source, Duration timeout) throws IOException {
        return transport().write(descriptor, source, deadlineNanos(timeout));
    }

    /**
     * Writes without waiting: on a stream as many bytes as there is room for, else all or nothing; see
     * {@link #write(ByteBuffer)}.
     *
     * @param source what to write
     * @return how many bytes; {@link Descriptor#WOULD_BLOCK} if there was no room for any, or a task is within a write
     * @throws IOException as there
     */
    public int tryWrite(ByteBuffer source) throws IOException {
        return transport().tryWrite(descriptor, source);
    }

    final long deadlineNanos(Duration timeout) {
        return DescriptorAccess.deadlineNanos(descriptor, timeout);
    }
}
