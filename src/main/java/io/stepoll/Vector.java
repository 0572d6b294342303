package io.stepoll;

import io.stepoll.internal.sys.Sockets;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Several buffers for one system call, as an array of iovec; see readv(2). Direct buffers are named in place; what heap
 * buffers hold goes by a piece of the loop's own memory. More than IOV_MAX, or than that memory takes, goes in further
 * calls. One call uses it at a time, and no wait outlives what is in it.
 */
final class Vector {
    private static final int COPY_CAPACITY = 1 << 16;

    private final ByteBuffer copy = ByteBuffer.allocateDirect(COPY_CAPACITY);
    private final ByteBuffer pieces =
            ByteBuffer.allocateDirect(Sockets.IOV_MAX * Sockets.IOVEC_SIZE).order(ByteOrder.nativeOrder());
    private final long copyAddress = MemorySegment.ofBuffer(copy).address();
    private final long address = MemorySegment.ofBuffer(pieces).address();

    private int count;
    private long bytes;

    long address() {
        return address;
    }

    /** How many pieces there are. */
    int count() {
        return count;
    }

    /** How many bytes the pieces have together. */
    long bytes() {
        return bytes;
    }

    /** Lays out what remains in the buffers, as far as one call takes it; with the content, if it is to be sent. */
    void layOut(ByteBuffer[] buffers, int offset, int length, boolean send) {
        count = 0;
        bytes = 0;
        int copied = 0;
        for (int i = offset; i < offset + length && count < Sockets.IOV_MAX; i++) {
            ByteBuffer buffer = buffers[i];
            int remaining = buffer.remaining();
            if (remaining == 0) {
                continue;
            }
            if (buffer.isDirect()) {
                add(new DirectAddress(buffer).ofPosition(), remaining);
                continue;
            }
            int taken = Math.min(remaining, COPY_CAPACITY - copied);
            if (taken == 0) {
                return;
            }
            if (send) {
                copy.put(copied, buffer, buffer.position(), taken);
            }
            add(copyAddress + copied, taken);
            copied += taken;
            if (taken < remaining) {
                return;
            }
        }
    }

    private void add(long base, int length) {
        int piece = count++ * Sockets.IOVEC_SIZE;
        putWord(piece + Sockets.IOVEC_BASE, base);
        putWord(piece + Sockets.IOVEC_LENGTH, length);
        bytes += length;
    }

    /** A pointer or a size_t: as wide as the two parts of the struct are apart. */
    private void putWord(int index, long value) {
        if (Sockets.IOVEC_SIZE == 2 * Long.BYTES) {
            pieces.putLong(index, value);
        } else {
            pieces.putInt(index, (int) value);
        }
    }

    /** So many bytes have gone, or come: the positions move behind them, and what came is in its buffers. */
    void advance(ByteBuffer[] buffers, int offset, int length, long moved, boolean received) {
        long left = moved;
        int copied = 0;
        for (int i = offset; i < offset + length && left > 0; i++) {
            ByteBuffer buffer = buffers[i];
            int taken = (int) Math.min(buffer.remaining(), left);
            if (received && !buffer.isDirect()) {
                buffer.put(buffer.position(), copy, copied, taken);
                copied += taken;
            }
            buffer.position(buffer.position() + taken);
            left -= taken;
        }
    }
}
