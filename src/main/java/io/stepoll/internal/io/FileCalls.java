package io.stepoll.internal.io;

import io.stepoll.internal.sys.Descriptors;
import io.stepoll.internal.sys.Errno;
import io.stepoll.internal.sys.Sockets;

/**
 * read(2) and write(2) on what is no socket, without waiting. O_NONBLOCK belongs to the open file, and whoever else has
 * a pipe or a terminal may take the flag away at any time. So the calls say themselves that they do not wait:
 * preadv2(2) and pwritev2(2) with RWF_NOWAIT, which pipes, eventfds and timerfds know. Where a file does not know that,
 * the flag is looked at, and without it poll(2) is asked before. Then somebody else may still come between the poll and
 * the call.
 */
final class FileCalls {
    /** A blocking write of that much to a pipe does not wait if poll(2) has said that there is room: PIPE_BUF. */
    private static final int PIPE_PIECE = 4096;

    /** The only piece of which a terminal says by poll(2) that there is room for it. */
    private static final int TERMINAL_PIECE = 1;

    private FileCalls() {}

    /** Returns the number of bytes, or {@code -errno}: EAGAIN if there are none. */
    static int read(OpenDescriptor file, long address, int length) {
        int fd = file.fd();
        if (!file.waitsInCalls) {
            int result = Descriptors.readNow(fd, address, length);
            if (!isUnknown(result)) {
                return result;
            }
            file.waitsInCalls = true;
        }
        return isNonBlocking(fd) || Sockets.pollIn(fd) > 0 ? Descriptors.read(fd, address, length) : -Errno.EAGAIN;
    }

    /** Reads into several pieces by one call, or into the first one where the file does not know that call. */
    static int read(OpenDescriptor file, Vector pieces) {
        if (!file.waitsInCalls) {
            int result = Descriptors.readVectorNow(file.fd(), pieces.address(), pieces.count());
            if (!isUnknown(result)) {
                return result;
            }
            file.waitsInCalls = true;
        }
        return read(file, pieces.firstBase(), pieces.firstLength());
    }

    /** Returns the number of bytes, which may be fewer than there is room for; or {@code -errno}. */
    static int write(OpenDescriptor file, long address, int length) {
        int fd = file.fd();
        if (!file.waitsInCalls) {
            int result = Descriptors.writeNow(fd, address, length);
            if (!isUnknown(result)) {
                return result;
            }
            file.waitsInCalls = true;
        }
        if (isNonBlocking(fd)) {
            return Descriptors.write(fd, address, length);
        }
        int most = Descriptors.isTerminal(fd) ? TERMINAL_PIECE : Descriptors.pipeCapacity(fd) > 0 ? PIPE_PIECE : length;
        return Sockets.pollOut(fd) > 0 ? Descriptors.write(fd, address, Math.min(length, most)) : -Errno.EAGAIN;
    }

    /** Writes several pieces by one call, or the first one where the file does not know that call. */
    static int write(OpenDescriptor file, Vector pieces) {
        if (!file.waitsInCalls) {
            int result = Descriptors.writeVectorNow(file.fd(), pieces.address(), pieces.count());
            if (!isUnknown(result)) {
                return result;
            }
            file.waitsInCalls = true;
        }
        return write(file, pieces.firstBase(), pieces.firstLength());
    }

    /** EPERM and EACCES: a filter of system calls refuses the one that it does not know; read(2) may be allowed. */
    private static boolean isUnknown(int result) {
        return result == -Errno.EOPNOTSUPP || result == -Errno.ENOSYS || result == -Errno.EPERM
                || result == -Errno.EACCES;
    }

    private static boolean isNonBlocking(int fd) {
        int flags = Descriptors.getStatusFlags(fd);
        return flags < 0 || (flags & Descriptors.O_NONBLOCK) != 0; // the call says what is wrong with the descriptor
    }
}
