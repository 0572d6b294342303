package io.stepoll.internal.sys;

/**
 * socket(7), one native method per system call. Each returns the result of the call, or {@code -errno}. New descriptors
 * are close-on-exec and non-blocking. No send raises SIGPIPE.
 */
public final class Sockets {
    public static final int AF_UNIX = 1;
    public static final int AF_INET = 2;
    public static final int AF_INET6 = 10;
    public static final int SOCK_STREAM = 1;
    public static final int SOCK_DGRAM = 2;
    public static final int SOCK_SEQPACKET = 5;
    public static final int POLLIN = 0x1;
    public static final int POLLOUT = 0x4;
    public static final int POLLRDHUP = 0x2000;
    public static final int MSG_OOB = 0x1;
    public static final int MSG_PEEK = 0x2;
    public static final int MSG_CTRUNC = 0x8;
    public static final int MSG_DONTWAIT = 0x40;
    public static final int SHUT_RD = 0;
    public static final int SHUT_WR = 1;
    public static final int SHUT_RDWR = 2;
    public static final int SOL_SOCKET = 1;
    public static final int IOV_MAX = 1024;
    public static final int SO_REUSEADDR = 2;
    public static final int SO_TYPE = 3;
    public static final int SO_ERROR = 4;
    public static final int SO_SNDBUF = 7;
    public static final int SO_OOBINLINE = 10;
    public static final int SO_LINGER = 13;
    public static final int SO_TIMESTAMP = 29;
    public static final int SO_ACCEPTCONN = 30;
    public static final int SO_PROTOCOL = 38;
    public static final int SO_DOMAIN = 39;
    /** Since Linux 6.16. */
    public static final int SO_PASSRIGHTS = 83;
    public static final int IPPROTO_TCP = 6;

    static {
        Shim.load();
    }

    /** Sizes and offsets of the socket addresses and of iovec, from C, in the order of the table in socket.c. */
    private enum Layout {
        STORAGE_SIZE, UNIX_SIZE, UNIX_PATH, UNIX_PATH_SIZE, IPV4_SIZE, IPV4_PORT, IPV4_ADDRESS, IPV6_SIZE, IPV6_PORT,
        IPV6_ADDRESS, IPV6_SCOPE, IOVEC_SIZE, IOVEC_BASE, IOVEC_LENGTH;

        int value() {
            return layout(ordinal());
        }
    }

    public static final int STORAGE_SIZE = Layout.STORAGE_SIZE.value();
    public static final int UNIX_SIZE = Layout.UNIX_SIZE.value();
    public static final int UNIX_PATH = Layout.UNIX_PATH.value();
    public static final int UNIX_PATH_SIZE = Layout.UNIX_PATH_SIZE.value();
    public static final int IPV4_SIZE = Layout.IPV4_SIZE.value();
    public static final int IPV4_PORT = Layout.IPV4_PORT.value();
    public static final int IPV4_ADDRESS = Layout.IPV4_ADDRESS.value();
    public static final int IPV6_SIZE = Layout.IPV6_SIZE.value();
    public static final int IPV6_PORT = Layout.IPV6_PORT.value();
    public static final int IPV6_ADDRESS = Layout.IPV6_ADDRESS.value();
    public static final int IPV6_SCOPE = Layout.IPV6_SCOPE.value();

    public static final int IOVEC_SIZE = Layout.IOVEC_SIZE.value();
    public static final int IOVEC_BASE = Layout.IOVEC_BASE.value();
    public static final int IOVEC_LENGTH = Layout.IOVEC_LENGTH.value();

    private Sockets() {}

    private static native int layout(int field);

    public static native int socket(int family, int kind);

    /** socketpair(2) in AF_UNIX. The two descriptors are stored at the address, as ints. */
    public static native int socketpair(int kind, long twoInts);

    public static native int bind(int fd, long address, int length);

    public static native int connect(int fd, long address, int length);

    /** connect(2) with AF_UNSPEC. A TCP connection is reset at once, and the calls that wait for it end. */
    public static int disconnect(int fd) {
        try (Scratch none = new Scratch(STORAGE_SIZE)) {
            return connect(fd, none.address(), Short.BYTES);
        }
    }

    public static native int listen(int fd, int backlog);

    /** accept4(2). Stores the address of the peer, which getpeername(2) does not know once the peer has reset. */
    public static native int acceptFrom(int fd, long address, int capacity);

    /** poll(2) for POLLIN, without waiting: 1 for data, an end or an error; 0 for nothing; or {@code -errno}. */
    public static native int pollIn(int fd);

    /** poll(2) for POLLOUT, without waiting: 1 for room or an error; 0 for none; or {@code -errno}. */
    public static native int pollOut(int fd);

    /**
     * poll(2), which waits in the kernel: on a loop's thread with the timeout 0 alone. Returns 1 for one of the events,
     * an end or an error; 0 past the timeout; or {@code -errno}, EINTR included.
     *
     * @param events {@link #POLLIN}, {@link #POLLOUT} or {@link #POLLRDHUP}
     * @param timeoutMillis below 0 for no timeout
     */
    public static native int awaitEvents(int fd, int events, int timeoutMillis);

    /** ioctl(2) with FIONREAD: how many bytes can be read at once; or {@code -errno}. */
    public static native int available(int fd);

    /** getsockname(2). Returns the full length of the address, which may exceed the capacity. */
    public static native int localAddress(int fd, long address, int capacity);

    /** getpeername(2). Returns the full length of the address, which may exceed the capacity. */
    public static native int peerAddress(int fd, long address, int capacity);

    public static native int shutdown(int fd, int how);

    public static native int recv(int fd, long address, int length, int flags);

    /** recvmsg(2). Returns the count in the low half and the message's flags in the high half; or {@code -errno}. */
    public static native long recvmsg(int fd, long address, int length, int flags);

    public static native int send(int fd, long address, int length, int flags);

    /** recvmsg(2) into an array of iovec. Returns the same as {@link #recvmsg}. */
    public static native long recvVector(int fd, long pieces, int count, int flags);

    /** sendmsg(2) of an array of iovec. */
    public static native int sendVector(int fd, long pieces, int count, int flags);

    private static native long getIntOption(int fd, int level, int option);

    public static native int setIntOption(int fd, int level, int option, int value);

    /**
     * Sets SO_PASSRIGHTS of a Unix socket: whether a peer may pass descriptors to it. Kernels before 6.16 do not know
     * the option, and let a peer pass; what is no Unix socket has no such option, either. Both count as a success.
     */
    public static int passRights(int fd, boolean may) {
        int result = setIntOption(fd, SOL_SOCKET, SO_PASSRIGHTS, may ? 1 : 0);
        return result == -Errno.ENOPROTOOPT || result == -Errno.EOPNOTSUPP ? 0 : result;
    }

    /** The value of an option whose values are never negative; or {@code -errno}. */
    public static int intOption(int fd, int level, int option) {
        long answer = getIntOption(fd, level, option);
        int errno = (int) (answer >>> Integer.SIZE);
        return errno == 0 ? (int) answer : -errno;
    }
}
