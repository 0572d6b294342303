package io.stepoll.internal.net;

import io.stepoll.internal.failure.SystemCallFailures;
import io.stepoll.internal.sys.Descriptors;
import io.stepoll.internal.sys.Errno;
import io.stepoll.internal.sys.RawAddress;
import io.stepoll.internal.sys.SocketFile;
import io.stepoll.internal.sys.Sockets;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/**
 * The files of Unix sockets. A process that is killed leaves its files behind, and bind(2) refuses their paths. Such a
 * file is dead: no socket is bound to it, and none will ever be, as each bind makes a new file. So it can be removed;
 * but between the look and the unlink(2) another process may do the same, and bind. Therefore the folder is locked
 * meanwhile, by flock(2). Programs that do not take this lock, and remove the files of others, are not kept out.
 *
 * <p>Only sockets are removed. Symbolic links are not followed.
 */
final class SocketFiles {
    /* Others have the lock for as long as a few system calls take. */
    private static final int MOST_TRIES = 100;
    private static final Duration PAUSE = Duration.ofMillis(1);

    private SocketFiles() {}

    private static boolean isPath(RawAddress address) {
        return address.family() == Sockets.AF_UNIX && address.bytes().length > 0 && address.bytes()[0] != 0;
    }

    /**
     * Binds a socket; see bind(2). A dead file at the path of a Unix socket is replaced.
     *
     * @param text of the address, for messages
     * @return the file that this has made; null for none
     */
    static SocketFile bind(int fd, RawAddress address, String text) throws IOException {
        int result = NewSockets.bind(fd, address);
        if (!isPath(address)) {
            SystemCallFailures.check("bind", result, text);
            return null;
        }
        if (result == -Errno.EADDRINUSE) {
            SocketFile there = SocketFile.at(address.bytes());
            if (there.exists() && !there.isSocket()) {
                throw SystemCallFailures.of("bind", -result, text + ", which is " + there.description());
            }
            if (remove(address, there)) {
                result = NewSockets.bind(fd, address);
            }
        }
        SystemCallFailures.check("bind", result, text);
        return at(address);
    }

    /** The file of a socket that is bound to a path; null for none. */
    static SocketFile of(int fd) {
        RawAddress address = RawAddress.local(fd);
        return address != null && isPath(address) ? at(address) : null;
    }

    private static SocketFile at(RawAddress address) {
        SocketFile file = SocketFile.at(address.bytes());
        return file.isSocket() ? file : null;
    }

    /**
     * Removes the file of a socket if it is dead.
     *
     * @param address where a connect was refused
     * @throws IOException if the file is no socket, which stays
     */
    static void removeDead(RawAddress address) throws IOException {
        if (isPath(address)) {
            SocketFile there = SocketFile.at(address.bytes());
            if (there.exists() && !there.isSocket()) {
                throw new IOException(address.toText() + " is no socket, but " + there.description());
            }
            remove(address, there);
        }
    }

    /** Returns whether the path is free now, as far as this can tell. */
    private static boolean remove(RawAddress address, SocketFile there) {
        if (!there.exists()) {
            return true;
        }
        int lock = isDead(address) ? lock(address.bytes()) : -Errno.EAGAIN;
        if (lock == -Errno.EAGAIN) {
            return false; // a socket lives there, or somebody has locked the folder for good
        }
        try { // without the lock where this user may not read the folder
            return SocketFile.at(address.bytes()).isSameAs(there) && isDead(address) && there.unlinkIfSame() == 0;
        } finally {
            if (lock >= 0) {
                Descriptors.close(lock);
            }
        }
    }

    private static int lock(byte[] path) {
        int lock = SocketFile.lockFolder(path);
        boolean interrupted = Thread.interrupted(); // with which a park ends at once
        for (int i = 0; lock == -Errno.EAGAIN && i < MOST_TRIES; i++) {
            LockSupport.parkNanos(PAUSE.toNanos());
            lock = SocketFile.lockFolder(path);
            interrupted |= Thread.interrupted();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return lock;
    }

    /**
     * Whether no socket is bound to the path. A datagram socket asks: connect(2) refuses it for any other type of
     * socket (EPROTOTYPE), also before that socket listens, and nobody notices that it has asked.
     */
    private static boolean isDead(RawAddress address) {
        int fd = Sockets.socket(Sockets.AF_UNIX, Sockets.SOCK_DGRAM);
        if (fd < 0) {
            return false;
        }
        int result = NewSockets.connect(fd, address);
        Descriptors.close(fd);
        return result == -Errno.ECONNREFUSED;
    }
}
