package io.stepoll.net;

import io.stepoll.Descriptor;
import io.stepoll.SystemCallFailure;
import io.stepoll.internal.sys.RawAddress;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.ByteChannel;

/**
 * A socket with another end, each of whose two directions can end on its own.
 *
 * @param <S> the socket's own class
 */
abstract sealed class ConnectedSocket<S extends ConnectedSocket<S>> extends LoopSocket<S> implements ByteChannel
        permits SeqpacketSocket, StreamSocket {
    ConnectedSocket(Descriptor descriptor) {
        super(descriptor);
    }

    /**
     * The address of the other end.
     *
     * @return the address; null for a Unix socket without a name, if there is no other end any more, or after
     *     {@link #close}
     */
    public SocketAddress remoteAddress() {
        return descriptor.isOpenHere("remoteAddress") ? Addresses.of(RawAddress.peer(descriptor.fd())) : null;
    }

    /**
     * Sends no more: the peer, once it has read everything, is at the end; see shutdown(2). Who waits
     * for room to write gets a {@link io.stepoll.BrokenPipeException}.
     *
     * @throws IOException a {@link SystemCallFailure}, if it is not connected any more for instance
     */
    public void shutdownOutput() throws IOException {
        descriptor.shutdownOutput();
    }
}
