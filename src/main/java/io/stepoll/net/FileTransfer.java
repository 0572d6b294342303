package io.stepoll.net;

import io.stepoll.Attempt;
import io.stepoll.Descriptor;
import io.stepoll.SystemCallFailure;
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

/**
 * One transfer from a file to a stream socket, by sendfile(2). The file is held by a descriptor of our own meanwhile:
 * whoever closes the channel frees its number, which may be another file's at the next call.
 */
final class FileTransfer implements Attempt, AutoCloseable {
    /** What goes in one turn at the most, so that others have their turn when the peer reads as fast as that. */
    private static final long LARGEST_PART = 1 << 22;

    private static final int COPY_BYTES = 1 << 16;
    private static final int NO_FILE = -1;
    private static final int O_ACCMODE = 3;
    private static final int O_WRONLY = 1;

    /* What an attempt comes to: the file has ended, or all of it has gone; others have their turn first; the file is of
     * a kind that sendfile does not take. */
    private static final long ENDED = 0;
    private static final long MORE = 1;
    private static final long NOT_BY_SENDFILE = 2;

    private final Descriptor socket;
    private final FileChannel channel;
    private final long position;
    private final long count;
    private final int file;
    private long sent;

    FileTransfer(Descriptor socket, FileChannel channel, long position, long count) throws IOException {
        if (position < 0 || count < 0) {
            throw new IllegalArgumentException("neither is negative: position " + position + ", count " + count);
        }
        this.socket = socket;
        this.channel = channel;
        this.position = position;
        this.count = Math.clamp(sizeOf(channel) - position, 0, count);
        socket.check("sendFile");
        file = hold(channel);
    }

    /** With an interrupt pending this would close the channel, which may be others', too. */
    private static long sizeOf(FileChannel channel) throws IOException {
        boolean interrupted = Thread.interrupted();
        if (interrupted && Thread.currentThread().isVirtual()) {
            throw new InterruptedIOException("sendFile: interrupted");
        }
        try {
            return channel.size();
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt(); // the loop's own thread: it is for the loop
            }
        }
    }

    /** A channel says that it is closed before it frees its number: while it does not, the number was its own. */
    private static int hold(FileChannel channel) throws IOException {
        int number = FileSending.number(channel);
        int file = number < 0 ? NO_FILE : FileSending.duplicate(number);
        if (file < 0) {
            return NO_FILE;
        }
        if (!channel.isOpen()) {
            Descriptors.close(file);
            throw new ClosedChannelException();
        }
        if ((Descriptors.getStatusFlags(file) & O_ACCMODE) == O_WRONLY) {
            Descriptors.close(file);
            throw new NonReadableChannelException();
        }
        return file;
    }

    /** All, waiting for room. Returns how many bytes went: fewer if the file has become shorter. */
    long send(long deadlineNanos) throws IOException {
        try {
            long result = file == NO_FILE ? NOT_BY_SENDFILE : MORE;
            while (sent < count && result == MORE) {
                result = socket.write("sendfile", deadlineNanos, this);
                if (result == MORE) {
                    socket.loop().sleep(0);
                }
            }
            return result == NOT_BY_SENDFILE ? copy(deadlineNanos) : sent();
        } catch (InterruptedIOException e) { // a timeout is one, too
            e.bytesTransferred = (int) Math.min(sent, Integer.MAX_VALUE);
            throw e;
        } catch (InterruptedException e) {
            throw interrupted();
        } catch (SocketException e) {
            throw SystemCallFailure.after(e, sent);
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
                socket.send(copy, 0, deadlineNanos);
            } finally {
                sent += copy.position();
            }
        }
        return sent();
    }

    /** What there is room for, or a part of that. */
    long sendNow() throws IOException {
        try {
            return trySendNow();
        } catch (SocketException e) {
            throw SystemCallFailure.after(e, sent);
        }
    }

    private long trySendNow() throws IOException {
        if (count == 0 || file != NO_FILE && socket.writeNow("sendfile", this) != NOT_BY_SENDFILE) {
            return sent();
        }
        ByteBuffer copy = ByteBuffer.allocateDirect(COPY_BYTES);
        boolean room = true;
        while (room && read(copy)) {
            try {
                socket.sendNow(copy);
            } finally {
                sent += copy.position();
            }
            room = !copy.hasRemaining();
        }
        return sent();
    }

    private long sent() throws IOException {
        if (sent < count && !channel.isOpen()) {
            throw new AsynchronousCloseException();
        }
        return sent;
    }

    /** Whether there is more. An interrupt would close the channel in its read; here it merely ends the transfer. */
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
     * Until there is no room. A call that takes less than it might says nothing: room may be used up, or the file has
     * ended.
     */
    @Override
    public long call(int fd) {
        long end = Math.min(count, sent + LARGEST_PART);
        while (sent < end && channel.isOpen()) {
            long result = FileSending.sendfile(fd, file, position + sent, end - sent);
            if (result == 0) {
                return ENDED;
            }
            if (result < 0) {
                return result == -Errno.EINVAL && sent == 0 ? NOT_BY_SENDFILE : result;
            }
            sent += result;
        }
        return sent == count || !channel.isOpen() ? ENDED : MORE;
    }

    @Override
    public void close() {
        if (file != NO_FILE) {
            Descriptors.close(file);
        }
    }
}
