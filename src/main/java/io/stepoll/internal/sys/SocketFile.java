package io.stepoll.internal.sys;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A file at a path, as it was when somebody looked: its type, device and inode. bind(2) makes such a file for a Unix
 * socket, and nothing removes the file but unlink(2); see unix(7). Symbolic links are not followed.
 *
 * <p>The memory for later calls is made here, so that {@link #unlinkIfSame} allocates nothing.
 */
public final class SocketFile {
    private static final int S_IFSOCK = 0xc000;
    private static final int S_IFLNK = 0xa000;
    private static final int S_IFREG = 0x8000;
    private static final int S_IFDIR = 0x4000;

    private static final int IDENTITY_BYTES = 2 * Long.BYTES;

    static {
        Shim.load();
    }

    /** Device and inode as of the last look, then the path with a zero at its end. */
    private final ByteBuffer memory;

    private final long address;
    private final int type;
    private final long device;
    private final long inode;

    /** @param type the type of the file, or {@code -errno} */
    private SocketFile(ByteBuffer memory, long address, int type) {
        this.memory = memory;
        this.address = address;
        this.type = type;
        device = memory.getLong(0);
        inode = memory.getLong(Long.BYTES);
    }

    /** Stores device and inode at the second address. Returns the type, or {@code -errno}. */
    private static native int lstat(long path, long twoLongs);

    private static native int unlink(long path);

    private static native int openFolder(long path);

    /**
     * Locks an open folder against other processes that do the same: flock(2), exclusive, without waiting. The close of
     * the descriptor unlocks it.
     *
     * @return 0; or {@code -errno}: EAGAIN if another process has the lock
     */
    public static native int tryLock(int fd);

    /** Looks at a path. */
    public static SocketFile at(byte[] path) {
        ByteBuffer memory = ByteBuffer.allocateDirect(IDENTITY_BYTES + path.length + 1).order(ByteOrder.nativeOrder());
        memory.put(IDENTITY_BYTES, path);
        long address = MemorySegment.ofBuffer(memory).address();
        return new SocketFile(memory, address, lstat(address + IDENTITY_BYTES, address));
    }

    /** Whether there is a file. */
    public boolean exists() {
        return type >= 0;
    }

    /** Why the look has not found a file: ENOENT, or another errno of lstat(2), with which it was refused. */
    public int errno() {
        return Math.max(0, -type);
    }

    /** Whether there is the file of a socket, though perhaps of none that still lives. */
    public boolean isSocket() {
        return type == S_IFSOCK;
    }

    /** What the file is, for messages. */
    public String description() {
        return switch (type) {
            case S_IFSOCK -> "a socket";
            case S_IFLNK -> "a symbolic link";
            case S_IFREG -> "a regular file";
            case S_IFDIR -> "a folder";
            default -> "a file of another kind";
        };
    }

    /** Whether both looks saw the same file. */
    public boolean isSameAs(SocketFile other) {
        return exists() && other.exists() && device == other.device && inode == other.inode;
    }

    /**
     * Removes the file, if it is still the one that was seen. As long as a socket is open its file keeps its inode, so
     * no other file can have the same.
     *
     * @return 0; or {@code -errno}, ENOENT if the file is gone or another one
     */
    public int unlinkIfSame() {
        long path = address + IDENTITY_BYTES;
        int now = lstat(path, address);
        boolean same = now == type && memory.getLong(0) == device && memory.getLong(Long.BYTES) == inode;
        return now < 0 ? now : same ? unlink(path) : -Errno.ENOENT;
    }

    /** Removes whatever is at the path now. Returns 0, or {@code -errno}. */
    public int unlink() {
        return unlink(address + IDENTITY_BYTES);
    }

    /** Opens the folder of a path, for {@link #tryLock}. Returns the descriptor, or {@code -errno}. */
    public static int openFolder(byte[] path) {
        int slash = path.length - 1;
        while (slash >= 0 && path[slash] != '/') {
            slash--;
        }
        try (Scratch folder = new Scratch(Math.max(slash, 1) + 1)) {
            if (slash <= 0) {
                folder.buffer().put(0, (byte) (slash < 0 ? '.' : '/'));
            } else {
                folder.buffer().put(0, path, 0, slash);
            }
            return openFolder(folder.address());
        }
    }
}
