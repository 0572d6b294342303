package io.stepoll.internal.sys;

/** What any descriptor can do, one native method per system call. Results are the call's, or {@code -errno}. */
public final class Descriptors {
    public static final int O_NONBLOCK = 0x800;

    static {
        Shim.load();
    }

    private Descriptors() {}

    /** eventfd(2), non-blocking. */
    public static native int eventfd();

    /** write(2) of a one to an eventfd. */
    public static native int eventfdWrite(int fd);

    /** read(2). */
    public static native int read(int fd, long address, int length);

    /** write(2). A pipe that nobody reads raises SIGPIPE, which the JVM ignores, and returns EPIPE. */
    public static native int write(int fd, long address, int length);

    /** close(2). The descriptor is gone whatever comes back, EINTR included. */
    public static native int close(int fd);

    /** fcntl(2) F_GETFL. */
    public static native int getStatusFlags(int fd);

    /** fcntl(2) F_SETFL. */
    public static native int setStatusFlags(int fd, int flags);
}
