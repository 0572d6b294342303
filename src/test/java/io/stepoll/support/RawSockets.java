package io.stepoll.support;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.stepoll.internal.sys.Descriptors;
import io.stepoll.internal.sys.Errno;
import io.stepoll.internal.sys.RawAddress;
import io.stepoll.internal.sys.Scratch;
import io.stepoll.internal.sys.Sockets;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.UUID;

/** Sockets by number, for the ends that a test keeps off the loop. All are non-blocking. */
public final class RawSockets {
    private static final int BUFFER = 1 << 16;
    private static final int BACKLOG = 4096;

    private RawSockets() {}

    /** Returns a result that is no failure; fails with the name of the errno otherwise. */
    public static int check(int result) {
        assertTrue(result >= 0, () -> Errno.name(-result));
        return result;
    }

    /** A pair of Unix stream sockets. */
    public static int[] pair() {
        try (Scratch two = new Scratch(2 * Integer.BYTES)) {
            check(Sockets.socketpair(Sockets.SOCK_STREAM, two.address()));
            int[] pair = {two.getInt(0), two.getInt(1)};
            takePassed(pair[0], false);
            takePassed(pair[1], false);
            return pair;
        }
    }

    /**
     * A pair whose first end has that number, which is free. The kernel may give others: threads let go of lower ones.
     */
    public static int[] pairWith(int number) {
        int[] pair = pair();
        if (pair[1] == number) {
            return new int[] {number, pair[0]};
        }
        if (pair[0] != number) {
            assertEquals(number, Libc.dup(pair[0], number));
            close(pair[0]);
        }
        return new int[] {number, pair[1]};
    }

    /**
     * Whether a Unix socket takes descriptors that are passed, if the kernel lets one choose. The ends of a pair and
     * the listeners here do not, nor the connections of those: so a loop closes them at once.
     */
    public static void takePassed(int fd, boolean takes) {
        int result = Sockets.setIntOption(fd, Sockets.SOL_SOCKET, Sockets.SO_PASSRIGHTS, takes ? 1 : 0);
        check(result == -Errno.ENOPROTOOPT ? 0 : result);
    }

    /** Skips a test of Unix sockets that take no descriptors, where each one takes them. */
    public static void assumeRefusable() {
        int fd = check(Sockets.socket(Sockets.AF_UNIX, Sockets.SOCK_STREAM));
        int result = Sockets.setIntOption(fd, Sockets.SOL_SOCKET, Sockets.SO_PASSRIGHTS, 0);
        close(fd);
        assumeTrue(result >= 0,
                "the kernel has no SO_PASSRIGHTS, it is older than 6.16, or an emulator does not know it");
    }

    /** An abstract Unix address that no other test has. */
    public static RawAddress freshAddress() {
        byte[] name = ("\0stepoll-test-" + UUID.randomUUID()).getBytes(StandardCharsets.UTF_8);
        return new RawAddress(Sockets.AF_UNIX, name, 0, 0);
    }

    /** A socket that is bound and does no more, as one of another program. */
    public static int bound(RawAddress address, int type) {
        int fd = check(Sockets.socket(address.family(), type));
        try (Scratch memory = new Scratch(Sockets.STORAGE_SIZE)) {
            check(Sockets.bind(fd, memory.address(), address.write(memory)));
        }
        return fd;
    }

    /** The same at a path. */
    public static int bound(Path path, int type) {
        return bound(new RawAddress(Sockets.AF_UNIX, path.toString().getBytes(StandardCharsets.UTF_8), 0, 0), type);
    }

    /** A listening Unix stream socket. */
    public static int listener(RawAddress address) {
        int fd = bound(address, Sockets.SOCK_STREAM);
        takePassed(fd, false);
        check(Sockets.listen(fd, BACKLOG));
        return fd;
    }

    /** Connects a stream socket. A TCP connection may still be in progress at the return. */
    public static int connect(RawAddress address) {
        int fd = check(Sockets.socket(address.family(), Sockets.SOCK_STREAM));
        try (Scratch memory = new Scratch(Sockets.STORAGE_SIZE)) {
            int result = Sockets.connect(fd, memory.address(), address.write(memory));
            check(result == -Errno.EINPROGRESS ? 0 : result);
        }
        return fd;
    }

    /** Sends zeros with one send(2). Returns its result: how many went, or {@code -errno}. */
    public static int send(int fd, int count) {
        try (Scratch memory = new Scratch(Math.max(count, 1))) {
            return Sockets.send(fd, memory.address(), count, 0);
        }
    }

    /** Receives up to 64 KiB with one recv(2). Returns its result: how many came, or {@code -errno}. */
    public static int recv(int fd) {
        try (Scratch memory = new Scratch(BUFFER)) {
            return Sockets.recv(fd, memory.address(), BUFFER, 0);
        }
    }

    public static void smallSendBuffer(int fd, int bytes) {
        check(Sockets.setIntOption(fd, Sockets.SOL_SOCKET, Sockets.SO_SNDBUF, bytes));
    }

    /** Whether a number stands for a descriptor. */
    public static boolean isOpen(int fd) {
        return Descriptors.getStatusFlags(fd) >= 0;
    }

    public static void close(int fd) {
        check(Descriptors.close(fd));
    }
}
