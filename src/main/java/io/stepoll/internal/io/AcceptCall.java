package io.stepoll.internal.io;

import io.stepoll.internal.poll.Registration;
import io.stepoll.internal.sys.Errno;
import io.stepoll.internal.sys.RawAddress;
import io.stepoll.internal.sys.Sockets;
import java.nio.ByteBuffer;

/**
 * accept4(2). The result is the number of the connection, or {@link #EXHAUSTED}. The address of the peer is then in the
 * loop's memory for transfers; {@link #peer} reads it there.
 */
final class AcceptCall extends Operation<Void> {
    static final AcceptCall CALL = new AcceptCall();

    /**
     * No connection can be accepted for now, and those that wait stay in the backlog: the process or the system has no
     * descriptors or no memory left, or each call is refused.
     */
    static final int EXHAUSTED = Integer.MAX_VALUE;

    /**
     * How many connections in a row are passed over at once. A failed connection leaves the backlog with its error. An
     * error that stays is not a connection's: a filter of system calls refuses with EPERM, for instance.
     */
    private static final int MOST_PASSED_OVER = 16;

    /** The begin of the path of a Unix socket that has no name. The kernel writes no path of such a peer. */
    private static final short NO_NAME = 0;

    private AcceptCall() {
        super(Flow.NONE);
    }

    /**
     * The peer of the connection that the last call has accepted, to be asked at once; null for a Unix socket without a
     * name. The kernel knows a peer that has reset no more.
     */
    static RawAddress peer(OpenDescriptor listener, int accepted) {
        ByteBuffer struct = listener.io.transfer.struct;
        if (struct.getShort(0) != Sockets.AF_UNIX) {
            return RawAddress.read(struct, Sockets.STORAGE_SIZE);
        }
        return struct.getShort(Sockets.UNIX_PATH) == NO_NAME ? null : RawAddress.peer(accepted);
    }

    /**
     * Passes over connections that have left before they were accepted, and those that the network has failed:
     * accept(2) returns the error of a connection in place of it.
     */
    @Override
    long attempt(OpenDescriptor listener, Void nothing) {
        if (isKnownToBeEmpty(listener)) {
            return -Errno.EAGAIN;
        }
        Transfer memory = listener.io.transfer;
        memory.struct.putShort(Sockets.UNIX_PATH, NO_NAME);
        int result = Sockets.acceptFrom(listener.fd(), memory.copyAddress, Sockets.STORAGE_SIZE);
        return switch (-result) {
            case Errno.ECONNABORTED, Errno.EPROTO, Errno.EPERM, Errno.ENETDOWN, Errno.ENOPROTOOPT, Errno.EHOSTDOWN,
                    Errno.ENONET, Errno.EHOSTUNREACH, Errno.ENETUNREACH -> passedOver(listener, -result);
            case Errno.EMFILE, Errno.ENFILE, Errno.ENOBUFS, Errno.ENOMEM -> EXHAUSTED;
            case Errno.EINTR -> result;
            default -> {
                listener.listening().passedOver = 0;
                yield result;
            }
        };
    }

    private static long passedOver(OpenDescriptor listener, int errno) {
        Listening kept = listener.listening();
        if (kept.passedOver < MOST_PASSED_OVER) {
            kept.passedOver++;
            return -Errno.EINTR;
        }
        if (!kept.reportedRefusal) {
            kept.reportedRefusal = true;
            listener.io.tasks.failures().warn("accept on " + listener.describe() + " keeps failing with "
                    + Errno.name(errno) + "; it is tried again, at growing intervals");
        }
        return EXHAUSTED;
    }

    /**
     * accept4(2) makes a whole socket before it can say that nobody is there to be accepted. Mostly connections come
     * one by one, so after the first one poll(2) is asked, which costs a seventh of that. If there is a second one they
     * come in a burst, and the calls themselves say when that is over. A listener that somebody else has, too, is asked
     * always: that one may have made it blocking, and the call has no flag against that.
     */
    private static boolean isKnownToBeEmpty(OpenDescriptor listener) {
        Registration registration = listener.registration();
        return registration.mayRead() && (registration.isShared() || registration.hasAcceptedOne())
                && Sockets.pollIn(listener.fd()) == 0;
    }
}
