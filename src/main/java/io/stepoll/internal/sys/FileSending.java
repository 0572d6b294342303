package io.stepoll.internal.sys;

import java.nio.channels.FileChannel;

/** sendfile(2), and the descriptor of a file channel. Each call returns its result, or {@code -errno}. */
public final class FileSending {
    static {
        Shim.load();
    }

    private FileSending() {}

    /**
     * The number of a channel's descriptor. Another thread may close the descriptor at any time. Returns -1 if the
     * channel is closed, or if this JDK's channels do not have the number where the shim looks for it.
     */
    public static native int number(FileChannel channel);

    /** sendfile(2). A socket that nobody reads any more returns EPIPE, without a signal. */
    public static native long sendfile(int fd, int file, long position, long count);
}
