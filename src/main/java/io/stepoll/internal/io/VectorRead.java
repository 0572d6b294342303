package io.stepoll.internal.io;

import io.stepoll.internal.sys.Sockets;
import java.lang.ref.Reference;

/** readv(2): by recvmsg(2), which has flags, and by preadv2(2) on what is no socket. */
final class VectorRead extends Operation<Buffers> {
    static final VectorRead CALL = new VectorRead();

    private VectorRead() {
        super(Flow.IN);
    }

    @Override
    long attempt(OpenDescriptor socket, Buffers targets) {
        Vector vector = socket.io.vector();
        int fault = vector.layOut(targets, false);
        if (fault == 0 && vector.isCut() && socket.kind().keepsMessages(socket.fd())) {
            fault = vector.layOutWhole(targets, false);
        }
        if (fault < 0) {
            return fault;
        }
        long answer = socket.kind() == DescriptorKind.FILE ? FileCalls.read(socket, vector)
                : Sockets.recvVector(socket.fd(), vector.address(), vector.count(), Sockets.MSG_DONTWAIT);
        Reference.reachabilityFence(targets);
        int count = (int) answer;
        if (count > 0) {
            boolean control = (answer >>> Integer.SIZE & Sockets.MSG_CTRUNC) != 0;
            if (count < vector.bytes() && !control && socket.kind().isEmptiedByShortRead()) {
                socket.registration().readShort();
            }
            fault = vector.advance(targets, count, true);
        }
        return fault < 0 ? fault : count;
    }
}
