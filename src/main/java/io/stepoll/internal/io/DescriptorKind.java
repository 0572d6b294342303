package io.stepoll.internal.io;

import io.stepoll.internal.sys.Errno;
import io.stepoll.internal.sys.Sockets;
import io.stepoll.metrics.Metric;

/** What the result of a read says of the rest, which decides how to read. */
public enum DescriptorKind {
    /** A socket that was adopted by number: somebody else may read it, too. */
    SHARED(Metric.OTHER_BYTES_IN, Metric.OTHER_BYTES_OUT),
    /** A pipe, a terminal, an eventfd: no socket, and somebody else may read it, too. */
    FILE(Metric.FILE_BYTES_IN, Metric.FILE_BYTES_OUT),
    /**
     * A socket that the loop alone has, but whose listener somebody else has as well, or that is no TCP or Unix stream.
     * Each read is tried until it would block.
     */
    OWN(Metric.OTHER_BYTES_IN, Metric.OTHER_BYTES_OUT),
    /**
     * A datagram socket that the loop alone has. A read without bytes is no end, and a short read means nothing. The
     * kernel reports an error once, so an error that wakes one task may have been another's: a task that finds none
     * goes on waiting.
     */
    DATAGRAM(Metric.DATAGRAM_BYTES_IN, Metric.DATAGRAM_BYTES_OUT),
    /** A TCP socket that the loop alone has: a short read has emptied it. */
    TCP(Metric.TCP_BYTES_IN, Metric.TCP_BYTES_OUT),
    /** A Unix stream that the loop alone has: a short read has emptied it if no control data came along. */
    UNIX(Metric.UNIX_BYTES_IN, Metric.UNIX_BYTES_OUT);

    /* Where its bytes are counted. */
    final int bytesIn;
    final int bytesOut;

    DescriptorKind(Metric bytesIn, Metric bytesOut) {
        this.bytesIn = bytesIn.ordinal();
        this.bytesOut = bytesOut.ordinal();
    }

    boolean isShared() {
        return this == SHARED || this == FILE;
    }

    /**
     * Whether a message that is longer than the loop's memory for transfers goes in one call: Unix messages alone may.
     */
    boolean keepsMessages(int fd) {
        return switch (this) {
            case TCP, UNIX, FILE -> false;
            case DATAGRAM, OWN, SHARED ->
                    Sockets.intOption(fd, Sockets.SOL_SOCKET, Sockets.SO_DOMAIN) == Sockets.AF_UNIX
                    && Sockets.intOption(fd, Sockets.SOL_SOCKET, Sockets.SO_TYPE) != Sockets.SOCK_STREAM;
        };
    }

    /** Whether it is a socket whose bytes have no boundaries. */
    boolean isStream(int fd) {
        return switch (this) {
            case TCP, UNIX -> true;
            case DATAGRAM -> false;
            case FILE, OWN, SHARED ->
                    Sockets.intOption(fd, Sockets.SOL_SOCKET, Sockets.SO_TYPE) == Sockets.SOCK_STREAM;
        };
    }

    /** The kind of a descriptor that was adopted by number. */
    static DescriptorKind ofAdopted(int fd) {
        return Sockets.intOption(fd, Sockets.SOL_SOCKET, Sockets.SO_TYPE) == -Errno.ENOTSOCK ? FILE : SHARED;
    }

    /** Whether a plain read that gets less than it asked for, with no control data, leaves nothing behind. */
    boolean isEmptiedByShortRead() {
        return this == TCP || this == UNIX;
    }

    /** The kind of a socket that nobody else has. */
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
