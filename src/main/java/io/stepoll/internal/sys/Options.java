package io.stepoll.internal.sys;

import java.nio.ByteBuffer;

/**
 * Socket options of any type: getsockopt(2) and setsockopt(2) on memory, and the layout of the structs in that memory.
 * See socket(7), ip(7), ipv6(7), tcp(7), unix(7). Each call returns its result, or {@code -errno}.
 */
public final class Options {
    public static final int SOL_SOCKET = 1;
    public static final int SO_REUSEADDR = 2;
    public static final int SO_TYPE = 3;
    public static final int SO_BROADCAST = 6;
    public static final int SO_SNDBUF = 7;
    public static final int SO_RCVBUF = 8;
    public static final int SO_KEEPALIVE = 9;
    public static final int SO_PRIORITY = 12;
    public static final int SO_LINGER = 13;
    public static final int SO_REUSEPORT = 15;
    public static final int SO_PEERCRED = 17;
    public static final int SO_BINDTODEVICE = 25;
    public static final int SO_MARK = 36;
    public static final int SO_BUSY_POLL = 46;
    public static final int SO_INCOMING_CPU = 49;
    public static final int SO_INCOMING_NAPI_ID = 56;
    public static final int SO_PASSRIGHTS = Sockets.SO_PASSRIGHTS;

    public static final int IPPROTO_IP = 0;
    public static final int IP_TOS = 1;
    public static final int IP_MTU_DISCOVER = 10;
    public static final int IP_BIND_ADDRESS_NO_PORT = 24;
    public static final int IP_MULTICAST_IF = 32;
    public static final int IP_MULTICAST_TTL = 33;
    public static final int IP_MULTICAST_LOOP = 34;
    /** IPv6 has the same number. The opposite, IP_PMTUDISC_DONT, is 0. */
    public static final int IP_PMTUDISC_DO = 2;

    public static final int IPPROTO_IPV6 = 41;
    public static final int IPV6_MULTICAST_IF = 17;
    public static final int IPV6_MULTICAST_HOPS = 18;
    public static final int IPV6_MULTICAST_LOOP = 19;
    public static final int IPV6_MTU_DISCOVER = 23;
    public static final int IPV6_V6ONLY = 26;
    public static final int IPV6_TCLASS = 67;

    public static final int IPPROTO_TCP = 6;
    public static final int TCP_NODELAY = 1;
    public static final int TCP_KEEPIDLE = 4;
    public static final int TCP_KEEPINTVL = 5;
    public static final int TCP_KEEPCNT = 6;
    public static final int TCP_DEFER_ACCEPT = 9;
    public static final int TCP_INFO = 11;
    public static final int TCP_QUICKACK = 12;
    public static final int TCP_CONGESTION = 13;
    public static final int TCP_USER_TIMEOUT = 18;
    public static final int TCP_FASTOPEN = 23;
    public static final int TCP_NOTSENT_LOWAT = 25;
    public static final int TCP_FASTOPEN_CONNECT = 30;

    /** The greatest length of the name of an interface, the final zero included. */
    public static final int IFNAMSIZ = 16;
    /** The same for the name of a congestion control. */
    public static final int TCP_CA_NAME_MAX = 16;

    /** The memory for the entry of a user or group. A group whose members do not fit is shown without a name. */
    private static final int LARGEST_ENTRY = 1 << 16;

    static {
        Shim.load();
    }

    /** Sizes and offsets of the structs, from C, in the order of the table in options.c. */
    private enum Layout {
        LINGER_SIZE, LINGER_ON, LINGER_SECONDS, CREDENTIALS_SIZE, CREDENTIALS_PID, CREDENTIALS_UID, CREDENTIALS_GID,
        MULTICAST_SIZE, MULTICAST_ADDRESS, MULTICAST_INDEX;

        int value() {
            return layout(ordinal());
        }
    }

    public static final int LINGER_SIZE = Layout.LINGER_SIZE.value();
    public static final int LINGER_ON = Layout.LINGER_ON.value();
    public static final int LINGER_SECONDS = Layout.LINGER_SECONDS.value();
    public static final int CREDENTIALS_SIZE = Layout.CREDENTIALS_SIZE.value();
    public static final int CREDENTIALS_PID = Layout.CREDENTIALS_PID.value();
    public static final int CREDENTIALS_UID = Layout.CREDENTIALS_UID.value();
    public static final int CREDENTIALS_GID = Layout.CREDENTIALS_GID.value();
    /** struct ip_mreqn. */
    public static final int MULTICAST_SIZE = Layout.MULTICAST_SIZE.value();
    public static final int MULTICAST_ADDRESS = Layout.MULTICAST_ADDRESS.value();
    public static final int MULTICAST_INDEX = Layout.MULTICAST_INDEX.value();

    /** The fields of struct tcp_info that the library reads, in the order of the table in tcp_info.c. */
    public enum TcpInfoField {
        /** The whole struct, as the shim was compiled. The kernel's struct may be shorter or longer. */
        SIZE(0),
        STATE(Byte.BYTES), RETRANSMITS(Byte.BYTES),
        RTO(Integer.BYTES), SND_MSS(Integer.BYTES), RCV_MSS(Integer.BYTES), UNACKED(Integer.BYTES),
        SACKED(Integer.BYTES), LOST(Integer.BYTES), RETRANS(Integer.BYTES), LAST_DATA_SENT(Integer.BYTES),
        LAST_DATA_RECV(Integer.BYTES), PMTU(Integer.BYTES), RTT(Integer.BYTES), RTTVAR(Integer.BYTES),
        SND_SSTHRESH(Integer.BYTES), SND_CWND(Integer.BYTES), TOTAL_RETRANS(Integer.BYTES),
        NOTSENT_BYTES(Integer.BYTES), MIN_RTT(Integer.BYTES),
        BYTES_ACKED(Long.BYTES), BYTES_RECEIVED(Long.BYTES), DELIVERY_RATE(Long.BYTES), BYTES_SENT(Long.BYTES),
        BYTES_RETRANS(Long.BYTES);

        /** The offset in the struct; for {@link #SIZE} the size. */
        private final int offset;
        private final int bytes;

        TcpInfoField(int bytes) {
            offset = tcpInfoLayout(ordinal());
            this.bytes = bytes;
        }

        /** How many bytes the struct has. */
        public static int size() {
            return SIZE.offset;
        }

        /** The field's value, unsigned; -1 if the kernel's struct ends before the field does. */
        public long read(ByteBuffer struct, int length) {
            if (length < offset + bytes) {
                return -1;
            }
            return switch (bytes) {
                case Byte.BYTES -> Byte.toUnsignedLong(struct.get(offset));
                case Integer.BYTES -> Integer.toUnsignedLong(struct.getInt(offset));
                default -> struct.getLong(offset);
            };
        }
    }

    private Options() {}

    private static native int layout(int field);

    private static native int tcpInfoLayout(int field);

    /** getsockopt(2). Returns the length of the stored value. */
    public static native int get(int fd, int level, int option, long address, int capacity);

    /** setsockopt(2). */
    public static native int set(int fd, int level, int option, long address, int length);

    private static native int userName(int uid, long address, int capacity);

    private static native int groupName(int gid, long address, int capacity);

    /** The name of a user, or the number as text if there is no name; see getpwuid(3). */
    public static String userName(int uid) {
        return name(Options::userName, uid);
    }

    /** The name of a group, or the number as text if there is no name; see getgrgid(3). */
    public static String groupName(int gid) {
        return name(Options::groupName, gid);
    }

    @FunctionalInterface
    private interface Lookup {
        int name(int number, long address, int capacity);
    }

    private static String name(Lookup lookup, int number) {
        try (Scratch memory = new Scratch(LARGEST_ENTRY)) {
            int length = lookup.name(number, memory.address(), LARGEST_ENTRY);
            return length <= 0 ? Integer.toString(number) : memory.text(length);
        }
    }
}
