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
        vector.layOut(sources, true);
        int count = Sockets.sendVector(socket.fd(), vector.address(), vector.count(), Sockets.MSG_DONTWAIT);
        Reference.reachabilityFence(sources);
        vector.advance(sources, Math.max(count, 0), false);
        socket.wroteShort = count < vector.bytes();
        return count;
    }
}
