package io.stepoll.net;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.SystemCallFailure;
import io.stepoll.internal.sys.Sockets;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.time.Duration;
import java.util.Map;

/**
 * A listening stream socket: TCP, or Unix by a path or an abstract name. Its methods belong to the loop's thread.
 *
 * <p>As with the JDK's, the file of a Unix path stays when the listener is closed, and must not be there when one is
 * bound.
 */
public final class Listener extends LoopSocket<Listener> {
    /** How many connections wait to be accepted at the most; the kernel lowers it to net.core.somaxconn. */
    public static final int DEFAULT_BACKLOG = 4096;

    private Listener(Descriptor descriptor) {
        super(descriptor);
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
        return new Listener(NewSockets.listen(loop, Sockets.SOCK_STREAM, Addresses.raw(address), backlog, options));
    }

    /**
     * Takes over a listening socket by its number, one that was passed for instance.
     *
     * @param loop the loop that the listener and its connections are on
     * @param fd its number. Another process may have the socket, too: a connection is accepted by one of them, and each
     *     wait costs one epoll_ctl(2) more.
     * @return the listener
     * @throws IOException as for {@link EventLoop#adopt}; it then stays the caller's
     * @throws IllegalArgumentException if it is no socket that listens
     */
    public static Listener of(EventLoop loop, int fd) throws IOException {
        loop.check("of");
        if (Sockets.intOption(fd, Sockets.SOL_SOCKET, Sockets.SO_ACCEPTCONN) != 1) {
            throw new IllegalArgumentException("descriptor " + fd + " is no socket that listens");
        }
        return new Listener(loop.adopt(fd)); // not own: its events would outlive it as long as the other process
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
        return new StreamSocket(descriptor.accept(loop.deadline(timeout)));
    }

    /**
     * Accepts a connection if there is one, without waiting; see {@link Descriptor#acceptNow}.
     *
     * @return the connection, or null
     * @throws IOException as for {@link #accept()}
     */
    public StreamSocket acceptNow() throws IOException {
        Descriptor accepted = descriptor.acceptNow();
        return accepted == null ? null : new StreamSocket(accepted);
    }

    @Override
    Listener self() {
        return this;
    }
}
