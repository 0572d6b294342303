package io.stepoll.internal.sys;

import java.nio.channels.FileChannel;

/**
 * splice(2) between a file, a pipe and a socket, and the descriptor of a file channel. Each call returns its result, or
 * {@code -errno}.
 */
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

    /** splice(2) of a file into a pipe that has room. Returns 0 at the file's end. */
    public static native long intoPipe(int file, long position, int pipe, long count);

    /** splice(2) of a pipe to a socket. A socket that nobody reads any more returns EPIPE, without a signal. */
    public static native long outOfPipe(int pipe, int socket, long count);
}
