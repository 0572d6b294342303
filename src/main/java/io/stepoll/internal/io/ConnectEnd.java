package io.stepoll.internal.io;

import io.stepoll.internal.poll.Registration;
import io.stepoll.internal.sys.Errno;
import io.stepoll.internal.sys.Sockets;

/** The end of a connect(2) that has answered EINPROGRESS. */
final class ConnectEnd extends RoamingCall {
    static final ConnectEnd CALL = new ConnectEnd();

    private ConnectEnd() {
        super("connect", Registration.WRITE, Flow.CONNECT);
    }

    @Override
    long attempt(int fd, Transfer memory, ArrayPart nothing) {
        int ended = Sockets.pollOut(fd);
        if (ended <= 0) {
            return ended == 0 ? -Errno.EAGAIN : ended;
        }
        int error = Sockets.intOption(fd, Sockets.SOL_SOCKET, Sockets.SO_ERROR);
        return error > 0 ? -error : error;
    }
}
