package io.stepoll;

import io.stepoll.internal.sys.Sockets;
import io.stepoll.net.Addresses;
import io.stepoll.net.Listener;
import io.stepoll.net.StreamSocket;
import java.io.IOException;

/** A way for bytes, there and back, for the tests of faults. */
enum FaultWire {
    TCP, UNIX,
    /** A Unix socket that somebody else might have, too. */
    ADOPTED,
    /** Two pipes. */
    PIPES;

    private static final int SMALL_BUFFER = 1 << 14;

    /** One end: what it reads from and what it writes to, the same descriptor but for pipes. */
    record End(Descriptor in, Descriptor out) {
        /** Nothing more will be written. */
        void shutdown() {
            if (in == out) {
                RawSockets.check(Sockets.shutdown(out.fd(), Sockets.SHUT_WR));
            } else {
                out.close();
            }
        }

        void close() {
            in.close();
            out.close();
        }
    }

    /** Both ends: that which the faults are for, and the other. */
    record Ends(End subject, End peer) {}

    /** Makes both ends, on one loop. In a task. */
    Ends open(EventLoop loop) throws IOException {
        return switch (this) {
            case TCP -> {
                try (Listener listener = Listener.bind(loop, Addresses.parse("tcp:127.0.0.1:0"))) {
                    Descriptor peer = StreamSocket.connect(loop, listener.localAddress()).descriptor();
                    yield both(listener.accept().descriptor(), peer);
                }
            }
            case UNIX -> {
                int[] pair = RawSockets.pair();
                yield both(loop.own(pair[0]), loop.own(pair[1]));
            }
            case ADOPTED -> {
                int[] pair = RawSockets.pair();
                yield both(loop.adopt(pair[0]), loop.adopt(pair[1]));
            }
            case PIPES -> {
                int[] one = Libc.pipe();
                int[] other = Libc.pipe();
                yield new Ends(new End(loop.adopt(one[0]), loop.adopt(other[1])),
                        new End(loop.adopt(other[0]), loop.adopt(one[1])));
            }
        };
    }

    private static Ends both(Descriptor subject, Descriptor peer) {
        RawSockets.smallSendBuffer(subject.fd(), SMALL_BUFFER); // so that there are sends which would block
        RawSockets.smallSendBuffer(peer.fd(), SMALL_BUFFER);
        return new Ends(new End(subject, subject), new End(peer, peer));
    }

    /** The system call that a read comes to. */
    String readCall(FaultEcho.Style style) {
        if (this == PIPES) {
            return "read";
        }
        return style == FaultEcho.Style.VECTORS || this == UNIX ? "recvmsg" : "recv";
    }

    /** The system call that a write comes to. */
    String writeCall(FaultEcho.Style style) {
        if (this == PIPES) {
            return "write";
        }
        return style == FaultEcho.Style.VECTORS ? "sendmsg" : "send";
    }
}
