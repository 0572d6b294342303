package io.stepoll.net;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.HangUp;
import io.stepoll.SystemCallFailure;
import io.stepoll.internal.net.PassingTransport;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.function.IntConsumer;

/**
 * A connection, each of whose two directions can end on its own. A Unix one can pass descriptors.
 *
 * @param <S> the class of the socket
 */
abstract class ConnectionSocket<S extends ConnectionSocket<S>> extends ByteSocket<S> {
    ConnectionSocket(Descriptor descriptor) {
        super(descriptor);
    }

    @Override
    abstract PassingTransport transport();

    /**
     * Ends the output: the peer comes to the end once it has read everything; see shutdown(2). A task that waits for
     * room to write gets a {@link io.stepoll.BrokenPipeException}.
     *
     * @throws IOException a {@link SystemCallFailure}, if the socket is not connected any more for instance
     */
    public void shutdownOutput() throws IOException {
        descriptor.shutdownOutput();
    }

    /**
     * Waits for the next request of a client: until there is something to read, or the end, or the loop drains. A
     * server calls it between two requests on one connection. In a task.
     *
     * @return whether there is something to read, if only an end; false if there is not and the loop is draining, and
     *     then the connection is to be closed
     * @throws IOException a {@link java.nio.channels.ClosedChannelException}; or an
     *     {@link java.io.InterruptedIOException}
     */
    public boolean awaitRequest() throws IOException {
        return descriptor.awaitRequest();
    }

    /**
     * Waits until the peer hangs up, while other tasks may read and write; see
     * {@link Descriptor#awaitHangUp(HangUp)}. In a task.
     *
     * @param least how far; {@link HangUp#HALF} also returns for a hang-up in both directions
     * @return how far the peer has hung up
     * @throws IOException as there
     */
    public HangUp awaitHangUp(HangUp least) throws IOException {
        return descriptor.awaitHangUp(least);
    }

    /**
     * Waits until the peer hangs up, with a timeout; see {@link #awaitHangUp(HangUp)}.
     *
     * @param least how far
     * @param timeout how long to wait
     * @return how far the peer has hung up
     * @throws SocketTimeoutException past the timeout
     * @throws IOException as there
     */
    public HangUp awaitHangUp(HangUp least, Duration timeout) throws IOException {
        return descriptor.awaitHangUp(least, timeout);
    }

    /**
     * Waits for the next request, with a timeout; see {@link #awaitRequest()}.
     *
     * @param timeout how long to wait
     * @return as there
     * @throws IOException as there; {@link SocketTimeoutException} past the timeout
     */
    public boolean awaitRequest(Duration timeout) throws IOException {
        return descriptor.awaitRequest(timeout);
    }

    /**
     * Writes to a Unix socket, waiting for room if there is none, and passes duplicates of descriptors along; see
     * unix(7), SCM_RIGHTS. In a task. On a stream the descriptors go with the first byte.
     *
     * @param source what to write: on a stream at least one byte, of which not all may go; on a seqpacket socket one
     *     record. Its position moves with the bytes that went.
     * @param descriptors what to pass, as it is at the call, even if a number is closed while this waits. They stay the
     *     caller's, too. Those on this loop are shared from now on, see {@link Descriptor#share}; share one on another
     *     loop there. While this waits it holds duplicates. The close of a duplicate drops the locks that this process
     *     has on a regular file, as any close does; see fcntl(2), "Advisory record locking".
     * @return how many bytes went, and the descriptors with them
     * @throws IOException a {@link SystemCallFailure}: EPERM if the peer takes no descriptors (see
     *     {@link LinuxSocketOptions#SO_PASSRIGHTS}); EINVAL on a socket that is no Unix one, and then nothing is sent;
     *     EMFILE if this has to wait and there is no descriptor for a duplicate; or as for {@link #write(ByteBuffer)}
     * @throws IllegalArgumentException if there are no descriptors, or more than one message takes, or no byte on a
     *     stream
     */
    public int writePassing(ByteBuffer source, int... descriptors) throws IOException {
        return transport().writePassing(descriptor, source, descriptors, EventLoop.NO_DEADLINE);
    }

    /**
     * Writes and passes, with a timeout; see {@link #writePassing(ByteBuffer, int...)}.
     *
     * @param source what to write
     * @param timeout how long to wait
     * @param descriptors what to pass
     * @return as there
     * @throws IOException as there; {@link SocketTimeoutException} past the timeout: nothing went
     */
    public int writePassing(ByteBuffer source, Duration timeout, int... descriptors) throws IOException {
        return transport().writePassing(descriptor, source, descriptors, deadlineNanos(timeout));
    }

    /**
     * Writes and passes without waiting; see {@link #writePassing(ByteBuffer, int...)}.
     *
     * @param source what to write
     * @param descriptors what to pass
     * @return as there; {@link Descriptor#WOULD_BLOCK} if there was no room, or a task is within a write, and then
     *     neither bytes nor descriptors went
     * @throws IOException as there
     */
    public int tryWritePassing(ByteBuffer source, int... descriptors) throws IOException {
        return transport().tryWritePassing(descriptor, source, descriptors);
    }

    /**
     * Reads from a Unix socket as {@link #read(ByteBuffer)} does, and takes the descriptors that come along; see
     * {@link #writePassing}. A plain read drops them. In a task. The first call makes the socket take descriptors. A
     * peer that passes some before gets EPERM, unless {@link LinuxSocketOptions#SO_PASSRIGHTS} was set.
     *
     * @param target where the bytes go
     * @param passed called with the number of each descriptor. The descriptor is close-on-exec, and is the receiver's
     *     from then on, even if the receiver throws. The descriptors that the receiver was not called with are closed.
     * @return how many bytes; -1 at the end
     * @throws TruncatedDatagramException if a record was longer than the target had room for; the receiver has the
     *     descriptors
     * @throws IOException as for {@link #read(ByteBuffer)}; EINVAL on a socket that is no Unix one, and then nothing is
     *     read; or if not all descriptors could be taken, and then none is
     */
    public int readPassed(ByteBuffer target, IntConsumer passed) throws IOException {
        return transport().readPassed(descriptor, target, passed, EventLoop.NO_DEADLINE);
    }

    /**
     * Reads and takes, with a timeout; see {@link #readPassed(ByteBuffer, IntConsumer)}.
     *
     * @param target where the bytes go
     * @param passed called with the number of each descriptor
     * @param timeout how long to wait
     * @return as there
     * @throws IOException as there; {@link SocketTimeoutException} past the timeout
     */
    public int readPassed(ByteBuffer target, IntConsumer passed, Duration timeout) throws IOException {
        return transport().readPassed(descriptor, target, passed, deadlineNanos(timeout));
    }

    /**
     * Reads and takes without waiting; see {@link #readPassed(ByteBuffer, IntConsumer)}.
     *
     * @param target where the bytes go
     * @param passed called with the number of each descriptor
     * @return as there; {@link Descriptor#WOULD_BLOCK} if there is nothing
     * @throws IOException as there
     */
    public int tryReadPassed(ByteBuffer target, IntConsumer passed) throws IOException {
        return transport().tryReadPassed(descriptor, target, passed);
    }
}
