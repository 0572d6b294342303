package io.stepoll.net;

import java.net.SocketOption;

/**
 * Socket options of Linux that the JDK has no constant for. They have the kernel's names; see socket(7), tcp(7) and
 * ipv6(7). The others are in {@link java.net.StandardSocketOptions} and {@code jdk.net.ExtendedSocketOptions}.
 */
public final class LinuxSocketOptions {
    /**
     * The processor that the last packet came in by; -1 if it is not known. If set, on listeners with
     * {@link java.net.StandardSocketOptions#SO_REUSEPORT}: the one of whose packets this socket is preferred. On TCP
     * and UDP.
     */
    public static final SocketOption<Integer> SO_INCOMING_CPU = new Option<>("SO_INCOMING_CPU", Integer.class);

    /**
     * How many microseconds a read that would block first looks at the network card's queue; 0 for not. On TCP and UDP;
     * to raise it takes CAP_NET_ADMIN on some kernels.
     */
    public static final SocketOption<Integer> SO_BUSY_POLL = new Option<>("SO_BUSY_POLL", Integer.class);

    /** The priority of the packets that are sent, from 0; above 6 it takes CAP_NET_ADMIN. On TCP and UDP. */
    public static final SocketOption<Integer> SO_PRIORITY = new Option<>("SO_PRIORITY", Integer.class);

    /**
     * The mark of the packets that are sent, for routes and filters: 32 bits, of which an Integer shows the highest as
     * its sign. To set it takes CAP_NET_ADMIN or CAP_NET_RAW. On TCP and UDP.
     */
    public static final SocketOption<Integer> SO_MARK = new Option<>("SO_MARK", Integer.class);

    /**
     * The name of the interface that alone is used; empty for any. To change it takes CAP_NET_RAW; to set it once does
     * not, since Linux 5.7. On TCP and UDP.
     */
    public static final SocketOption<String> SO_BINDTODEVICE = new Option<>("SO_BINDTODEVICE", String.class);

    /**
     * Who is at the other end of a Unix socket: SO_PEERCRED, by numbers. The option of that name of the module jdk.net
     * looks up the names that belong to them, which may take its time.
     */
    public static final SocketOption<PeerCredentials> PEER_CREDENTIALS =
            new Option<>("SO_PEERCRED", PeerCredentials.class);

    /**
     * How many bytes that are not yet sent there may be for the socket to be writable; 0 for the system's setting, -1
     * for no limit. On TCP.
     */
    public static final SocketOption<Integer> TCP_NOTSENT_LOWAT = new Option<>("TCP_NOTSENT_LOWAT", Integer.class);

    /**
     * After how many milliseconds without an acknowledgement of what was sent the connection is given up; 0 for the
     * system's setting. On TCP.
     */
    public static final SocketOption<Integer> TCP_USER_TIMEOUT = new Option<>("TCP_USER_TIMEOUT", Integer.class);

    /**
     * How many connections that brought data with their first packet, but are not complete, a listener has at the most;
     * 0 for none. The kernel lowers it to net.core.somaxconn. On TCP, unless it is connected.
     */
    public static final SocketOption<Integer> TCP_FASTOPEN = new Option<>("TCP_FASTOPEN", Integer.class);

    /**
     * Whether a connect to a server that has given its cookie before waits for the first write, to send that with it.
     * An error of the connection is then the write's. On TCP, before the connect.
     */
    public static final SocketOption<Boolean> TCP_FASTOPEN_CONNECT =
            new Option<>("TCP_FASTOPEN_CONNECT", Boolean.class);

    /**
     * For how many seconds at the least a listener keeps a connection back that has not sent anything; 0 for not. The
     * kernel counts in repeated packets, so it rounds up to 1, 3, 7, ... seconds. On TCP.
     */
    public static final SocketOption<Integer> TCP_DEFER_ACCEPT = new Option<>("TCP_DEFER_ACCEPT", Integer.class);

    /** The name of the congestion control, of those in net.ipv4.tcp_available_congestion_control. On TCP. */
    public static final SocketOption<String> TCP_CONGESTION = new Option<>("TCP_CONGESTION", String.class);

    /** What the kernel knows about a connection. Can only be read. On TCP. */
    public static final SocketOption<TcpInfo> TCP_INFO = new Option<>("TCP_INFO", TcpInfo.class);

    /** Whether an IPv6 socket has nothing to do with IPv4. On IPv6, before it is bound. */
    public static final SocketOption<Boolean> IPV6_V6ONLY = new Option<>("IPV6_V6ONLY", Boolean.class);

    private LinuxSocketOptions() {}

    /** Equal only to itself, as those of the JDK are. */
    private static final class Option<T> implements SocketOption<T> {
        private final String name;
        private final Class<T> type;

        Option(String name, Class<T> type) {
            this.name = name;
            this.type = type;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public Class<T> type() {
            return type;
        }

        @Override
        public String toString() {
            return name;
        }
    }
}
