package io.stepoll.internal.io;

import io.stepoll.internal.poll.Registration;
import io.stepoll.internal.sys.Sockets;

/** recv(2) into a byte array. */
final class ArrayRead extends RoamingCall {
    static final ArrayRead CALL = new ArrayRead();

    private ArrayRead() {
        super("recv", Registration.READ, Flow.IN);
    }

    @Override
    long attempt(int fd, Transfer memory, ArrayPart part) {
        int count = Sockets.recv(fd, memory.copyAddress, Transfer.part(part.length), Sockets.MSG_DONTWAIT);
        if (count > 0) {
            memory.copy.get(0, part.array, part.offset, count);
        }
        return count;
    }

    @Override
    long attempt(OpenDescriptor socket, ArrayPart part) {
        long count = super.attempt(socket, part);
        if (count > 0 && count < Transfer.part(part.length)) {
            socket.registration().readShort();
        }
        return count;
    }
}
