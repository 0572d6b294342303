package io.stepoll.net;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.Task;
import io.stepoll.internal.sys.Sockets;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/** A real socket of a kind, with whatever it needs, whose options are tested. */
final class OptionSubject implements AutoCloseable {
    /** The kinds of sockets. Those of datagrams have no class yet: they go by their descriptors. */
    enum Kind {
        TCP4("tcp:127.0.0.1:0"), TCP6("tcp:[::1]:0"), UNIX(null),
        TCP4_LISTENER("tcp:127.0.0.1:0"), TCP6_LISTENER("tcp:[::1]:0"), UNIX_LISTENER(null),
        UDP4(null), UDP6(null), UNIX_DATAGRAM(null);

        private final String address;

        Kind(String address) {
            this.address = address;
        }

        boolean isTcp() {
            return address != null;
        }

        boolean isInet6() {
            return this == TCP6 || this == TCP6_LISTENER || this == UDP6;
        }

        boolean isUnix() {
            return !isTcp() && !isInetDatagram();
        }

        boolean isListener() {
            return name().endsWith("LISTENER");
        }

        boolean isInetDatagram() {
            return this == UDP4 || this == UDP6;
        }

        SocketAddress address() {
            return address == null ? AbstractAddress.of("stepoll-options-" + UUID.randomUUID())
                    : Addresses.parse(address);
        }
    }

    private final List<Runnable> closes = new ArrayList<>();
    private final Kind kind;
    private StreamSocket socket;
    private StreamSocket peer;
    private Listener listener;
    private Descriptor descriptor;

    OptionSubject(EventLoop loop, Kind kind) throws Exception {
        this.kind = kind;
        if (kind.isInet6()) {
            assumeIpv6();
        }
        if (kind.isInetDatagram() || kind == Kind.UNIX_DATAGRAM) {
            int family = kind == Kind.UDP4 ? Sockets.AF_INET : kind == Kind.UDP6 ? Sockets.AF_INET6 : Sockets.AF_UNIX;
            int fd = Sockets.socket(family, Sockets.SOCK_DGRAM);
            assertTrue(fd >= 0);
            descriptor = loop.own(fd);
            closes.add(descriptor::close);
            return;
        }
        listener = Listener.bind(loop, kind.address());
        closes.add(listener::close);
        if (!kind.isListener()) {
            Task<StreamSocket> accepting = loop.spawn(() -> listener.accept());
            Task<StreamSocket> connecting = loop.spawn(() -> StreamSocket.connect(loop, listener.localAddress()));
            loop.runUntilDone();
            peer = accepting.join();
            closes.add(peer::close);
            socket = connecting.join();
            closes.add(socket::close);
        }
    }

    static void assumeIpv6() throws IOException {
        Path addresses = Path.of("/proc/net/if_inet6");
        assumeTrue(Files.exists(addresses) && Files.readString(addresses).contains("0".repeat(31) + "1 "),
                "this machine has no ::1");
    }

    Kind kind() {
        return kind;
    }

    StreamSocket socket() {
        return socket;
    }

    StreamSocket peer() {
        return peer;
    }

    Listener listener() {
        return listener;
    }

    int fd() {
        return socket != null ? socket.descriptor().fd() : listener != null ? listener.descriptor().fd()
                : descriptor.fd();
    }

    <T> T get(SocketOption<T> option) throws IOException {
        return socket != null ? socket.getOption(option) : listener != null ? listener.getOption(option)
                : SocketOptions.get(descriptor, option);
    }

    <T> void set(SocketOption<T> option, T value) throws IOException {
        if (socket != null) {
            assertTrue(socket.setOption(option, value) == socket);
        } else if (listener != null) {
            assertTrue(listener.setOption(option, value) == listener);
        } else {
            SocketOptions.set(descriptor, option, value);
        }
    }

    Set<SocketOption<?>> supported() {
        return socket != null ? socket.supportedOptions() : listener != null ? listener.supportedOptions()
                : SocketOptions.supported(descriptor);
    }

    @Override
    public void close() {
        closes.reversed().forEach(Runnable::run);
    }

    static int openDescriptors() throws IOException {
        try (var files = Files.list(Path.of("/proc/self/fd"))) {
            return (int) files.count();
        }
    }
}
