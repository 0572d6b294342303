package io.stepoll.internal.io;

import io.stepoll.internal.memory.LoopBuffers;
import io.stepoll.internal.sys.Errno;
import io.stepoll.internal.sys.Sockets;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Several buffers for one system call, as an array of iovec; see readv(2). Buffers whose {@link DirectAddress} the
 * kernel may be told are named in place; the bytes of the others go by memory of the loop's. What exceeds IOV_MAX, or
 * that memory, goes in further calls. One call at a time uses all of this, and no wait relies on its content.
 */
final class Vector {
    private static final int COPY_CAPACITY = 1 << 16;
    private static final int LARGEST_MESSAGE = 1 << 30; // in bytes; the kernel takes less

    private final ByteBuffer copy = ByteBuffer.allocateDirect(COPY_CAPACITY);
    private final ByteBuffer pieces =
            ByteBuffer.allocateDirect(Sockets.IOV_MAX * Sockets.IOVEC_SIZE).order(ByteOrder.nativeOrder());
    private final long copyAddress = DirectAddress.ofOwn(copy);
    private ByteBuffer memory = copy; // of this call, for the bytes of buffers that are not named in place
    private final long address = DirectAddress.ofOwn(pieces);

    /* Of each piece: the index of its buffer, what remained there, how much of that the piece takes, and whether the
     * piece lies in the memory of the loop's. */
    private final int[] buffer = new int[Sockets.IOV_MAX];
    private final long[] remaining = new long[Sockets.IOV_MAX];
    private final int[] length = new int[Sockets.IOV_MAX];
    private final boolean[] copied = new boolean[Sockets.IOV_MAX];

    private long firstBase;
    private int count;
    private long bytes;
    private boolean cut;

    private final LoopBuffers pool;
    private DirectAddress last; // of a buffer that is not of the pool

    Vector(LoopBuffers pool) {
        this.pool = pool;
    }

    long address() {
        return address;
    }

    /** How many pieces there are. */
    int count() {
        return count;
    }

    /** The address of the first piece. */
    long firstBase() {
        return firstBase;
    }

    /** The length of the first piece. */
    int firstLength() {
        return length[0];
    }

    /** How many bytes the pieces hold together. */
    long bytes() {
        return bytes;
    }

    /**
     * Lays out what remains in the buffers, as much as one call takes; with the content if it is to be sent.
     *
     * @return 0, or {@code -EFAULT}
     */
    int layOut(Buffers buffers, boolean send) {
        return layOut(buffers, send, copy, copyAddress);
    }

    /** Whether the last layout had to leave something out. */
    boolean isCut() {
        return cut;
    }

    /** Does the same for a message, which must not be cut, whatever memory that takes. */
    int layOutWhole(Buffers buffers, boolean send) {
        long all = 0;
        for (int i = 0; i < buffers.count(); i++) {
            all += Remaining.length(Remaining.of(buffers.get(i)));
        }
        if (all > LARGEST_MESSAGE) {
            return -Errno.EMSGSIZE;
        }
        ByteBuffer larger = ByteBuffer.allocateDirect((int) all);
        int fault = layOut(buffers, send, larger, DirectAddress.ofOwn(larger));
        return fault == 0 && cut ? -Errno.EMSGSIZE : fault;
    }

    /** Lays out nothing yet, for {@link #add(long, int)}. */
    void clear() {
        cut = false;
        count = 0;
        bytes = 0;
    }

    /** Whether there is room for one more piece. */
    boolean hasRoom() {
        return count < Sockets.IOV_MAX;
    }

    /** Adds memory that lasts during the call. */
    void add(long base, int taken) {
        add(0, 0, taken, base, false);
    }

    private int layOut(Buffers buffers, boolean send, ByteBuffer into, long intoAddress) {
        memory = into;
        clear();
        int used = 0;
        for (int i = 0; i < buffers.count(); i++) {
            ByteBuffer next = buffers.get(i);
            long left = Remaining.of(next);
            int all = Remaining.length(left);
            if (all == 0) {
                continue;
            }
            if (count == Sockets.IOV_MAX) {
                cut = true;
                break;
            }
            long direct = next.isDirect() ? direct(next, left) : DirectAddress.NONE;
            if (direct != DirectAddress.NONE) {
                add(i, left, all, direct, false);
                continue;
            }
            int taken = Math.min(all, into.capacity() - used);
            if (taken == 0) {
                cut = true;
                break;
            }
            int fault = send ? CheckedCopy.from(next, left, taken, into, used)
                    : CheckedCopy.probe(next, left);
            if (fault < 0 && count == 0) {
                return fault;
            }
            if (fault < 0) {
                break; // what lies before it goes first, as in the kernel
            }
            add(i, left, taken, intoAddress + used, true);
            used += taken;
            if (taken < all) {
                cut = true;
                break;
            }
        }
        if (count == 0) {
            throw Remaining.emptied();
        }
        return 0;
    }

    private long direct(ByteBuffer next, long left) {
        long base = pool.address(next);
        if (base != DirectAddress.NONE) {
            return base + Remaining.position(left);
        }
        last = DirectAddress.of(next, last);
        return last.at(left);
    }

    private void add(int index, long left, int taken, long base, boolean isCopied) {
        if (count == 0) {
            firstBase = base;
        }
        int piece = count * Sockets.IOVEC_SIZE;
        putWord(piece + Sockets.IOVEC_BASE, base);
        putWord(piece + Sockets.IOVEC_LENGTH, taken);
        buffer[count] = index;
        remaining[count] = left;
        length[count] = taken;
        copied[count] = isCopied;
        bytes += taken;
        count++;
    }

    /** Puts a pointer or a size_t, which is as wide as the two parts of the struct are apart. */
    private void putWord(int index, long value) {
        if (Sockets.IOVEC_SIZE == 2 * Long.BYTES) {
            pieces.putLong(index, value);
        } else {
            pieces.putInt(index, (int) value);
        }
    }

    /**
     * So many bytes have gone, or come: moves the positions behind them, and puts what came into its buffers.
     *
     * @return 0, or {@code -EFAULT}
     */
    int advance(Buffers buffers, long moved, boolean received) {
        long left = moved;
        int used = 0;
        for (int i = 0; i < count && left > 0; i++) {
            ByteBuffer next = buffers.get(buffer[i]);
            int taken = (int) Math.min(length[i], left);
            left -= taken;
            if (received && copied[i]) {
                int fault = CheckedCopy.into(next, remaining[i], taken, memory, used);
                if (fault < 0) {
                    return fault;
                }
                used += taken;
            }
            Remaining.place(next, remaining[i], taken); // the same buffer may be there twice
        }
        memory = copy;
        return 0;
    }
}
