package io.stepoll.net;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.SystemCallFailure;
import io.stepoll.internal.net.NewSockets;
import io.stepoll.internal.net.SocketType;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.util.Map;

/**
 * A listening Unix seqpacket socket; see unix(7). Its file comes and goes as that of a {@link Listener} does. Its
 * methods belong to the loop's thread.
 *
 * @since 0.1.0
 */
public final class SeqpacketListener extends ListeningSocket<SeqpacketListener, SeqpacketSocket> {
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
     * @param backlog how many connections wait to be accepted at most
     * @return the listener
     * @throws IOException as there
     */
    public static SeqpacketListener bind(EventLoop loop, SocketAddress address, int backlog) throws IOException {
        return bind(loop, address, backlog, Map.of());
    }

    /**
     * Listens at an address, with options that are set before; see {@link #bind(EventLoop, SocketAddress)}. The
     * connections inherit them: {@link LinuxSocketOptions#SO_PASSRIGHTS} for peers that pass descriptors at once.
     *
     * @param loop the loop that the listener and its connections are on
     * @param address where
     * @param backlog how many connections wait to be accepted at most
     * @param options the options and their values, set in the order of the map
     * @return the listener
     * @throws IOException as there, and as for {@link #setOption}
     * @throws IllegalArgumentException as for {@link #setOption}, and if a value is not of its option's type
     * @throws UnsupportedOperationException as for {@link #setOption}
     */
    public static SeqpacketListener bind(EventLoop loop, SocketAddress address, int backlog,
            Map<SocketOption<?>, ?> options) throws IOException {
        SeqpacketSocket.checkUnix(address);
        return new SeqpacketListener(
                NewSockets.listen(loop, SocketType.SEQPACKET, Addresses.CODEC, address, backlog, options));
    }

    @Override
    SeqpacketSocket connection(Descriptor accepted) throws IOException {
        return SeqpacketSocket.of(accepted);
    }

    @Override
    SeqpacketListener self() {
        return this;
    }
}
