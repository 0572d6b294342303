package io.stepoll.internal.io;

import io.stepoll.internal.poll.Registration;

/**
 * A call on a {@link RoamingSocket}. The task of a loop makes it by the loop's memory and registration, any other
 * thread by memory of its own.
 */
abstract class RoamingCall extends Operation<ArrayPart> {
    /** For messages. */
    final String name;

    /** {@link Registration#READ} or {@link Registration#WRITE}. */
    final int interest;

    RoamingCall(String name, int interest, Flow flow) {
        super(flow);
        this.name = name;
        this.interest = interest;
    }

    /** Makes the system call once, without waiting in it. Returns its result, or {@code -errno}. */
    abstract long attempt(int fd, Transfer memory, ArrayPart part);

    @Override
    long attempt(OpenDescriptor socket, ArrayPart part) {
        return attempt(socket.fd(), socket.io.transfer, part);
    }
}
