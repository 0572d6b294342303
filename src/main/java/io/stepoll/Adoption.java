package io.stepoll;

import io.stepoll.internal.poll.Registration;
import io.stepoll.internal.sys.Descriptors;
import java.io.IOException;

/** How descriptors come to a loop. On every path they have one owner: the caller until this returns, then the loop. */
final class Adoption {
    private Adoption() {}

    /** Takes over a descriptor that somebody else may have, too. If that fails it stays the caller's, as it was. */
    static Descriptor adopt(EventLoop loop, int fd) throws IOException {
        checkNumber(loop, fd);
        String what = "descriptor " + fd;
        int flags = SystemCallFailure.check("fcntl", Descriptors.getStatusFlags(fd), what);
        return take(loop, fd, DescriptorKind.ofAdopted(fd), flags);
    }

    private static Descriptor take(EventLoop loop, int fd, DescriptorKind kind, int flags) throws IOException {
        setStatusFlags(fd, flags, flags | Descriptors.O_NONBLOCK);
        try {
            return new Descriptor(loop, loop.reactor().register(fd, kind.isShared()), kind, flags);
        } catch (IOException | RuntimeException | Error e) {
            setStatusFlags(fd, flags | Descriptors.O_NONBLOCK, flags);
            throw e;
        }
    }

    /** Takes over a descriptor that nobody else has. It stays the caller's if that fails. */
    static Descriptor own(EventLoop loop, int fd) throws IOException {
        checkNumber(loop, fd);
        DescriptorKind kind = DescriptorKind.ofSocket(fd);
        return kind == DescriptorKind.SHARED ? adopt(loop, fd) : own(loop, fd, kind);
    }

    static Descriptor own(EventLoop loop, int fd, DescriptorKind kind) throws IOException {
        String what = "descriptor " + fd;
        return take(loop, fd, kind, SystemCallFailure.check("fcntl", Descriptors.getStatusFlags(fd), what));
    }

    private static void checkNumber(EventLoop loop, int fd) {
        loop.check("adopt");
        if (fd < 0) {
            throw new IllegalArgumentException("a descriptor is not negative: " + fd);
        }
    }

    /** Takes over what was just accepted; closes it if that fails. */
    static Descriptor accepted(EventLoop loop, int fd, DescriptorKind kind) throws IOException {
        try {
            Registration registration = loop.reactor().register(fd, kind.isShared());
            return new Descriptor(loop, registration, kind, Descriptors.O_NONBLOCK);
        } catch (IOException | RuntimeException | Error e) {
            Descriptors.close(fd);
            throw e;
        }
    }

    static void setStatusFlags(int fd, int from, int to) throws IOException {
        if (from != to) {
            SystemCallFailure.check("fcntl", Descriptors.setStatusFlags(fd, to), "descriptor " + fd);
        }
    }
}
