package io.stepoll.internal.io;

import io.stepoll.internal.sys.Sockets;
import java.lang.ref.Reference;

/** writev(2): by sendmsg(2), which alone can go without SIGPIPE, and by pwritev2(2) on what is no socket. */
final class VectorWrite extends Operation<Buffers> {
    static final VectorWrite CALL = new VectorWrite();

    private VectorWrite() {
        super(Flow.OUT);
    }

    @Override
    boolean isDone(Buffers sources) {
        return !sources.hasRemaining();
    }

    @Override
    long attempt(OpenDescriptor socket, Buffers sources) {
        Vector vector = socket.io.vector();
        int fault = vector.layOut(sources, true);
        if (fault == 0 && vector.isCut() && socket.kind().keepsMessages(socket.fd())) {
            fault = vector.layOutWhole(sources, true);
        }
        if (fault < 0) {
            return fault;
        }
        int count = write(socket, vector);
        Reference.reachabilityFence(sources);
        vector.advance(sources, Math.max(count, 0), false);
        return count;
    }

    /** Writes what is laid out, by one call. */
    static int write(OpenDescriptor target, Vector vector) {
        int written = target.kind() == DescriptorKind.FILE ? FileCalls.write(target, vector)
                : Sockets.sendVector(target.fd(), vector.address(), vector.count(), Sockets.MSG_DONTWAIT);
        target.wroteShort = written < vector.bytes();
        return written;
    }
}
