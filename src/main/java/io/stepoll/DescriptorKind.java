package io.stepoll;

import io.stepoll.internal.sys.Errno;
import io.stepoll.internal.sys.Sockets;

/** What a read tells of the rest, which decides how to read. */
enum DescriptorKind {
    /** Adopted by number: somebody else may read it, too. */
    SHARED,
    /** The same, and no socket: a pipe, a terminal, an eventfd. */
    FILE,
    /** Ours alone, but of a listener that was not, or no TCP or Unix stream; each read is tried until it blocks. */
    OWN,
    /**
     * Ours alone, a datagram socket: a read without bytes is no end, and a short one means nothing. An error that wakes
     * one task may have been another's, as the kernel tells it once: whoever finds none goes on waiting.
     */
    DATAGRAM,
    /** Ours alone, on TCP: a short read has emptied it. */
    TCP,
    /** Ours alone, a Unix stream: a short read has emptied it if no control data came along. */
    UNIX;

    boolean isShared() {
        return this == SHARED || this == FILE;
    }

    /** Of what was adopted by number. */
    static DescriptorKind ofAdopted(int fd) {
        return Sockets.intOption(fd, Sockets.SOL_SOCKET, Sockets.SO_TYPE) == -Errno.ENOTSOCK ? FILE : SHARED;
    }

    /** Whether a plain read that gets less than it asked for, with no control data, leaves nothing behind. */
    boolean isEmptiedByShortRead() {
        return this == TCP || this == UNIX;
    }

    /** Of a socket that nobody else has. */
    static DescriptorKind ofSocket(int fd) {
        return switch (Sockets.intOption(fd, Sockets.SOL_SOCKET, Sockets.SO_TYPE)) {
            case Sockets.SOCK_STREAM -> ofStream(fd);
            case Sockets.SOCK_DGRAM -> DATAGRAM;
            case Sockets.SOCK_SEQPACKET -> OWN;
            default -> SHARED;
        };
    }

    private static DescriptorKind ofStream(int fd) {
        return switch (Sockets.intOption(fd, Sockets.SOL_SOCKET, Sockets.SO_DOMAIN)) {
            case Sockets.AF_UNIX -> UNIX;
            case Sockets.AF_INET, Sockets.AF_INET6 ->
                    Sockets.intOption(fd, Sockets.SOL_SOCKET, Sockets.SO_PROTOCOL) == Sockets.IPPROTO_TCP ? TCP : OWN;
            default -> SHARED;
        };
    }
}
