package io.stepoll.internal.io;

import io.stepoll.internal.poll.Registration;
import io.stepoll.internal.sys.Sockets;

/** send(2) of a byte array, until all of it has gone. */
final class ArrayWrite extends RoamingCall {
    static final ArrayWrite CALL = new ArrayWrite();

    private ArrayWrite() {
        super("send", Registration.WRITE, Flow.OUT);
    }

    @Override
    boolean isDone(ArrayPart part) {
        return part.length == 0;
    }

    @Override
    long attempt(int fd, Transfer memory, ArrayPart part) {
        int length = Transfer.part(part.length);
        memory.copy.put(0, part.array, part.offset, length);
        int count = Sockets.send(fd, memory.copyAddress, length, Sockets.MSG_DONTWAIT);
        if (count > 0) {
            part.offset += count;
            part.length -= count;
        }
        return count;
    }
}
