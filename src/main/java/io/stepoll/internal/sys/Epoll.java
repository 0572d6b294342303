package io.stepoll.internal.sys;

/** epoll(7), one native method per system call. Each returns the result of the call, or {@code -errno}. */
public final class Epoll {
    public static final int EPOLLIN = 0x001;
    public static final int EPOLLPRI = 0x002;
    public static final int EPOLLOUT = 0x004;
    public static final int EPOLLERR = 0x008;
    public static final int EPOLLHUP = 0x010;
    public static final int EPOLLRDHUP = 0x2000;
    public static final int EPOLLONESHOT = 1 << 30;
    public static final int EPOLLET = 1 << 31;

    public static final int CTL_ADD = 1;
    public static final int CTL_DEL = 2;
    public static final int CTL_MOD = 3;

    private static final long NANOS_PER_MILLI = 1_000_000;

    static {
        Shim.load();
    }

    /** {@code sizeof(struct epoll_event)}; the offsets of its fields follow. The struct is packed on x86-64 only. */
    public static final int EVENT_SIZE = eventSize();

    public static final int EVENTS_OFFSET = eventsOffset();
    public static final int DATA_OFFSET = dataOffset();

    /** Whether epoll_pwait2(2) works: since Linux 5.11, unless a filter forbids it. Tried once, on no descriptor. */
    private static final boolean NANOSECOND_WAIT = awaitNanos(-1, 0, 1, 0) == -Errno.EBADF;

    private Epoll() {}

    private static native int eventSize();

    private static native int eventsOffset();

    private static native int dataOffset();

    /** Memory for an array of events, from malloc(3); {@code -ENOMEM} if there is none. */
    public static native long allocate(long bytes);

    /** Gives such memory back. */
    public static native void free(long address);

    public static native int create();

    public static native int ctl(int epfd, int operation, int fd, int events, long data);

    private static native int await(int epfd, long events, int capacity, int timeoutMillis);

    private static native int awaitNanos(int epfd, long events, int capacity, long timeoutNanos);

    /**
     * Waits for events.
     *
     * @param events the address of an array of {@code capacity} events
     * @param timeoutNanos how long to wait at most; 0 does not wait, a negative timeout waits without end. If the
     *     kernel counts in milliseconds, the timeout is rounded up: a caller whose waits end too early would spin.
     * @return how many events were stored, or {@code -errno}, EINTR included
     */
    public static int await(int epfd, long events, int capacity, long timeoutNanos) {
        if (timeoutNanos <= 0) {
            return await(epfd, events, capacity, timeoutNanos == 0 ? 0 : -1);
        }
        if (NANOSECOND_WAIT) {
            int result = awaitNanos(epfd, events, capacity, timeoutNanos);
            if (!isRefused(result)) {
                return result;
            }
        }
        return await(epfd, events, capacity, millisRoundedUp(timeoutNanos));
    }

    /** What a filter says that was set since, or on this thread only; epoll_pwait2(2) itself has no such errno. */
    private static boolean isRefused(int result) {
        return result == -Errno.ENOSYS || result == -Errno.EPERM || result == -Errno.EACCES;
    }

    /** Whether waits are counted in nanoseconds, and not in milliseconds. */
    public static boolean hasNanosecondWait() {
        return NANOSECOND_WAIT;
    }

    /** Limits the time to an int of milliseconds (24 days). The caller looks at the time and waits on. */
    static int millisRoundedUp(long nanos) {
        return (int) Math.min((nanos - 1) / NANOS_PER_MILLI + 1, Integer.MAX_VALUE);
    }
}
