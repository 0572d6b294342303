package io.stepoll.net;

import io.stepoll.internal.net.LinuxOption;
import java.net.SocketOption;
import java.util.List;

/**
 * Socket options of Linux that the JDK has no constant for. They have the kernel's names; see socket(7), tcp(7) and
 * ipv6(7). The other options are in {@link java.net.StandardSocketOptions} and {@code jdk.net.ExtendedSocketOptions}.
 *
 * @since 0.1.0
 */
public final class LinuxSocketOptions {
    private static final LinuxOption<PeerCredentials> CREDENTIALS =
            LinuxOption.peerCredentials(PeerCredentials.class, PeerCredentials::new);

    private static final LinuxOption<TcpInfo> INFO = LinuxOption.tcpInfo(TcpInfo.class, TcpInfo::of);

    static final List<LinuxOption<?>> ALL = List.of(LinuxOption.SO_INCOMING_CPU, LinuxOption.SO_BUSY_POLL,
            LinuxOption.SO_PRIORITY, LinuxOption.SO_MARK, LinuxOption.SO_BINDTODEVICE, CREDENTIALS,
            LinuxOption.SO_PASSRIGHTS, LinuxOption.IPV6_V6ONLY, LinuxOption.TCP_NOTSENT_LOWAT,
            LinuxOption.TCP_USER_TIMEOUT, LinuxOption.TCP_FASTOPEN, LinuxOption.TCP_FASTOPEN_CONNECT,
            LinuxOption.TCP_DEFER_ACCEPT, LinuxOption.TCP_CONGESTION, INFO);

    /**
     * The processor on which the last packet came in; -1 if it is not known. A value that is set is for listeners with
     * {@link java.net.StandardSocketOptions#SO_REUSEPORT}: the kernel prefers this socket for packets of that
     * processor. On TCP and UDP.
     */
    public static final SocketOption<Integer> SO_INCOMING_CPU = LinuxOption.SO_INCOMING_CPU;

    /**
     * For how many microseconds a read that would block first polls the queue of the network card; 0 for not at all. On
     * some kernels raising it takes CAP_NET_ADMIN. On TCP and UDP.
     */
    public static final SocketOption<Integer> SO_BUSY_POLL = LinuxOption.SO_BUSY_POLL;

    /** The priority of the packets that are sent, from 0. Above 6 it takes CAP_NET_ADMIN. On TCP and UDP. */
    public static final SocketOption<Integer> SO_PRIORITY = LinuxOption.SO_PRIORITY;

    /**
     * The mark of the packets that are sent, for routes and filters: 32 bits, of which an Integer shows the highest as
     * its sign. Setting it takes CAP_NET_ADMIN or CAP_NET_RAW. On TCP and UDP.
     */
    public static final SocketOption<Integer> SO_MARK = LinuxOption.SO_MARK;

    /**
     * The name of the only interface that the socket uses; empty for any. Changing it takes CAP_NET_RAW; setting it
     * once does not, since Linux 5.7. On TCP and UDP.
     */
    public static final SocketOption<String> SO_BINDTODEVICE = LinuxOption.SO_BINDTODEVICE;

    /**
     * The process at the other end of a Unix socket: SO_PEERCRED, by numbers. The option of that name in the module
     * jdk.net looks up the names for the numbers, which may block the thread.
     */
    public static final SocketOption<PeerCredentials> PEER_CREDENTIALS = CREDENTIALS;

    /**
     * Whether the socket takes descriptors that its peer passes; see SCM_RIGHTS in unix(7). It is false on each Unix
     * socket that this library makes, and on the connections of its listeners: a peer that passes some gets EPERM.
     * Otherwise a peer could pass a socket that waits when it is closed, and stop the loop that drops it.
     *
     * <p>{@link StreamSocket#readPassed} and {@link SeqpacketSocket#readPassed} switch it on at their first call. A
     * peer that may pass before that call needs it earlier: set it on a pair, in the options of a connect, or in those
     * of a listener, whose connections inherit it. Sockets from {@link io.stepoll.EventLoop#own} and
     * {@link io.stepoll.EventLoop#adopt} keep the setting that they have.
     *
     * <p>On Unix sockets, since Linux 6.16. Older kernels always let a peer pass, so there true is no error, and false
     * is one: ENOPROTOOPT.
     */
    public static final SocketOption<Boolean> SO_PASSRIGHTS = LinuxOption.SO_PASSRIGHTS;

    /**
     * How many bytes may be unsent while the socket is writable; 0 for the system's setting, -1 for no limit. On TCP.
     */
    public static final SocketOption<Integer> TCP_NOTSENT_LOWAT = LinuxOption.TCP_NOTSENT_LOWAT;

    /**
     * After how many milliseconds without an acknowledgement of sent bytes the kernel gives the connection up; 0 for
     * the system's setting. On TCP.
     */
    public static final SocketOption<Integer> TCP_USER_TIMEOUT = LinuxOption.TCP_USER_TIMEOUT;

    /**
     * How many incomplete connections a listener has at most that brought data with their first packet; 0 for none. The
     * kernel lowers it to net.core.somaxconn. On TCP, unless the socket is connected.
     */
    public static final SocketOption<Integer> TCP_FASTOPEN = LinuxOption.TCP_FASTOPEN;

    /**
     * Whether a connect waits for the first write and sends the data with it, if the server has given its cookie
     * before. The write then throws the error of the connection. On TCP, before the connect.
     */
    public static final SocketOption<Boolean> TCP_FASTOPEN_CONNECT = LinuxOption.TCP_FASTOPEN_CONNECT;

    /**
     * For how many seconds at least a listener keeps a connection back that has not sent anything; 0 for not at all.
     * The kernel counts in repeated packets, so it rounds up to 1, 3, 7, ... seconds. On TCP.
     */
    public static final SocketOption<Integer> TCP_DEFER_ACCEPT = LinuxOption.TCP_DEFER_ACCEPT;

    /** The name of the congestion control, one of net.ipv4.tcp_available_congestion_control. On TCP. */
    public static final SocketOption<String> TCP_CONGESTION = LinuxOption.TCP_CONGESTION;

    /** What the kernel knows about a connection. It can only be read. On TCP. */
    public static final SocketOption<TcpInfo> TCP_INFO = INFO;

    /** Whether an IPv6 socket excludes IPv4. On IPv6, before the socket is bound. */
    public static final SocketOption<Boolean> IPV6_V6ONLY = LinuxOption.IPV6_V6ONLY;

    private LinuxSocketOptions() {}
}
