package io.stepoll.internal.net;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.internal.failure.SystemCallFailures;
import io.stepoll.internal.io.LoopDescriptor;
import io.stepoll.internal.io.LoopDescriptors;
import io.stepoll.internal.sys.Datagrams;
import io.stepoll.internal.sys.Descriptors;
import io.stepoll.internal.sys.Options;
import io.stepoll.internal.sys.RawAddress;
import io.stepoll.internal.sys.Scratch;
import io.stepoll.internal.sys.SocketFile;
import io.stepoll.internal.sys.Sockets;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.util.Map;

/** Sockets that come to a loop: new ones, and those that are taken over by their number. */
public final class NewSockets {
    private NewSockets() {}

    /**
     * Makes a socket, on no loop yet. A Unix socket takes no passed descriptors until the program asks for some: a peer
     * could pass what waits when it is closed, and the thread that drops it is the loop's.
     */
    static int socket(int family, int type, String address) throws IOException {
        int fd = SystemCallFailures.check("socket", Sockets.socket(family, type), address);
        if (family == Sockets.AF_UNIX) {
            try {
                refusePassed(fd, address);
            } catch (IOException | RuntimeException | Error e) {
                Descriptors.close(fd);
                throw e;
            }
        }
        return fd;
    }

    private static void refusePassed(int fd, String address) throws IOException {
        SystemCallFailures.check("setsockopt", Sockets.passRights(fd, false), address);
    }

    /**
     * Switches Nagle's algorithm off on a new stream socket, if it is TCP: with it a small write waits until the peer
     * has acknowledged the one before, which a peer delays by some 40 ms. Connections inherit that from their listener.
     */
    static void setNoDelay(int fd, int family, String address) throws IOException {
        if (family != Sockets.AF_UNIX) {
            SystemCallFailures.check("setsockopt",
                    Sockets.setIntOption(fd, Options.IPPROTO_TCP, Options.TCP_NODELAY, 1), address);
        }
    }

    /** Whether Nagle's algorithm is on for the connections of a TCP listener. */
    public static boolean hasDelay(Descriptor listener) {
        return Sockets.intOption(listener.fd(), Options.IPPROTO_TCP, Options.TCP_NODELAY) == 0;
    }

    /** Switches Nagle's algorithm off on an accepted TCP connection. If that fails the connection is closed. */
    public static void setNoDelay(Descriptor accepted) throws IOException {
        try {
            setNoDelay(accepted.fd(), Sockets.AF_INET, LoopDescriptor.of(accepted).describe());
        } catch (IOException | RuntimeException | Error e) {
            accepted.close();
            throw e;
        }
    }

    /** Gives a new socket to the loop. If that fails the socket is closed. */
    static Descriptor ownOrClose(EventLoop loop, int fd) throws IOException {
        try {
            return LoopDescriptors.of(loop).ownNew(fd);
        } catch (IOException | RuntimeException | Error e) {
            Descriptors.close(fd);
            throw e;
        }
    }

    /** Makes two Unix sockets that are connected to each other; see socketpair(2). */
    public static Descriptor[] pair(EventLoop loop, SocketType type) throws IOException {
        LoopDescriptors.of(loop).check("pair");
        try (Scratch two = new Scratch(2 * Integer.BYTES)) {
            SystemCallFailures.check("socketpair", Sockets.socketpair(type.number, two.address()), "unix:");
            Descriptor first;
            try {
                refusePassed(two.getInt(0), "unix:");
                refusePassed(two.getInt(1), "unix:");
            } catch (IOException | RuntimeException | Error e) {
                Descriptors.close(two.getInt(0));
                Descriptors.close(two.getInt(1));
                throw e;
            }
            try {
                first = ownOrClose(loop, two.getInt(0));
            } catch (IOException | RuntimeException | Error e) {
                Descriptors.close(two.getInt(1));
                throw e;
            }
            try {
                return new Descriptor[] {first, ownOrClose(loop, two.getInt(1))};
            } catch (IOException | RuntimeException | Error e) {
                first.close();
                throw e;
            }
        }
    }

    /** Makes a socket that listens; see bind(2), listen(2). The options are set before the bind. */
    public static Descriptor listen(EventLoop loop, SocketType type, AddressCodec codec, SocketAddress address,
            int backlog, Map<SocketOption<?>, ?> options) throws IOException {
        LoopDescriptors.of(loop).check("bind");
        RawAddress raw = codec.raw(HostNames.first(LoopDescriptors.of(loop), "bind", address));
        String text = raw.toText();
        int fd = socket(raw.family(), type.number, text);
        SocketFile file = null;
        try {
            if (raw.family() != Sockets.AF_UNIX) {
                SystemCallFailures.check("setsockopt",
                        Sockets.setIntOption(fd, Sockets.SOL_SOCKET, Sockets.SO_REUSEADDR, 1), text);
            }
            setNoDelay(fd, raw.family(), text);
            if (raw.family() == Sockets.AF_INET6) { // the machine's default may be IPv6 alone
                SystemCallFailures.check("setsockopt",
                        Sockets.setIntOption(fd, Datagrams.IPPROTO_IPV6, Datagrams.IPV6_V6ONLY, 0), text);
            }
            SocketOptions.setAll(fd, options, text);
            file = SocketFiles.bind(fd, raw, text);
            SystemCallFailures.check("listen", Sockets.listen(fd, backlog), text);
            Descriptor descriptor = SocketOptions.ownWith(loop, fd, options);
            LoopDescriptor.of(descriptor).boundTo(file);
            return descriptor;
        } catch (IOException | RuntimeException | Error e) {
            if (file != null) {
                file.unlinkIfSame();
            }
            Descriptors.close(fd);
            throw e;
        }
    }

    /** Takes over a connected stream socket. If that fails the socket stays the caller's. */
    public static Descriptor ownStream(EventLoop loop, int fd) throws IOException {
        LoopDescriptors.of(loop).check("own");
        int type = Sockets.intOption(fd, Sockets.SOL_SOCKET, Sockets.SO_TYPE);
        if (type >= 0 && (type != Sockets.SOCK_STREAM || listens(fd))) {
            throw new IllegalArgumentException("descriptor " + fd + " is no connected stream socket, but a "
                    + (type == Sockets.SOCK_STREAM ? "listening one" : SocketKind.of(fd)));
        }
        return loop.own(fd);
    }

    /** Takes over a connected seqpacket socket. If that fails the socket stays the caller's. */
    public static Descriptor ownSeqpacket(EventLoop loop, int fd) throws IOException {
        SocketKind kind = SocketKind.of(fd);
        if (!kind.isUnix() || kind.type() != Sockets.SOCK_SEQPACKET) {
            throw new IllegalArgumentException("descriptor " + fd + " is no Unix seqpacket socket, but a " + kind);
        }
        return loop.own(fd);
    }

    /**
     * Takes over a listening socket. It is adopted, not owned: another process may have the socket, too, and the events
     * of an owned one would outlive its close here as long as the other process has it.
     */
    public static Descriptor adoptListener(EventLoop loop, int fd) throws IOException {
        LoopDescriptors.of(loop).check("adopt");
        if (!listens(fd)) {
            throw new IllegalArgumentException("descriptor " + fd + " is no socket that listens");
        }
        return loop.adopt(fd);
    }

    private static boolean listens(int fd) {
        return Sockets.intOption(fd, Sockets.SOL_SOCKET, Sockets.SO_ACCEPTCONN) == 1;
    }

    /** Calls bind(2). Returns 0, or {@code -errno}. */
    static int bind(int fd, RawAddress address) {
        try (Scratch memory = new Scratch(Sockets.STORAGE_SIZE)) {
            return Sockets.bind(fd, memory.address(), address.write(memory));
        }
    }

    /** Calls connect(2). Returns 0, or {@code -errno}. */
    static int connect(int fd, RawAddress address) {
        try (Scratch memory = new Scratch(Sockets.STORAGE_SIZE)) {
            return Sockets.connect(fd, memory.address(), address.write(memory));
        }
    }
}
