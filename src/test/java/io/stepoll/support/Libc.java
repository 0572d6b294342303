package io.stepoll.support;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;

/** Calls of libc that the tests need and the library does not. A result of -1 is a failure. */
public final class Libc {
    public static final int IN_CREATE = 0x100;
    public static final short POLLIN = 1;
    public static final short POLLOUT = 4;

    private static final int POLLFD_BYTES = 8;
    private static final int POLLFD_EVENTS = 4;
    private static final int POLLFD_REVENTS = 6;
    private static final int O_RDWR = 2;
    private static final int O_NOCTTY = 0x100;
    private static final int O_CLOEXEC = 0x80000;
    private static final int CLOCK_MONOTONIC = 1;
    private static final int SOL_SOCKET = 1;
    private static final int SCM_RIGHTS = 1;
    private static final int SCM_CREDENTIALS = 2;
    private static final int MSG_NOSIGNAL = 0x4000;
    private static final int MSGHDR_BYTES = 56;
    private static final int CMSGHDR_BYTES = 16;
    private static final int PATH_BYTES = 4096;
    private static final int NANOS = 1_000_000_000;

    /* Made once, as some tests poll thousands of times. */
    private static final MethodHandle POLL = function("poll", JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT);
    private static final MemorySegment POLLFD = Arena.global().allocate(POLLFD_BYTES, Integer.BYTES);

    private Libc() {}

    @SuppressWarnings("restricted")
    private static MethodHandle function(String name, MemoryLayout result, MemoryLayout... parameters) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(linker.defaultLookup().findOrThrow(name),
                FunctionDescriptor.of(result, parameters));
    }

    private static int callInt(String name, int... arguments) {
        MemoryLayout[] layouts = new MemoryLayout[arguments.length];
        Object[] values = new Object[arguments.length];
        for (int i = 0; i < arguments.length; i++) {
            layouts[i] = JAVA_INT;
            values[i] = arguments[i];
        }
        try {
            return (int) function(name, JAVA_INT, layouts).invokeWithArguments(values);
        } catch (Throwable e) {
            throw new AssertionError(name, e);
        }
    }

    public static int dup(int fd) {
        return callInt("dup", fd);
    }

    /** dup2(2). */
    public static int dup(int fd, int to) {
        return callInt("dup2", fd, to);
    }

    /** close(2), without the library. */
    public static void close(int fd) {
        callInt("close", fd);
    }

    /** A blocking pipe: its read end, then its write end. */
    public static int[] pipe() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment ends = arena.allocate(JAVA_INT, 2);
            int result = (int) function("pipe2", JAVA_INT, ADDRESS, JAVA_INT).invokeExact(ends, O_CLOEXEC);
            RawSockets.check(result);
            return ends.toArray(JAVA_INT);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    /** What poll(2), which does not wait, says of a descriptor: the events, hang-ups and errors. */
    public static synchronized int poll(int fd, int events) {
        POLLFD.set(JAVA_INT, 0, fd);
        POLLFD.set(JAVA_SHORT, POLLFD_EVENTS, (short) events);
        try {
            RawSockets.check((int) POLL.invokeExact(POLLFD, 1L, 0));
            return POLLFD.get(JAVA_SHORT, POLLFD_REVENTS);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    public static int timerfd() {
        return callInt("timerfd_create", CLOCK_MONOTONIC, O_CLOEXEC);
    }

    /** Whether the C library has a function: old ones lack pidfd_open(2). */
    public static boolean has(String name) {
        return Linker.nativeLinker().defaultLookup().find(name).isPresent();
    }

    /** A descriptor that is readable once the process has ended. */
    public static int pidfd(int pid) {
        return callInt("pidfd_open", pid, 0);
    }

    public static int inotify() {
        return callInt("inotify_init1", O_CLOEXEC);
    }

    public static void timerfdSet(int fd, long firstNanos, long intervalNanos) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment times = arena.allocateFrom(JAVA_LONG, intervalNanos / NANOS, intervalNanos % NANOS,
                    firstNanos / NANOS, firstNanos % NANOS);
            int result = (int) function("timerfd_settime", JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, ADDRESS)
                    .invokeExact(fd, 0, times, MemorySegment.NULL);
            RawSockets.check(result);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    public static int inotifyWatch(int fd, String path, int mask) {
        try (Arena arena = Arena.ofConfined()) {
            return (int) function("inotify_add_watch", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT)
                    .invokeExact(fd, arena.allocateFrom(path), mask);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    /** A pseudo-terminal: its master, then its slave. */
    @SuppressWarnings("restricted")
    public static int[] terminal() {
        int master = RawSockets.check(callInt("posix_openpt", O_RDWR | O_NOCTTY | O_CLOEXEC));
        RawSockets.check(callInt("grantpt", master));
        RawSockets.check(callInt("unlockpt", master));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment name = arena.allocate(PATH_BYTES);
            int result = (int) function("ptsname_r", JAVA_INT, JAVA_INT, ADDRESS, JAVA_LONG)
                    .invokeExact(master, name, (long) PATH_BYTES);
            RawSockets.check(result);
            Linker.Option variadic = Linker.Option.firstVariadicArg(2);
            MethodHandle open = Linker.nativeLinker().downcallHandle(
                    Linker.nativeLinker().defaultLookup().findOrThrow("open"),
                    FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT), variadic);
            int slave = (int) open.invokeExact(name, O_RDWR | O_NOCTTY | O_CLOEXEC, 0);
            return new int[] {master, RawSockets.check(slave)};
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    /** Removes a file whose path may be no text; see unlink(2). */
    public static void unlink(byte[] path) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = arena.allocate(path.length + 1L).copyFrom(MemorySegment.ofArray(path));
            int _ = (int) function("unlink", JAVA_INT, ADDRESS).invokeExact(bytes);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    /** The bytes of one read(2); null if the call fails, with EAGAIN for instance. */
    public static byte[] read(int fd, int most) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = arena.allocate(most);
            long count = (long) function("read", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG)
                    .invokeExact(fd, bytes, (long) most);
            return count < 0 ? null : bytes.asSlice(0, count).toArray(JAVA_BYTE);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    /** Writes all of the text in one write(2). */
    public static void write(int fd, String text) {
        try (Arena arena = Arena.ofConfined()) {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            MemorySegment memory = arena.allocateFrom(JAVA_BYTE, bytes);
            long count = (long) function("write", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG)
                    .invokeExact(fd, memory, (long) bytes.length);
            RawSockets.check(count == bytes.length ? 0 : -1);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    /** Sends the text together with a descriptor over a Unix socket; see sendmsg(2), unix(7). */
    public static void sendDescriptor(int socket, String text, int descriptor) {
        int count = sendControl(socket, text, SCM_RIGHTS, descriptor);
        RawSockets.check(count == text.getBytes(StandardCharsets.UTF_8).length ? 0 : -1);
    }

    /** Sends the text together with descriptors. Returns how many bytes went, or -1. */
    public static int trySendDescriptors(int socket, String text, int... descriptors) {
        return sendControl(socket, text, SCM_RIGHTS, descriptors);
    }

    /** Sends the text together with the credentials of this process. Returns how many bytes went, or -1. */
    public static int trySendCredentials(int socket, String text) {
        return sendControl(socket, text, SCM_CREDENTIALS, callInt("getpid"), callInt("geteuid"), callInt("getegid"));
    }

    private static int sendControl(int socket, String text, int type, int... data) {
        try (Arena arena = Arena.ofConfined()) {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            MemorySegment vector = arena.allocateFrom(JAVA_LONG,
                    arena.allocateFrom(JAVA_BYTE, bytes).address(), bytes.length);
            long dataBytes = (long) data.length * Integer.BYTES;
            long padded = (dataBytes + Long.BYTES - 1) / Long.BYTES * Long.BYTES;
            MemorySegment control = arena.allocate(CMSGHDR_BYTES + padded, Long.BYTES);
            control.set(JAVA_LONG, 0, CMSGHDR_BYTES + dataBytes);
            control.set(JAVA_INT, 8, SOL_SOCKET);
            control.set(JAVA_INT, 12, type);
            MemorySegment.copy(data, 0, control, JAVA_INT, CMSGHDR_BYTES, data.length);
            MemorySegment message = arena.allocate(MSGHDR_BYTES, Long.BYTES);
            message.set(ADDRESS, 16, vector);
            message.set(JAVA_LONG, 24, 1);
            message.set(ADDRESS, 32, control);
            message.set(JAVA_LONG, 40, control.byteSize());
            return (int) (long) function("sendmsg", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT)
                    .invokeExact(socket, message, MSG_NOSIGNAL);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }
}
