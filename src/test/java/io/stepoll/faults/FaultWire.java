package io.stepoll.faults;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.internal.sys.Sockets;
import io.stepoll.net.StreamSocket;
import io.stepoll.support.Libc;
import io.stepoll.support.RawSockets;
import io.stepoll.support.StreamKind;
import java.io.IOException;

/** What carries bytes there and back in the tests of faults. */
enum FaultWire {
    TCP, UNIX,
    /** Unix sockets that the loop has adopted. */
    ADOPTED,
    /** Two pipes, one for each direction. */
    PIPES;

    private static final int SMALL_BUFFER = 1 << 14;

    /** One end: the descriptor that it reads from, and the one that it writes to. Only pipes have two. */
    record End(Descriptor in, Descriptor out) {
        /** Ends the output. */
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

    /** Both ends: the one whose system calls get the faults, and its peer. */
    record Ends(End subject, End peer) {}

    /** Makes both ends on one loop. In a task. */
    Ends open(EventLoop loop) throws IOException {
        return switch (this) {
            case TCP -> {
                StreamSocket[] ends = StreamKind.connect(loop, StreamKind.TCP.fresh());
                yield both(ends[1].descriptor(), ends[0].descriptor());
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
        RawSockets.smallSendBuffer(subject.fd(), SMALL_BUFFER); // so that some sends would block
        RawSockets.smallSendBuffer(peer.fd(), SMALL_BUFFER);
        return new Ends(new End(subject, subject), new End(peer, peer));
    }

    /** The system call of a read. */
    String readCall(FaultEcho.Style style) {
        if (this == PIPES) {
            return "read";
        }
        return style == FaultEcho.Style.VECTORS || this == UNIX ? "recvmsg" : "recv";
    }

    /** The system call of a write. */
    String writeCall(FaultEcho.Style style) {
        if (this == PIPES) {
            return "write";
        }
        return style == FaultEcho.Style.VECTORS ? "sendmsg" : "send";
    }
}
