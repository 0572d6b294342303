package io.stepoll.net;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.SystemCallFailure;
import io.stepoll.internal.sys.Datagrams;
import io.stepoll.internal.sys.Descriptors;
import io.stepoll.internal.sys.Errno;
import io.stepoll.internal.sys.RawAddress;
import io.stepoll.internal.sys.Scratch;
import io.stepoll.internal.sys.Sockets;
import java.io.IOException;
import java.net.ProtocolFamily;
import java.net.StandardProtocolFamily;
import java.util.Objects;

/** Datagram sockets by number: how they are made, and how they are disconnected. */
final class DatagramSockets {
    private DatagramSockets() {}

    /** Whether the kernel has IPv6. */
    static boolean hasIpv6() {
        int fd = Sockets.socket(Sockets.AF_INET6, Sockets.SOCK_DGRAM);
        if (fd == -Errno.EAFNOSUPPORT) {
            return false;
        }
        if (fd >= 0) {
            Descriptors.close(fd);
        }
        return true;
    }

    static int number(ProtocolFamily family) {
        return switch (Objects.requireNonNull(family, "family")) {
            case StandardProtocolFamily.INET -> Sockets.AF_INET;
            case StandardProtocolFamily.INET6 -> Sockets.AF_INET6;
            case StandardProtocolFamily.UNIX -> Sockets.AF_UNIX;
            default -> throw new UnsupportedOperationException("the protocol family " + family.name());
        };
    }

    static Descriptor open(EventLoop loop, int family) throws IOException {
        String what = "a datagram socket (" + Addresses.familyName(family) + ")";
        int fd = SystemCallFailure.check("socket", Sockets.socket(family, Sockets.SOCK_DGRAM), what);
        int result = family != Sockets.AF_INET6 ? 0 // the machine's default may be otherwise
                : Sockets.setIntOption(fd, Datagrams.IPPROTO_IPV6, Datagrams.IPV6_V6ONLY, 0);
        if (result < 0) {
            Descriptors.close(fd);
            throw SystemCallFailure.of("setsockopt", -result, what);
        }
        return NewSockets.own(loop, fd);
    }

    /** Of all protocols that the family takes along. */
    static RawAddress anyLocal(int family, int port) {
        int length = family == Sockets.AF_INET6 ? Addresses.IPV6_LENGTH : Integer.BYTES;
        return new RawAddress(family, new byte[length], port, 0);
    }

    static void bind(int fd, RawAddress address) throws IOException {
        SystemCallFailure.check("bind", Addresses.bind(fd, address), address.toText("udp"));
    }

    /**
     * Connects to nobody.
     *
     * @param bound what the socket was bound to, or null; the kernel keeps only a port that was asked for by its number
     */
    static void disconnect(int fd, RawAddress bound) throws IOException {
        RawAddress before = RawAddress.local(fd);
        int result;
        try (Scratch nobody = new Scratch(Sockets.STORAGE_SIZE)) {
            nobody.buffer().putShort(0, (short) Datagrams.AF_UNSPEC);
            result = Sockets.connect(fd, nobody.address(), Sockets.STORAGE_SIZE);
        }
        SystemCallFailure.check("connect", result, "nobody (descriptor " + fd + ")");
        RawAddress after = RawAddress.local(fd);
        if (before != null && after != null && before.port() != 0 && after.port() == 0) {
            bind(fd, bound == null ? anyLocal(before.family(), before.port())
                    : new RawAddress(bound.family(), bound.bytes(), before.port(), bound.scope()));
        }
    }
}
