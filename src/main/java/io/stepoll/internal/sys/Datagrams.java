package io.stepoll.internal.sys;

/**
 * udp(7), and unix(7) in SOCK_DGRAM: one native method per system call. Each returns the result of the call, or
 * {@code -errno}. No call waits, and no send raises SIGPIPE.
 */
public final class Datagrams {
    public static final int AF_UNSPEC = 0;
    public static final int MSG_TRUNC = 0x20;
    public static final int IPPROTO_IP = 0;
    public static final int IPPROTO_IPV6 = 41;
    public static final int IPV6_V6ONLY = 26;
    public static final int MCAST_JOIN_GROUP = 42;
    public static final int MCAST_BLOCK_SOURCE = 43;
    public static final int MCAST_UNBLOCK_SOURCE = 44;
    public static final int MCAST_LEAVE_GROUP = 45;
    public static final int MCAST_JOIN_SOURCE_GROUP = 46;
    public static final int MCAST_LEAVE_SOURCE_GROUP = 47;

    /** The kernel's UIO_MAXIOV: sendmmsg(2) takes no more headers of a longer array. */
    public static final int LARGEST_BATCH = 1024;

    static {
        Shim.load();
    }

    /** Sizes and offsets of a batch's structs, from C, in the order of the table in datagram.c. */
    private enum Layout {
        HEADER_SIZE, HEADER_NAME_LENGTH, HEADER_LENGTH, PIECE_SIZE, PIECE_BASE, PIECE_LENGTH;

        int value() {
            return layout(ordinal());
        }
    }

    public static final int HEADER_SIZE = Layout.HEADER_SIZE.value();
    public static final int HEADER_NAME_LENGTH = Layout.HEADER_NAME_LENGTH.value();
    public static final int HEADER_LENGTH = Layout.HEADER_LENGTH.value();
    public static final int PIECE_SIZE = Layout.PIECE_SIZE.value();
    public static final int PIECE_BASE = Layout.PIECE_BASE.value();
    public static final int PIECE_LENGTH = Layout.PIECE_LENGTH.value();

    private Datagrams() {}

    private static native int layout(int field);

    /** Gives each header the piece and the name at the same index. Everything else in a header is zero. */
    public static native void layOut(long headers, int count, long pieces, long names);

    /** sendto(2); with a name of length 0 send(2). */
    public static native int sendto(int fd, long address, int length, long name, int nameLength);

    /**
     * recvfrom(2). The low half of the result is the full length of the datagram, even if less was stored. The high
     * half is the length of the sender's name. A failure returns {@code -errno}.
     */
    public static native long recvfrom(int fd, long address, int length, int flags, long name, int nameCapacity);

    /** recvmmsg(2). Each header gets the full length of its datagram. */
    public static native int recvmmsg(int fd, long headers, int count);

    public static native int sendmmsg(int fd, long headers, int count);

    /** setsockopt(2) of a multicast membership. A source length of 0 stands for any source. */
    public static native int membership(int fd, int level, int option, int interfaceIndex, long group, int groupLength,
            long source, int sourceLength);
}
