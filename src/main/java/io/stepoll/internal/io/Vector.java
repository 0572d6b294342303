package io.stepoll.internal.io;

import io.stepoll.internal.sys.Sockets;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Several buffers for one system call, as an array of iovec; see readv(2). Direct buffers are named in place; the bytes
 * of heap buffers go by memory of the loop's. What exceeds IOV_MAX, or that memory, goes in further calls. One call at
 * a time uses the array, and no wait relies on its content.
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

    /** How many bytes the pieces hold together. */
    long bytes() {
        return bytes;
    }

    /** Lays out what remains in the buffers, as much as one call takes; with the content if it is to be sent. */
    void layOut(Buffers buffers, boolean send) {
        count = 0;
        bytes = 0;
        int copied = 0;
        for (int i = 0; i < buffers.length() && count < Sockets.IOV_MAX; i++) {
            ByteBuffer buffer = buffers.get(i);
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

    /** Puts a pointer or a size_t, which is as wide as the two parts of the struct are apart. */
    private void putWord(int index, long value) {
        if (Sockets.IOVEC_SIZE == 2 * Long.BYTES) {
            pieces.putLong(index, value);
        } else {
            pieces.putInt(index, (int) value);
        }
    }

    /** So many bytes have gone, or come: moves the positions behind them, and puts what came into its buffers. */
    void advance(Buffers buffers, long moved, boolean received) {
        long left = moved;
        int copied = 0;
        for (int i = 0; i < buffers.length() && left > 0; i++) {
            ByteBuffer buffer = buffers.get(i);
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
