package io.stepoll.internal.net;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.internal.failure.SystemCallFailures;
import io.stepoll.internal.io.LoopDescriptors;
import io.stepoll.internal.sys.Datagrams;
import io.stepoll.internal.sys.Descriptors;
import io.stepoll.internal.sys.Errno;
import io.stepoll.internal.sys.RawAddress;
import io.stepoll.internal.sys.Scratch;
import io.stepoll.internal.sys.SocketFile;
import io.stepoll.internal.sys.Sockets;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.util.Objects;

/** Makes datagram sockets, and binds, connects and disconnects them. */
public final class DatagramSockets {
    private DatagramSockets() {}

    /** The number of a family. */
    public static int family(ProtocolFamily family) {
        return switch (Objects.requireNonNull(family, "family")) {
            case StandardProtocolFamily.INET -> Sockets.AF_INET;
            case StandardProtocolFamily.INET6 -> Sockets.AF_INET6;
            case StandardProtocolFamily.UNIX -> Sockets.AF_UNIX;
            default -> throw new UnsupportedOperationException("the protocol family " + family.name());
        };
    }

    /**
     * The number of the family for UDP that reaches most: IPv6 and with it IPv4 where the kernel has IPv6, else IPv4.
     */
    public static int familyOfUdp() {
        return hasIpv6() ? Sockets.AF_INET6 : Sockets.AF_INET;
    }

    /** Whether the kernel has IPv6. */
    public static boolean hasIpv6() {
        int fd = Sockets.socket(Sockets.AF_INET6, Sockets.SOCK_DGRAM);
        if (fd >= 0) {
            Descriptors.close(fd);
        }
        return fd != -Errno.EAFNOSUPPORT;
    }

    /** Makes a socket that is bound to nothing yet. An IPv6 socket takes IPv4 along. */
    public static Descriptor open(EventLoop loop, int family) throws IOException {
        LoopDescriptors.of(loop).check("open");
        String what = "a datagram socket (" + AddressCodec.familyName(family) + ")";
        int fd = NewSockets.socket(family, Sockets.SOCK_DGRAM, what);
        int result = family != Sockets.AF_INET6 ? 0 // the machine's default may be IPv6 alone
                : Sockets.setIntOption(fd, Datagrams.IPPROTO_IPV6, Datagrams.IPV6_V6ONLY, 0);
        if (result < 0) {
            Descriptors.close(fd);
            throw SystemCallFailures.of("setsockopt", -result, what);
        }
        return NewSockets.ownOrClose(loop, fd);
    }

    /** Takes over a datagram socket. If that fails the socket stays the caller's. */
    public static Descriptor own(EventLoop loop, int fd) throws IOException {
        LoopDescriptors.of(loop).check("own");
        SocketKind kind = SocketKind.of(fd);
        if (kind.isSocket() && (kind.type() != Sockets.SOCK_DGRAM || !kind.isUnix() && !kind.isInet())) {
            throw new IllegalArgumentException("descriptor " + fd + " is no datagram socket, but a " + kind);
        }
        if (kind.errno() == Errno.ENOTSOCK) {
            throw new IllegalArgumentException("descriptor " + fd + " is no socket");
        }
        return loop.own(fd);
    }

    /** The number of the family of a socket. */
    public static int family(Descriptor socket) {
        return SocketKind.of(socket.fd()).domain();
    }

    /** Whether a socket has another end. */
    public static boolean isConnected(Descriptor socket) {
        return RawAddress.peer(socket.fd()) != null;
    }

    /** The address to bind to. The wildcard address of IPv4 stands for IPv6, too, on a socket that has both. */
    static RawAddress toBind(AddressCodec codec, SocketAddress address, int family) throws IOException {
        return family == Sockets.AF_INET6 && address instanceof InetSocketAddress inet
                && inet.getAddress() != null && inet.getAddress().isAnyLocalAddress()
                ? wildcard(family, inet.getPort())
                : codec.raw(address, family);
    }

    /** The wildcard address of IPv4 or IPv6. */
    static RawAddress wildcard(int family, int port) {
        int length = family == Sockets.AF_INET6 ? AddressCodec.IPV6_LENGTH : Integer.BYTES;
        return new RawAddress(family, new byte[length], port, 0);
    }

    /** Binds a socket. Returns the file that this has made; null for none. */
    static SocketFile bind(int fd, RawAddress address) throws IOException {
        return SocketFiles.bind(fd, address, address.toText("udp"));
    }

    static void connect(int fd, RawAddress address) throws IOException {
        SystemCallFailures.check("connect", NewSockets.connect(fd, address), address.toText("udp"));
    }

    /**
     * Ends the connection of a socket.
     *
     * @param bound the address that the socket was bound to; null if that was not done here. The kernel keeps the port
     *     only if it was asked for by its number, so a lost port is bound again.
     */
    static void disconnect(int fd, RawAddress bound) throws IOException {
        RawAddress before = RawAddress.local(fd);
        int result;
        try (Scratch nobody = new Scratch(Sockets.STORAGE_SIZE)) {
            nobody.buffer().putShort(0, (short) Datagrams.AF_UNSPEC);
            result = Sockets.connect(fd, nobody.address(), Sockets.STORAGE_SIZE);
        }
        SystemCallFailures.check("connect", result, "nobody (descriptor " + fd + ")");
        RawAddress after = RawAddress.local(fd);
        if (before != null && after != null && before.port() != 0 && after.port() == 0) {
            RawAddress kept = bound == null ? after : bound; // the kernel keeps an address that was asked for
            bind(fd, new RawAddress(kept.family(), kept.bytes(), before.port(), kept.scope()));
        }
    }
}
