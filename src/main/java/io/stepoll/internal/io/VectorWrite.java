package io.stepoll.internal.io;

import io.stepoll.internal.sys.Sockets;
import java.lang.ref.Reference;

/** writev(2), by sendmsg(2), which alone can go without SIGPIPE. */
final class VectorWrite extends Operation<Buffers> {
    static final VectorWrite CALL = new VectorWrite();

    private VectorWrite() {}

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
        int count = Sockets.sendVector(socket.fd(), vector.address(), vector.count(), Sockets.MSG_DONTWAIT);
        Reference.reachabilityFence(sources);
        socket.wroteShort = count < vector.bytes();
        vector.advance(sources, Math.max(count, 0), false);
        return count;
    }
}
