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
            try {
                if (remove(address, there, text)) {
                    result = NewSockets.bind(fd, address);
                }
            } catch (IOException staysThere) {
                staysThere.addSuppressed(SystemCallFailures.of("bind", -result, text));
                throw staysThere;
            }
        }
        SystemCallFailures.check("bind", result, text);
        SocketFile made = SocketFile.at(address.bytes());
        checkSeen(made, text);
        return made.isSocket() ? made : null;
    }

    /** Throws if it is unknown whether there is a file. */
    private static void checkSeen(SocketFile file, String text) throws IOException {
        if (!file.exists() && file.errno() != Errno.ENOENT) {
            throw SystemCallFailures.of("lstat", file.errno(), text);
        }
    }

    /**
     * The file of a socket that another process may have bound; null for none, or for one that this process may not
     * look at: then it is not this one's to remove.
     */
    static SocketFile of(int fd) {
        RawAddress address = RawAddress.local(fd);
        SocketFile file = address != null && isPath(address) ? SocketFile.at(address.bytes()) : null;
        return file != null && file.isSocket() ? file : null;
    }

    /**
     * Removes the file of a socket if it is dead.
     *
     * @param address where a connect was refused
     * @throws IOException if the file stays: it is no socket, or a system call was refused
     */
    static void removeDead(RawAddress address) throws IOException {
        if (isPath(address)) {
            SocketFile there = SocketFile.at(address.bytes());
            if (there.exists() && !there.isSocket()) {
                throw new IOException(address.toText() + " is no socket, but " + there.description());
            }
            remove(address, there, address.toText());
        }
    }

    /** Returns whether the path is free now; false if a socket lives there, or if others work there without end. */
    private static boolean remove(RawAddress address, SocketFile there, String text) throws IOException {
        checkSeen(there, text);
        if (!there.exists()) {
            return true;
        }
        if (!isDead(address, text)) {
            return false;
        }
        int folder = SocketFile.openFolder(address.bytes());
        if (folder == -Errno.EACCES) { // this user may not read the folder: without the lock
            return removeNow(address, there, text);
        }
        SystemCallFailures.check("open", folder, "the folder of " + text);
        try {
            return lock(folder, text) && removeNow(address, there, text);
        } finally {
            Descriptors.close(folder);
        }
    }

    private static boolean removeNow(RawAddress address, SocketFile there, String text) throws IOException {
        SocketFile now = SocketFile.at(address.bytes());
        checkSeen(now, text);
        if (!now.isSameAs(there) || !isDead(address, text)) {
            return false;
        }
        SystemCallFailures.check("unlink", now.unlink(), text);
        return true;
    }

    /** Returns false if somebody has locked the folder for good. */
    private static boolean lock(int folder, String text) throws IOException {
        int result = SocketFile.tryLock(folder);
        boolean interrupted = Thread.interrupted(); // with which a park ends at once
        for (int i = 0; (result == -Errno.EAGAIN || result == -Errno.EINTR) && i < MOST_TRIES; i++) {
            LockSupport.parkNanos(PAUSE.toNanos());
            result = SocketFile.tryLock(folder);
            interrupted |= Thread.interrupted();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        if (result == -Errno.EAGAIN) {
            return false;
        }
        SystemCallFailures.check("flock", result, "the folder of " + text);
        return true;
    }

    /**
     * Whether no socket is bound to the path. A datagram socket asks: connect(2) refuses it for any other type of
     * socket (EPROTOTYPE), also before that socket listens, and nobody notices that it has asked.
     */
    private static boolean isDead(RawAddress address, String text) throws IOException {
        int fd = SystemCallFailures.check("socket", Sockets.socket(Sockets.AF_UNIX, Sockets.SOCK_DGRAM), text);
        int result = NewSockets.connect(fd, address);
        Descriptors.close(fd);
        return result == -Errno.ECONNREFUSED;
    }
}
