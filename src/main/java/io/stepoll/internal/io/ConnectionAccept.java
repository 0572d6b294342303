package io.stepoll.internal.io;

import io.stepoll.internal.poll.Registration;
import io.stepoll.internal.sys.Errno;
import io.stepoll.internal.sys.Sockets;

/**
 * accept4(2) on a {@link RoamingSocket}. Returns the number of the connection, and puts the address of the peer into
 * the array, as the kernel has it.
 */
final class ConnectionAccept extends RoamingCall {
    static final ConnectionAccept CALL = new ConnectionAccept();

    private ConnectionAccept() {
        super("accept", Registration.READ, Flow.NONE);
    }

    /** A connection that has left before it was accepted is passed over. */
    @Override
    long attempt(int fd, Transfer memory, ArrayPart peer) {
        int accepted = Sockets.acceptFrom(fd, memory.copyAddress, peer.length);
        if (accepted >= 0) {
            memory.copy.get(0, peer.array, peer.offset, peer.length);
        }
        return accepted == -Errno.ECONNABORTED ? -Errno.EINTR : accepted;
    }

    /** After one connection poll(2) is asked before the next call: {@link AcceptCall} says why. */
    @Override
    long attempt(OpenDescriptor listener, ArrayPart peer) {
        if (listener.registration().hasAcceptedOne() && Sockets.pollIn(listener.fd()) == 0) {
            return -Errno.EAGAIN;
        }
        long accepted = super.attempt(listener, peer);
        if (accepted >= 0) {
            listener.hasAccepted();
        }
        return accepted;
    }
}
