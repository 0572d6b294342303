package io.stepoll.net;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.SystemCallFailure;
import io.stepoll.internal.net.NewSockets;
import io.stepoll.internal.net.SocketType;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.util.Map;

/**
 * A listening stream socket: TCP, or Unix by a path or an abstract name. Its methods belong to the loop's thread.
 *
 * <p><b>TCP connections have {@link java.net.StandardSocketOptions#TCP_NODELAY}</b>, so that small writes go at once;
 * {@code setOption(TCP_NODELAY, false)} on the listener, or in the options of the bind, turns it off. They inherit it
 * from the listener; an adopted one that has it not stays as it is, and each connection gets it here.
 *
 * <p><b>The file of a Unix path</b> is made by the bind, and removed when the listener is closed, if it is still that
 * very file (by device and inode). It stays if the listener is disowned or another process has it, and after
 * {@link #keepFile}. A process that is killed leaves its file behind. Such a dead file, to which no socket is bound, is
 * replaced. A file whose socket lives makes the bind fail with EADDRINUSE, and so does any file that is no socket, or a
 * symbolic link. The folder is locked meanwhile, by flock(2), so that of several processes that replace a file one
 * succeeds; programs that remove the files of others without that lock are not kept out.
 *
 * @since 0.1.0
 */
public final class Listener extends ListeningSocket<Listener, StreamSocket> {
    /** How many connections wait to be accepted at most. The kernel lowers it to net.core.somaxconn. */
    public static final int DEFAULT_BACKLOG = 4096;

    /** Whether each connection is to get TCP_NODELAY, since the listener has none that they could inherit. */
    private boolean setsNoDelay;

    private Listener(Descriptor descriptor) {
        super(descriptor);
    }

    /**
     * Listens at an address; see bind(2), listen(2). A TCP listener has SO_REUSEADDR, which a server needs to restart.
     *
     * @param loop the loop that the listener and its connections are on
     * @param address where; TCP port 0 takes any that is free. An unresolved host name is looked up, off the loop, and
     *     stands for the first of its addresses. An IPv6 wildcard address takes IPv4 along, see
     *     {@link LinuxSocketOptions#IPV6_V6ONLY}.
     * @return the listener
     * @throws IOException a {@link SystemCallFailure}, a {@link java.net.BindException} for an address in use or not
     *     of this machine; or a {@link java.net.SocketException} for one that is too long, or a host name that nobody
     *     knows
     * @throws IllegalStateException if a callback calls with a host name: a look-up may wait
     */
    public static Listener bind(EventLoop loop, SocketAddress address) throws IOException {
        return bind(loop, address, DEFAULT_BACKLOG);
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
    public static Listener bind(EventLoop loop, SocketAddress address, int backlog) throws IOException {
        return bind(loop, address, backlog, Map.of());
    }

    /**
     * Listens at an address, with options that are set before; see {@link #bind(EventLoop, SocketAddress)}. Some
     * options would come too late afterwards, among them {@link java.net.StandardSocketOptions#SO_REUSEADDR} (to switch
     * it off), {@link java.net.StandardSocketOptions#SO_REUSEPORT}, {@link LinuxSocketOptions#IPV6_V6ONLY},
     * {@link LinuxSocketOptions#SO_BINDTODEVICE}, and, for the window scale,
     * {@link java.net.StandardSocketOptions#SO_RCVBUF}.
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
    public static Listener bind(EventLoop loop, SocketAddress address, int backlog, Map<SocketOption<?>, ?> options)
            throws IOException {
        return new Listener(
                NewSockets.listen(loop, SocketType.STREAM, Addresses.CODEC, address, backlog, options));
    }

    /**
     * Takes over a listening socket by its number, one that was passed for instance.
     *
     * @param loop the loop that the listener and its connections are on
     * @param fd the number. Another process may have the socket, too: each connection is accepted by one of them, and
     *     each wait costs one epoll_ctl(2) more.
     * @return the listener
     * @throws IOException as for {@link EventLoop#adopt}; the descriptor then stays the caller's
     * @throws IllegalArgumentException if this is no socket that listens
     */
    public static Listener adopt(EventLoop loop, int fd) throws IOException {
        Listener listener = new Listener(NewSockets.adoptListener(loop, fd));
        listener.setsNoDelay = NewSockets.hasDelay(listener.descriptor());
        return listener;
    }

    /**
     * Sets an option, for the listener and the connections that it accepts from now on. On an adopted listener
     * {@link java.net.StandardSocketOptions#TCP_NODELAY} is set for all who have the listener.
     */
    @Override
    public <T> Listener setOption(SocketOption<T> option, T value) throws IOException {
        super.setOption(option, value);
        setsNoDelay &= option != StandardSocketOptions.TCP_NODELAY;
        return this;
    }

    @Override
    StreamSocket connection(Descriptor accepted) throws IOException {
        if (setsNoDelay) {
            NewSockets.setNoDelay(accepted);
        }
        return new StreamSocket(accepted);
    }

    @Override
    Listener self() {
        return this;
    }
}
