package io.stepoll.net;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.SystemCallFailure;
import io.stepoll.internal.sys.Descriptors;
import io.stepoll.internal.sys.RawAddress;
import io.stepoll.internal.sys.Sockets;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.time.Duration;
import java.util.Map;
import java.util.Set;

/**
 * A listening stream socket: TCP, or Unix by a path or an abstract name. Its methods belong to the loop's thread.
 *
 * <p>As with the JDK's, the file of a Unix path stays when the listener is closed, and must not be there when one is
 * bound.
 */
public final class Listener implements AutoCloseable {
    /** How many connections wait to be accepted at the most; the kernel lowers it to net.core.somaxconn. */
    public static final int DEFAULT_BACKLOG = 4096;

    private final EventLoop loop;
    private final Descriptor descriptor;

    private Listener(EventLoop loop, Descriptor descriptor) {
        this.loop = loop;
        this.descriptor = descriptor;
    }

    /**
     * Listens at an address; see bind(2), listen(2). On TCP with SO_REUSEADDR, as servers need it that are restarted.
     *
     * @param loop the loop that the listener and its connections are on
     * @param address where; TCP port 0 takes any that is free
     * @return the listener
     * @throws IOException a {@link SystemCallFailure}, a {@link java.net.BindException} for an address in use or not
     *     of this machine; or a {@link java.net.SocketException} for one that is too long or unresolved
     */
    public static Listener bind(EventLoop loop, SocketAddress address) throws IOException {
        return bind(loop, address, DEFAULT_BACKLOG);
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
    public static Listener bind(EventLoop loop, SocketAddress address, int backlog) throws IOException {
        return bind(loop, address, backlog, Map.of());
    }

    /**
     * Listens at an address with options that are set before; see {@link #bind(EventLoop, SocketAddress)}. Among those
     * that would come too late afterwards are {@link java.net.StandardSocketOptions#SO_REUSEADDR} (to switch it off),
     * {@link java.net.StandardSocketOptions#SO_REUSEPORT}, {@link LinuxSocketOptions#IPV6_V6ONLY},
     * {@link LinuxSocketOptions#SO_BINDTODEVICE}, and, for the window scale,
     * {@link java.net.StandardSocketOptions#SO_RCVBUF}.
     *
     * @param loop the loop that the listener and its connections are on
     * @param address where
     * @param backlog how many connections wait to be accepted at the most
     * @param options the options and their values, set in the order of the map
     * @return the listener
     * @throws IOException as there, and as for {@link #setOption}
     * @throws IllegalArgumentException as for {@link #setOption}, and if a value is not of its option's type
     * @throws UnsupportedOperationException as for {@link #setOption}
     */
    public static Listener bind(EventLoop loop, SocketAddress address, int backlog, Map<SocketOption<?>, ?> options)
            throws IOException {
        RawAddress raw = Addresses.raw(address);
        String text = raw.toText();
        loop.check("bind");
        int fd = SystemCallFailure.check("socket", Sockets.socket(raw.family(), Sockets.SOCK_STREAM), text);
        try {
            if (raw.family() != Sockets.AF_UNIX) {
                SystemCallFailure.check("setsockopt",
                        Sockets.setIntOption(fd, Sockets.SOL_SOCKET, Sockets.SO_REUSEADDR, 1), text);
            }
            SocketOptions.setAll(fd, options, text);
            SystemCallFailure.check("bind", Addresses.call(Sockets::bind, fd, raw), text);
            SystemCallFailure.check("listen", Sockets.listen(fd, backlog), text);
            return new Listener(loop, loop.own(fd));
        } catch (IOException | RuntimeException | Error e) {
            Descriptors.close(fd);
            throw e;
        }
    }

    /**
     * Waits for a connection and accepts it. In a task.
     *
     * @return the connection
     * @throws IOException as for {@link EventLoop#accept}
     */
    public StreamSocket accept() throws IOException {
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
    public StreamSocket accept(Duration timeout) throws IOException {
        return new StreamSocket(loop, descriptor.accept(loop.deadline(timeout)));
    }

    /**
     * Accepts a connection if there is one, without waiting; see {@link Descriptor#acceptNow}.
     *
     * @return the connection, or null
     * @throws IOException as for {@link #accept()}
     */
    public StreamSocket acceptNow() throws IOException {
        Descriptor accepted = descriptor.acceptNow();
        return accepted == null ? null : new StreamSocket(loop, accepted);
    }

    /**
     * Where it listens.
     *
     * @return the address, with the port that was taken; null after {@link #close}
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
     * Sets an option; see {@link #getOption}. The connections that it accepts inherit most of
     * them; see {@link #bind(EventLoop, SocketAddress, int, Map)} for those that are too late here.
     *
     * @param option the option
     * @param value the value
     * @param <T> the type of its value
     * @return this
     * @throws IOException a {@link SystemCallFailure} that names the option, for the lack of a privilege for instance;
     *     or a {@link java.nio.channels.ClosedChannelException}
     * @throws IllegalArgumentException if the value is out of the option's range, or null
     * @throws UnsupportedOperationException if this kind of socket does not have it, or it can only be read
     */
    public <T> Listener setOption(SocketOption<T> option, T value) throws IOException {
        SocketOptions.set(descriptor, option, value);
        return this;
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

    /** Closes it. A task that accepts gets an {@link java.nio.channels.AsynchronousCloseException}. */
    @Override
    public void close() {
        descriptor.close();
    }

    @Override
    public String toString() {
        return "Listener[" + descriptor + "]";
    }
}
