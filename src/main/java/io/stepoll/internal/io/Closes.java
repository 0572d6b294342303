package io.stepoll.internal.io;

import io.stepoll.internal.poll.Poller;
import io.stepoll.internal.poll.Registration;
import io.stepoll.internal.sys.Sockets;
import io.stepoll.internal.sys.StandardStreams;
import io.stepoll.internal.threads.WaitingCloses;

/**
 * Where a descriptor is closed. Mostly on the loop's thread. But close(2) may wait:
 * <ul>
 * <li>for SO_LINGER, until the peer has acknowledged all bytes and the end; non-blocking sockets wait, too;
 * <li>in a Unix socket, for the sockets that were passed and not received: the kernel closes those as well.
 * </ul>
 * Whoever else has a socket may switch SO_LINGER on at any time. So a socket whose past the library does not know, as
 * it came by number, is closed by a thread that may wait. The close of a socket that the library made or accepted costs
 * no further call: the library sees the options, and accepted sockets inherit them.
 */
final class Closes {
    private Closes() {}

    /**
     * Takes a descriptor off the loop and closes it, unless that was done before. A lent one its lender closes. The
     * file of a socket goes first: after the close another file could have its inode. On the loop's thread.
     */
    static void close(Poller poller, Registration registration) {
        if (!registration.isOpen()) {
            return;
        }
        if (registration.isLent()) {
            poller.deregister(registration, false);
            return;
        }
        if (registration.file() != null) {
            registration.file().unlinkIfSame(); // if that fails a dead file stays, which the next bind replaces
        }
        boolean mayWait = registration.closeMayWait();
        poller.deregister(registration, !mayWait);
        close(registration.fd(), mayWait);
    }

    /** Closes a descriptor that is on no loop. */
    static void close(int fd, boolean mayWait) {
        if (mayWait) {
            WaitingCloses.close(fd);
        } else {
            StandardStreams.close(fd);
        }
    }

    /**
     * Whether the close of a descriptor may wait, as far as its options say.
     *
     * @param foreign whether it came by number, so that somebody else may change its options
     */
    static boolean mayWait(int fd, boolean foreign) {
        int type = Sockets.intOption(fd, Sockets.SOL_SOCKET, Sockets.SO_TYPE);
        if (type < 0) {
            return false;
        }
        if (isUnix(fd)) {
            return takesPassed(fd);
        }
        return type != Sockets.SOCK_DGRAM && !listens(fd) && (foreign || lingers(fd));
    }

    /** Whether the closes of the connections may wait that a descriptor accepts, which inherit its options. */
    static boolean ofConnectionsMayWait(int fd) {
        return listens(fd) && ofConnectionMayWait(fd);
    }

    /** Whether the close of a connection may wait that nobody else has. */
    static boolean ofConnectionMayWait(int fd) {
        return isUnix(fd) ? takesPassed(fd) : lingers(fd);
    }

    static boolean isUnix(int fd) {
        return Sockets.intOption(fd, Sockets.SOL_SOCKET, Sockets.SO_DOMAIN) == Sockets.AF_UNIX;
    }

    private static boolean listens(int fd) {
        return Sockets.intOption(fd, Sockets.SOL_SOCKET, Sockets.SO_ACCEPTCONN) == 1;
    }

    /** The first int of struct linger says whether it is on. */
    private static boolean lingers(int fd) {
        return Sockets.intOption(fd, Sockets.SOL_SOCKET, Sockets.SO_LINGER) != 0;
    }

    /** Kernels before 6.16 do not say, and the answer is no: see docs/sockets.md. */
    private static boolean takesPassed(int fd) {
        return Sockets.intOption(fd, Sockets.SOL_SOCKET, Sockets.SO_PASSRIGHTS) == 1;
    }
}
