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

    /** close(2). The descriptor is gone whatever comes back, EINTR included. */
    public static native int close(int fd);

    /** fcntl(2) F_GETFL. */
    public static native int getStatusFlags(int fd);

    /** fcntl(2) F_SETFL. */
    public static native int setStatusFlags(int fd, int flags);
}
