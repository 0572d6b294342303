package io.stepoll.internal.io;

import io.stepoll.internal.sys.Descriptors;
import io.stepoll.internal.sys.FileSending;
import io.stepoll.internal.sys.Scratch;

/**
 * The pipe through which a loop sends files, by splice(2): from the file into the pipe, and from there to the socket.
 * The kernel copies no bytes, as a pipe holds references to the file's pages.
 *
 * <p>Why not sendfile(2): between the two calls the sender can ask whether the file still was the right one. So it
 * needs no descriptor of its own for the file. The close of such a descriptor would drop the locks that the process has
 * on the file; see fcntl(2), under "Record locks".
 *
 * <p>All transfers of a loop use the same pipe, one after the other. A transfer that waits for room leaves what the
 * pipe holds there, and finds it again unless another transfer has come in between. Belongs to the loop's thread.
 */
public final class FilePipe {
    private static final int CAPACITY = 1 << 18; // in bytes
    private static final int NONE = -1;

    private int reading = NONE;
    private int writing = NONE;
    private Object user;
    private long held; // bytes of the user in the pipe

    FilePipe() {}

    /** Whether the pipe holds bytes of this user. */
    public boolean holdsFor(Object asking) {
        return user == asking && held > 0;
    }

    /**
     * Fills the pipe for a user. What it held for another user is thrown away.
     *
     * @param file the number of the file's descriptor
     * @param position where in the file
     * @param most how many bytes at most
     * @return how many bytes, 0 at the file's end; {@code -errno} of splice(2), or of pipe2(2)
     */
    public long fill(Object user, int file, long position, long most) {
        if (held > 0) {
            close();
        }
        int opened = reading == NONE ? open() : 0;
        if (opened < 0) {
            return opened;
        }
        this.user = user;
        long result = FileSending.intoPipe(file, position, writing, most);
        held = Math.max(result, 0);
        return result;
    }

    /** Moves bytes from the pipe to a socket. Returns how many, or {@code -errno} of splice(2). */
    public long empty(int socket) {
        long result = FileSending.outOfPipe(reading, socket, held);
        held -= Math.max(result, 0);
        return result;
    }

    /** The user does not come again. */
    public void leave(Object leaving) {
        if (user == leaving) {
            user = null;
            if (held > 0) {
                close();
            }
        }
    }

    private int open() {
        try (Scratch two = new Scratch(2 * Integer.BYTES)) {
            int result = Descriptors.pipe(two.address());
            if (result >= 0) {
                reading = two.getInt(0);
                writing = two.getInt(1);
                Descriptors.setPipeCapacity(writing, CAPACITY); // if refused, the pipe is small, and works
            }
            return result;
        }
    }

    /** Closes the pipe, and so throws away what it holds. The next use opens another one. */
    void close() {
        if (reading != NONE) {
            Descriptors.close(reading);
            Descriptors.close(writing);
            reading = NONE;
            writing = NONE;
            held = 0;
        }
    }
}
