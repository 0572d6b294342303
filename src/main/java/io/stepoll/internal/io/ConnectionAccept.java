package io.stepoll.internal.io;

import io.stepoll.internal.poll.Registration;
import io.stepoll.internal.sys.Errno;
import io.stepoll.internal.sys.Sockets;

/** accept4(2) on a {@link RoamingSocket}. Returns the number of the connection. */
final class ConnectionAccept extends RoamingCall {
    static final ConnectionAccept CALL = new ConnectionAccept();

    private ConnectionAccept() {
        super("accept", Registration.READ);
    }

    /** A connection that has left before it was accepted is passed over. */
    @Override
    long attempt(int fd, Transfer memory, ArrayPart nothing) {
        int accepted = Sockets.accept(fd);
        return accepted == -Errno.ECONNABORTED ? -Errno.EINTR : accepted;
    }

    /** After one connection poll(2) is asked before the next call: {@link AcceptCall} says why. */
    @Override
    long attempt(OpenDescriptor listener, ArrayPart nothing) {
        if (listener.registration().hasAcceptedOne() && Sockets.pollIn(listener.fd()) == 0) {
            return -Errno.EAGAIN;
        }
        long accepted = super.attempt(listener, nothing);
        if (accepted >= 0) {
            listener.registration().accepted();
        }
        return accepted;
    }
}
