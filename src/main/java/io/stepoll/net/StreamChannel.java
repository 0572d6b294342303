package io.stepoll.net;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.GatheringByteChannel;
import java.nio.channels.ScatteringByteChannel;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A connection that carries a stream of bytes each way: a {@link StreamSocket}, or a TLS connection over one. To a task
 * it is a blocking channel like the JDK's. Its methods belong to the loop's thread.
 *
 * @since 0.1.0
 */
public interface StreamChannel extends GatheringByteChannel, ScatteringByteChannel {
    /** {@return the loop that the connection is on} */
    EventLoop loop();

    /** {@return the descriptor that carries the connection} It is for handlers. What reads or writes it breaks TLS. */
    Descriptor descriptor();

    /** {@return the address of this end; null for a Unix socket without a name, or after {@link #close}} */
    @Nullable SocketAddress localAddress();

    /** {@return the address of the other end; null for a Unix socket without a name, or after {@link #close}} */
    @Nullable SocketAddress remoteAddress();

    /**
     * Reads, with a timeout. In a task.
     *
     * @param target where the bytes go
     * @param timeout how long to wait
     * @return how many bytes; -1 at the end; 0 if nothing remains in the target
     * @throws IOException as for {@link #read(ByteBuffer)}; {@link SocketTimeoutException} past the timeout, and the
     *     connection stays usable
     */
    int read(ByteBuffer target, Duration timeout) throws IOException;

    /**
     * Reads without waiting.
     *
     * @param target where the bytes go
     * @return how many bytes; -1 at the end; {@link Descriptor#WOULD_BLOCK} if there is nothing
     * @throws IOException as for {@link #read(ByteBuffer)}
     */
    int tryRead(ByteBuffer target) throws IOException;

    /**
     * Writes all, with a timeout. In a task.
     *
     * @param source what to write; its position moves with the bytes that went
     * @param timeout how long to wait, for all of it together
     * @return how many bytes: all
     * @throws IOException as for {@link #write(ByteBuffer)}; {@link SocketTimeoutException} past the timeout, which
     *     says how many bytes went, and the connection stays usable
     */
    int write(ByteBuffer source, Duration timeout) throws IOException;

    /**
     * Writes without waiting, as much as there is room for.
     *
     * @param source what to write; its position moves with the bytes that went
     * @return how many bytes; {@link Descriptor#WOULD_BLOCK} if there was no room for any, or a task is within a write
     * @throws IOException as for {@link #write(ByteBuffer)}
     */
    int tryWrite(ByteBuffer source) throws IOException;

    /**
     * Writes several buffers without waiting, one after the other, as much as there is room for.
     *
     * @param sources what to write; their positions move with the bytes that went
     * @param offset of the first buffer
     * @param length how many buffers
     * @return as {@link #tryWrite(ByteBuffer)}
     * @throws IOException as for {@link #read(ByteBuffer)}
     */
    long tryWrite(ByteBuffer[] sources, int offset, int length) throws IOException;

    /**
     * Waits until a read may not block: there is something to read, or the end, or an error. A read may still find
     * nothing, as a part of a TLS record for instance is not yet something to read. In a task.
     *
     * @throws IOException as for all that wait
     */
    void awaitReadable() throws IOException;

    /**
     * Waits until a read may not block, with a timeout; see {@link #awaitReadable()}.
     *
     * @param timeout how long to wait
     * @throws IOException as there; {@link SocketTimeoutException} past the timeout
     */
    void awaitReadable(Duration timeout) throws IOException;

    /**
     * Waits for the next request of a client: until there is something to read, or the end, or the loop drains. In a
     * task.
     *
     * @return whether there is something to read, if only an end; false if there is not and the loop is draining, and
     *     then the connection is to be closed
     * @throws IOException as for all that wait
     */
    boolean awaitRequest() throws IOException;

    /**
     * Waits for the next request, with a timeout; see {@link #awaitRequest()}.
     *
     * @param timeout how long to wait
     * @return as there
     * @throws IOException as there; {@link SocketTimeoutException} past the timeout
     */
    boolean awaitRequest(Duration timeout) throws IOException;

    /**
     * Ends the output: the peer comes to the end once it has read everything.
     *
     * @throws IOException if the connection is broken
     */
    void shutdownOutput() throws IOException;

    /** Closes the connection. Tasks that wait for it get an {@link java.nio.channels.AsynchronousCloseException}. */
    @Override
    void close();
}
