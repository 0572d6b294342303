package io.stepoll.net;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.SystemCallFailure;
import io.stepoll.internal.net.SocketOptions;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.channels.Channel;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What every socket on a loop has: a descriptor, an address and options.
 *
 * @param <S> the class of the socket
 */
abstract class LoopSocket<S extends LoopSocket<S>> implements Channel {
    final Descriptor descriptor;

    LoopSocket(Descriptor descriptor) {
        this.descriptor = descriptor;
    }

    /** This socket, by its own class. */
    abstract S self();

    /** {@return the loop that the socket is on} */
    public EventLoop loop() {
        return descriptor.loop();
    }

    /** {@return the descriptor of the socket, for operations that this class has no method for} */
    public Descriptor descriptor() {
        return descriptor;
    }

    /**
     * {@return the address of this end, with the port that was taken; null for a Unix socket without a name, or after
     * {@link #close}}
     */
    public @Nullable SocketAddress localAddress() {
        return Addresses.CODEC.local(descriptor);
    }

    /**
     * Returns the value of an option: one of {@link java.net.StandardSocketOptions},
     * {@code jdk.net.ExtendedSocketOptions} or {@link LinuxSocketOptions}. The size of a buffer is the kernel's, which
     * is twice the size that was set.
     *
     * @param option the option
     * @param <T> the type of its value
     * @return the value
     * @throws IOException a {@link SystemCallFailure} that names the option; or a
     *     {@link java.nio.channels.ClosedChannelException}
     * @throws UnsupportedOperationException if this kind of socket does not have the option
     */
    public <T> T getOption(SocketOption<T> option) throws IOException {
        return SocketOptions.get(descriptor, option);
    }

    /**
     * Sets an option; see {@link #getOption}. An accepted connection inherits most options of its listener. With
     * {@link java.net.StandardSocketOptions#SO_LINGER} above 0 another thread closes the socket, as close(2) waits
     * until all bytes have arrived. {@link #close} returns before that, and the descriptor is free a moment later.
     *
     * @param option the option
     * @param value the value
     * @param <T> the type of its value
     * @return this
     * @throws IOException a {@link SystemCallFailure} that names the option, for the lack of a privilege for instance,
     *     or because the option must be set before the socket is bound or connected; or a
     *     {@link java.nio.channels.ClosedChannelException}
     * @throws IllegalArgumentException if the value is out of the option's range, or null
     * @throws UnsupportedOperationException if this kind of socket does not have the option, or the option can only be
     *     read
     */
    public <T> S setOption(SocketOption<T> option, T value) throws IOException {
        SocketOptions.set(descriptor, option, value);
        return self();
    }

    /** {@return the options that this kind of socket has, on this kernel; none after {@link #close}} */
    public Set<SocketOption<?>> supportedOptions() {
        return SocketOptions.supported(descriptor, LinuxSocketOptions.ALL);
    }

    @Override
    public boolean isOpen() {
        return descriptor.isOpen();
    }

    /** Closes the socket. Tasks that wait for it get an {@link java.nio.channels.AsynchronousCloseException}. */
    @Override
    public void close() {
        descriptor.close();
    }

    @Override
    public String toString() {
        return getClass().getSimpleName() + "[" + descriptor + "]";
    }
}
