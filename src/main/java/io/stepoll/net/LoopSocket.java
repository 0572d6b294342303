package io.stepoll.net;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.SystemCallFailure;
import io.stepoll.internal.sys.RawAddress;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.channels.Channel;
import java.util.Set;

/**
 * What every socket on a loop has: a descriptor, an address, options and an end.
 *
 * @param <S> the socket's own class
 */
abstract sealed class LoopSocket<S extends LoopSocket<S>> implements Channel
        permits ConnectedSocket, DatagramEndpoint, Listener, SeqpacketListener {
    final EventLoop loop;
    final Descriptor descriptor;

    LoopSocket(Descriptor descriptor) {
        loop = descriptor.loop();
        this.descriptor = descriptor;
    }

    /** This one, as what it is. */
    abstract S self();

    /**
     * The address of this end, with the port that was taken. Like all else for the loop's thread and tasks.
     *
     * @return the address; null for a Unix socket without a name, or after {@link #close}
     */
    public SocketAddress localAddress() {
        return descriptor.isOpenHere("localAddress") ? Addresses.of(RawAddress.local(descriptor.fd())) : null;
    }

    /**
     * The value of an option: one of {@link java.net.StandardSocketOptions}, {@code jdk.net.ExtendedSocketOptions} or
     * {@link LinuxSocketOptions}. Buffer sizes come as the kernel has them, which is twice what was set.
     *
     * @param option the option
     * @param <T> the type of its value
     * @return the value
     * @throws IOException a {@link SystemCallFailure} that names the option; or a
     *     {@link java.nio.channels.ClosedChannelException}
     * @throws UnsupportedOperationException if this kind of socket does not have it
     */
    public <T> T getOption(SocketOption<T> option) throws IOException {
        return SocketOptions.get(descriptor, option);
    }

    /**
     * Sets an option; see {@link #getOption}. What a listener accepts inherits most of them. With
     * {@link java.net.StandardSocketOptions#SO_LINGER} above 0 it is the loop's thread that waits in {@link #close}
     * until all has arrived, and all tasks with it: the kernel does that to non-blocking sockets, too.
     *
     * @param option the option
     * @param value the value
     * @param <T> the type of its value
     * @return this
     * @throws IOException a {@link SystemCallFailure} that names the option, for the lack of a privilege for instance,
     *     or because it had to be set before the socket was bound or connected; or a
     *     {@link java.nio.channels.ClosedChannelException}
     * @throws IllegalArgumentException if the value is out of the option's range, or null
     * @throws UnsupportedOperationException if this kind of socket does not have it, or it can only be read
     */
    public <T> S setOption(SocketOption<T> option, T value) throws IOException {
        SocketOptions.set(descriptor, option, value);
        return self();
    }

    /**
     * The options that this kind of socket has, on this kernel.
     *
     * @return the options; none after {@link #close}
     */
    public Set<SocketOption<?>> supportedOptions() {
        return SocketOptions.supported(descriptor);
    }

    /**
     * Its descriptor, for what this class has no method for.
     *
     * @return the descriptor
     */
    public Descriptor descriptor() {
        return descriptor;
    }

    @Override
    public boolean isOpen() {
        return descriptor.isOpen();
    }

    /** Closes it. Tasks that wait for it get an {@link java.nio.channels.AsynchronousCloseException}. */
    @Override
    public void close() {
        descriptor.close();
    }

    @Override
    public String toString() {
        return getClass().getSimpleName() + "[" + descriptor + "]";
    }
}
