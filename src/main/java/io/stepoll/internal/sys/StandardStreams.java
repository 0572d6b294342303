package io.stepoll.internal.sys;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Keeps the numbers 0, 1 and 2 in use. If one of them became free, the next socket or file of the process would get the
 * number, and with it what the process prints. So their close puts /dev/null over them, as the JDK's does. May be used
 * from any thread.
 */
public final class StandardStreams {
    private static final int LAST = 2;
    private static final int NONE = -1;

    /** Opened when a loop first takes over one of the numbers, and kept: so a close cannot fail for lack of it. */
    private static final AtomicInteger NULL_DEVICE = new AtomicInteger(NONE);

    /** A system call that has failed, with its {@code -errno}. */
    public record Refusal(String call, int result) {}

    private StandardStreams() {}

    /**
     * A loop takes over a descriptor, which {@link #close} will close.
     *
     * @return null; or the call that was refused
     */
    public static Refusal taken(int fd) {
        if (fd > LAST || NULL_DEVICE.get() != NONE) {
            return null;
        }
        int opened = Descriptors.openNullDevice();
        if (opened < 0) {
            return new Refusal("open", opened);
        }
        int result = Descriptors.duplicateOver(opened, opened); // does nothing, but a filter may refuse it
        if (result < 0) {
            Descriptors.close(opened);
            return new Refusal("dup2", result);
        }
        if (!NULL_DEVICE.compareAndSet(NONE, opened)) {
            Descriptors.close(opened);
        }
        return null;
    }

    /**
     * Closes a descriptor: by close(2), and 0, 1 and 2 by dup2(2) of /dev/null over them. That copy is not
     * close-on-exec: a child process needs the three numbers, too. If dup2(2) is refused by now, the descriptor is
     * closed all the same.
     */
    public static void close(int fd) {
        int nullDevice = NULL_DEVICE.get();
        if (fd > LAST || nullDevice == NONE || Descriptors.duplicateOver(nullDevice, fd) < 0) {
            Descriptors.close(fd);
        }
    }
}
