package io.stepoll.internal.sys;

import java.nio.channels.FileChannel;

/** sendfile(2), and how it gets at the file of a channel. Results are the calls', or {@code -errno}. */
public final class FileSending {
    static {
        Shim.load();
    }

    private FileSending() {}

    /**
     * The number of a channel's descriptor, which another thread may close at any time; or -1 where it is closed, or
     * this JDK's channels do not have it where the shim looks for it.
     */
    public static native int number(FileChannel channel);

    /** fcntl(2) F_DUPFD_CLOEXEC. */
    public static native int duplicate(int fd);

    /** sendfile(2). A socket that nobody reads returns EPIPE, without a signal. */
    public static native long sendfile(int fd, int file, long position, long count);
}
