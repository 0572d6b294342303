package io.stepoll.net;

import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.stepoll.EventLoop;
import io.stepoll.Task;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.StandardProtocolFamily;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/** A real socket of a kind, with whatever it needs, whose options are tested. */
final class OptionSubject implements AutoCloseable {
    /** The kinds of sockets. */
    enum Kind {
        TCP4("tcp:127.0.0.1:0"), TCP6("tcp:[::1]:0"), UNIX(null),
        TCP4_LISTENER("tcp:127.0.0.1:0"), TCP6_LISTENER("tcp:[::1]:0"), UNIX_LISTENER(null),
        UDP4(null), UDP6(null), UNIX_DATAGRAM(null), UNIX_SEQPACKET(null);

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
    private LoopSocket<?> subject;
    private StreamSocket peer;
    private Listener listener;

    OptionSubject(EventLoop loop, Kind kind) throws Exception {
        this.kind = kind;
        if (kind.isInet6()) {
            assumeIpv6();
        }
        if (kind.isInetDatagram() || kind == Kind.UNIX_DATAGRAM) {
            subject = DatagramEndpoint.open(loop, kind == Kind.UDP4 ? StandardProtocolFamily.INET
                    : kind == Kind.UDP6 ? StandardProtocolFamily.INET6 : StandardProtocolFamily.UNIX);
            closes.add(subject::close);
            return;
        }
        if (kind == Kind.UNIX_SEQPACKET) {
            SeqpacketSocket[] pair = SeqpacketSocket.pair(loop);
            subject = pair[0];
            closes.add(pair[0]::close);
            closes.add(pair[1]::close);
            return;
        }
        listener = Listener.bind(loop, kind.address());
        closes.add(listener::close);
        subject = listener;
        if (!kind.isListener()) {
            Task<StreamSocket> accepting = loop.spawn(() -> listener.accept());
            Task<StreamSocket> connecting = loop.spawn(() -> StreamSocket.connect(loop, listener.localAddress()));
            loop.runUntilDone();
            peer = accepting.join();
            closes.add(peer::close);
            subject = connecting.join();
            closes.add(subject::close);
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
        return (StreamSocket) subject;
    }

    StreamSocket peer() {
        return peer;
    }

    Listener listener() {
        return listener;
    }

    int fd() {
        return subject.descriptor().fd();
    }

    <T> T get(SocketOption<T> option) throws IOException {
        return subject.getOption(option);
    }

    <T> void set(SocketOption<T> option, T value) throws IOException {
        assertSame(subject, subject.setOption(option, value));
    }

    Set<SocketOption<?>> supported() {
        return subject.supportedOptions();
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
