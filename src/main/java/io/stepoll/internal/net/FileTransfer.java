package io.stepoll.internal.net;

import io.stepoll.Descriptor;
import io.stepoll.Interest;
import io.stepoll.SystemCall;
import io.stepoll.internal.failure.SystemCallFailures;
import io.stepoll.internal.io.FilePipe;
import io.stepoll.internal.io.LoopDescriptor;
import io.stepoll.internal.sys.Descriptors;
import io.stepoll.internal.sys.Errno;
import io.stepoll.internal.sys.FileSending;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.NonReadableChannelException;
import java.time.Duration;

/**
 * One transfer from a file to a stream socket, by splice(2) through the loop's pipe. It reads from the number of the
 * channel's own descriptor. A close of the channel, by any thread, frees that number, and the next call could find
 * another file under it. But a channel says that it is closed before it frees its number. So the transfer asks the
 * channel after it has filled the pipe, and only then moves the pipe's bytes to the socket.
 */
public final class FileTransfer implements SystemCall, AutoCloseable {
    /** How much goes in one turn at most, so that other tasks have their turn when the peer reads as fast as that. */
    private static final long LARGEST_PART = 1 << 22;

    private static final int COPY_BYTES = 1 << 16;
    private static final int NO_FILE = -1;
    private static final int O_ACCMODE = 3;
    private static final int O_WRONLY = 1;

    /* The results of the system call. */
    /** The file has ended, or all of it has gone. */
    private static final long ENDED = 0;
    /** Other tasks have their turn first. */
    private static final long MORE = 1;
    /** splice(2) does not take this kind of file, or has no pipe. */
    private static final long NOT_BY_SPLICE = 2;

    private final LoopDescriptor socket;
    private final FileChannel channel;
    private final long position;
    private final long count;
    private final int file;
    private long sent;

    public FileTransfer(Descriptor socket, FileChannel channel, long position, long count) throws IOException {
        if (position < 0 || count < 0) {
            throw new IllegalArgumentException("neither is negative: position " + position + ", count " + count);
        }
        this.socket = LoopDescriptor.of(socket);
        this.channel = channel;
        this.position = position;
        this.count = Math.clamp(sizeOf(channel) - position, 0, count);
        this.socket.check("sendFile");
        file = readable(channel);
    }

    /** With an interrupt pending, size() would close the channel, which others may use, too. */
    private static long sizeOf(FileChannel channel) throws IOException {
        boolean interrupted = Thread.interrupted();
        if (interrupted && Thread.currentThread().isVirtual()) {
            throw new InterruptedIOException("sendFile: interrupted");
        }
        try {
            return channel.size();
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt(); // this is the loop's own thread: the interrupt is for the loop
            }
        }
    }

    /** The number of the channel's descriptor, if splice(2) may read from it. */
    private static int readable(FileChannel channel) throws IOException {
        int number = FileSending.number(channel);
        int flags = number < 0 ? 0 : Descriptors.getStatusFlags(number);
        if (!channel.isOpen()) {
            throw new ClosedChannelException();
        }
        if (number >= 0 && (flags & O_ACCMODE) == O_WRONLY) {
            throw new NonReadableChannelException();
        }
        return number < 0 ? NO_FILE : number;
    }

    /** Sends all, waiting for room. Returns how many bytes went: fewer if the file has become shorter. */
    public long send(long deadlineNanos) throws IOException {
        boolean turn = count > 0 && socket.beginWrite("splice", deadlineNanos);
        try {
            long result = file == NO_FILE ? NOT_BY_SPLICE : MORE;
            while (sent < count && result == MORE) {
                result = socket.perform(Interest.WRITE, "splice", this, deadlineNanos);
                if (result == MORE) {
                    socket.loop().sleep(Duration.ZERO);
                }
            }
            return result == NOT_BY_SPLICE ? copy(deadlineNanos) : sent();
        } catch (InterruptedIOException e) { // a timeout is one, too
            e.bytesTransferred = (int) Math.min(sent, Integer.MAX_VALUE);
            throw e;
        } catch (InterruptedException e) {
            throw interrupted();
        } catch (SocketException e) {
            throw SystemCallFailures.after(e, sent);
        } finally {
            if (turn) {
                socket.endWrite();
            }
        }
    }

    private InterruptedIOException interrupted() {
        InterruptedIOException interrupted = new InterruptedIOException("sendFile: interrupted");
        interrupted.bytesTransferred = (int) Math.min(sent, Integer.MAX_VALUE);
        return interrupted;
    }

    private long copy(long deadlineNanos) throws IOException {
        ByteBuffer copy = ByteBuffer.allocateDirect(COPY_BYTES);
        while (read(copy)) {
            try {
                socket.write(copy, deadlineNanos);
            } finally {
                sent += copy.position();
            }
        }
        return sent();
    }

    /** Sends as much as there is room for, or a part of that. Returns how many bytes went, or WOULD_BLOCK. */
    public long trySend() throws IOException {
        try {
            boolean room = count == 0 || (file == NO_FILE ? tryCopy() : trySplice());
            return sent() == 0 && !room ? Descriptor.WOULD_BLOCK : sent;
        } catch (SocketException e) {
            throw SystemCallFailures.after(e, sent);
        }
    }

    /** Returns whether there is room for more. */
    private boolean trySplice() throws IOException {
        long result = socket.tryPerform(Interest.WRITE, "splice", this);
        return result == NOT_BY_SPLICE ? tryCopy() : result != Descriptor.WOULD_BLOCK;
    }

    /** Returns whether there is room for more. */
    private boolean tryCopy() throws IOException {
        ByteBuffer copy = ByteBuffer.allocateDirect(COPY_BYTES);
        boolean room = true;
        while (room && read(copy)) {
            try {
                socket.tryWrite(copy);
            } finally {
                sent += copy.position();
            }
            room = !copy.hasRemaining();
        }
        return room;
    }

    private long sent() throws IOException {
        if (sent < count && !channel.isOpen()) {
            throw new AsynchronousCloseException();
        }
        return sent;
    }

    /**
     * Returns whether there is more. An interrupt would close the channel during its read, so it ends the transfer
     * before.
     */
    private boolean read(ByteBuffer copy) throws IOException {
        if (Thread.currentThread().isVirtual() && Thread.interrupted()) {
            throw interrupted();
        }
        copy.clear().limit((int) Math.min(count - sent, COPY_BYTES));
        boolean more = copy.hasRemaining() && channel.read(copy, position + sent) > 0;
        copy.flip();
        return more;
    }

    /**
     * Moves the file's bytes through the pipe until there is no room. Before each move to the socket the channel is
     * open. So when the pipe was filled, the number was still the channel's.
     */
    @Override
    public long call(int fd) {
        FilePipe pipe = socket.owner().filePipe();
        long end = Math.min(count, sent + LARGEST_PART);
        while (sent < end && channel.isOpen()) {
            if (pipe.holdsFor(this)) {
                long result = pipe.empty(fd);
                if (result < 0) {
                    return result;
                }
                sent += result;
                socket.sent(result);
            } else {
                long result = pipe.fill(this, file, position + sent, end - sent);
                if (result == 0) {
                    return ENDED;
                }
                if (result < 0) {
                    return canBeCopied(result) ? NOT_BY_SPLICE : result;
                }
            }
        }
        return sent == count || !channel.isOpen() ? ENDED : MORE;
    }

    /** Whether splice(2) does not take this kind of file, or there is no pipe to be had. */
    private static boolean canBeCopied(long result) {
        return result == -Errno.EINVAL || result == -Errno.EAGAIN || result == -Errno.EMFILE || result == -Errno.ENFILE;
    }

    @Override
    public void close() {
        socket.owner().filePipe().leave(this);
    }
}
