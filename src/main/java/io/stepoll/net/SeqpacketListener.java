package io.stepoll.net;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.SystemCallFailure;
import io.stepoll.internal.sys.Sockets;
import java.io.IOException;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.Map;

/**
 * A listening Unix seqpacket socket; see unix(7). Else as {@link Listener}: the file of a path stays when it is closed,
 * and must not be there when it is bound. Its methods belong to the loop's thread.
 */
public final class SeqpacketListener extends LoopSocket<SeqpacketListener> {
    private SeqpacketListener(Descriptor descriptor) {
        super(descriptor);
    }

    /**
     * Listens at an address; see bind(2), listen(2).
     *
     * @param loop the loop that the listener and its connections are on
     * @param address where: a Unix path or an {@link AbstractAddress}
     * @return the listener
     * @throws IOException a {@link SystemCallFailure}, a {@link java.net.BindException} for an address in use; or a
     *     {@link java.net.SocketException} for one that is too long
     * @throws IllegalArgumentException for an address that is no Unix one
     */
    public static SeqpacketListener bind(EventLoop loop, SocketAddress address) throws IOException {
        return bind(loop, address, Listener.DEFAULT_BACKLOG);
    }

    /**
     * Listens at an address; see {@link #bind(EventLoop, SocketAddress)}.
     *
     * @param loop the loop that the listener and its connections are on
     * @param address where
     * @param backlog how many connections wait to be accepted at the most
     * @return the listener
     * @throws IOException as there
     */
    public static SeqpacketListener bind(EventLoop loop, SocketAddress address, int backlog) throws IOException {
        SeqpacketSocket.checkUnix(address);
        return new SeqpacketListener(
                NewSockets.listen(loop, Sockets.SOCK_SEQPACKET, Addresses.raw(address), backlog, Map.of()));
    }

    /**
     * Waits for a connection and accepts it. In a task.
     *
     * @return the connection
     * @throws IOException as for {@link EventLoop#accept}
     */
    public SeqpacketSocket accept() throws IOException {
        return accept(null);
    }

    /**
     * Waits for a connection, but not for ever; see {@link #accept()}.
     *
     * @param timeout how long; null for as long as it takes
     * @return the connection
     * @throws IOException as there; {@link java.net.SocketTimeoutException} past the timeout, and the listener stays
     *     usable
     */
    public SeqpacketSocket accept(Duration timeout) throws IOException {
        return SeqpacketSocket.of(descriptor.accept(loop.deadline(timeout)));
    }

    /**
     * Accepts a connection if there is one, without waiting; see {@link Descriptor#acceptNow}.
     *
     * @return the connection, or null
     * @throws IOException as for {@link #accept()}
     */
    public SeqpacketSocket acceptNow() throws IOException {
        Descriptor accepted = descriptor.acceptNow();
        return accepted == null ? null : SeqpacketSocket.of(accepted);
    }

    @Override
    SeqpacketListener self() {
        return this;
    }
}
