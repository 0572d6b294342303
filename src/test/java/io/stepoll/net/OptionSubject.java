package io.stepoll.net;

import static org.junit.jupiter.api.Assertions.assertSame;

import io.stepoll.EventLoop;
import io.stepoll.Task;
import io.stepoll.support.StreamKind;
import java.io.IOException;
import java.net.SocketOption;
import java.net.StandardProtocolFamily;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** A real socket whose options are tested, with the peer or the listener that it needs. */
final class OptionSubject implements AutoCloseable {
    /** The kinds of sockets. */
    enum Kind {
        TCP4(StreamKind.TCP), TCP6(StreamKind.TCP6), UNIX(StreamKind.UNIX),
        TCP4_LISTENER(StreamKind.TCP), TCP6_LISTENER(StreamKind.TCP6), UNIX_LISTENER(StreamKind.UNIX),
        UDP4(null), UDP6(null), UNIX_DATAGRAM(null), UNIX_SEQPACKET(null);

        /** Null for sockets that are no streams. */
        private final StreamKind stream;

        Kind(StreamKind stream) {
            this.stream = stream;
        }

        boolean isTcp() {
            return stream == StreamKind.TCP || stream == StreamKind.TCP6;
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
    }

    private final List<Runnable> closes = new ArrayList<>();
    private final Kind kind;
    private LoopSocket<?> subject;
    private StreamSocket peer;
    private Listener listener;

    OptionSubject(EventLoop loop, Kind kind) throws Exception {
        this.kind = kind;
        if (kind.isInet6()) {
            SocketFixture.assumeIpv6();
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
        listener = Listener.bind(loop, kind.stream.fresh());
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
}
