package io.stepoll.internal.net;

import io.stepoll.internal.sys.Errno;
import io.stepoll.internal.sys.Options;
import io.stepoll.internal.sys.Sockets;

/** What sort of socket a descriptor is, as far as options depend on that. A number below 0 is {@code -errno}. */
record SocketKind(int domain, int type, int protocol) {
    /** Asks the kernel, since the socket may have come from elsewhere. */
    static SocketKind of(int fd) {
        return new SocketKind(Sockets.intOption(fd, Sockets.SOL_SOCKET, Sockets.SO_DOMAIN),
                Sockets.intOption(fd, Sockets.SOL_SOCKET, Sockets.SO_TYPE),
                Sockets.intOption(fd, Sockets.SOL_SOCKET, Sockets.SO_PROTOCOL));
    }

    /** The errno with which the kernel refused to answer, for instance because this is no socket; else 0. */
    int errno() {
        return domain < 0 ? -domain : 0;
    }

    boolean isSocket() {
        return errno() == 0;
    }

    boolean isUnix() {
        return domain == Sockets.AF_UNIX;
    }

    boolean isInet() {
        return domain == Sockets.AF_INET || isInet6();
    }

    boolean isInet6() {
        return domain == Sockets.AF_INET6;
    }

    boolean isTcp() {
        return isInet() && protocol == Options.IPPROTO_TCP;
    }

    boolean isInetDatagram() {
        return isInet() && type == Sockets.SOCK_DGRAM;
    }

    @Override
    public String toString() {
        String transport = switch (type) {
            case Sockets.SOCK_STREAM -> "stream socket";
            case Sockets.SOCK_DGRAM -> "datagram socket";
            case Sockets.SOCK_SEQPACKET -> "seqpacket socket";
            default -> "socket of type " + type;
        };
        return switch (domain) {
            case Sockets.AF_UNIX -> "Unix " + transport;
            case Sockets.AF_INET -> "IPv4 " + transport;
            case Sockets.AF_INET6 -> "IPv6 " + transport;
            default -> domain < 0 ? "descriptor that is no socket (" + Errno.name(-domain) + ")"
                    : transport + " of family " + domain;
        };
    }
}
