package io.stepoll.internal.sys;

/** The system calls on any descriptor, one native method per call. Each returns the result, or {@code -errno}. */
public final class Descriptors {
    public static final int O_NONBLOCK = 0x800;

    static {
        Shim.load();
    }

    private Descriptors() {}

    /** eventfd(2), non-blocking. */
    public static native int eventfd();

    /** write(2) of the number 1 to an eventfd. */
    public static native int eventfdWrite(int fd);

    /** read(2). */
    public static native int read(int fd, long address, int length);

    /** write(2). A pipe without a reader raises SIGPIPE, which the JVM ignores, and returns EPIPE. */
    public static native int write(int fd, long address, int length);

    /** preadv2(2) with RWF_NOWAIT, at no position: EAGAIN if it would wait, EOPNOTSUPP if the file cannot tell. */
    public static native int readNow(int fd, long address, int length);

    /** preadv2(2) into an array of iovec with RWF_NOWAIT, at no position; as {@link #readNow}. */
    public static native int readVectorNow(int fd, long pieces, int count);

    /** pwritev2(2) with RWF_NOWAIT, at no position; as {@link #readNow}. */
    public static native int writeNow(int fd, long address, int length);

    /** pwritev2(2) of an array of iovec with RWF_NOWAIT, at no position; as {@link #readNow}. */
    public static native int writeVectorNow(int fd, long pieces, int count);

    /** fcntl(2) F_GETPIPE_SZ: how many bytes a pipe takes; EBADF for what is no pipe. */
    public static native int pipeCapacity(int fd);

    /** fcntl(2) F_SETPIPE_SZ: returns how many bytes the pipe takes from now on. */
    public static native int setPipeCapacity(int fd, int bytes);

    /** close(2). The descriptor is closed whatever the result is, even EINTR. */
    public static native int close(int fd);

    /** isatty(3). */
    public static native boolean isTerminal(int fd);

    /** fcntl(2) F_DUPFD_CLOEXEC. */
    public static native int duplicate(int fd);

    /** pipe2(2). The ends for reading and for writing are stored at the address, as ints. Both are blocking. */
    public static native int pipe(long twoInts);

    /** pidfd_open(2): a descriptor that is readable once the process has ended. It is close-on-exec, and blocking. */
    public static native int processDescriptor(int pid);

    /** pidfd_send_signal(2): sends a signal to the process of such a descriptor, and never to another one. */
    public static native int sendSignal(int processDescriptor, int signal);

    /** open(2) of /dev/null, for reading and writing. */
    static native int openNullDevice();

    /** dup2(2): the second number stands for the first one's file from now on, and is not close-on-exec. */
    static native int duplicateOver(int fd, int over);

    /** fcntl(2) F_GETFL. */
    public static native int getStatusFlags(int fd);

    /** fcntl(2) F_SETFL. */
    public static native int setStatusFlags(int fd, int flags);
}
