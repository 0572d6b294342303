package io.stepoll.internal.io;

import io.stepoll.internal.memory.LoopBuffers;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Where a system call reads or writes the bytes of a buffer: in the memory of a direct buffer itself, else in memory of
 * the loop's. One call at a time uses that memory, and no wait relies on its content.
 */
final class Transfer {
    /** How many bytes one call moves at the most by the loop's memory. */
    private static final int CAPACITY = 1 << 16;

    private static final byte[] ZEROS = new byte[CAPACITY];

    /** The loop's memory. */
    final ByteBuffer copy = ByteBuffer.allocateDirect(CAPACITY);

    /** The same memory, for the structs of the kernel. */
    final ByteBuffer struct = copy.duplicate().order(ByteOrder.nativeOrder());

    final long copyAddress = DirectAddress.ofOwn(copy);

    /* The last direct buffers of any descriptor. Where all connections of a loop share a buffer, none remembers it. */
    private DirectAddress lastTarget;
    private DirectAddress lastSource;

    private final LoopBuffers pool;

    /** @param pool the pool of the loop; null for a thread that has no loop */
    Transfer(LoopBuffers pool) {
        this.pool = pool;
    }

    /** How many of so many bytes one call can take by the loop's memory. */
    static int part(int length) {
        return Math.min(length, CAPACITY);
    }

    /** The address to receive at; {@link DirectAddress#NONE} if the bytes are to be copied. */
    long target(ByteBuffer buffer, long remaining, OpenDescriptor socket) {
        if (!buffer.isDirect()) {
            return DirectAddress.NONE;
        }
        if (!DirectAddress.isOf(lastTarget, buffer)) {
            long pooled = pooled(buffer, remaining);
            if (pooled != DirectAddress.NONE) {
                return pooled;
            }
            if (!isKnown(buffer, socket)) {
                socket.target = DirectAddress.of(buffer, null);
            }
            lastTarget = known(buffer, socket);
        }
        return lastTarget.at(remaining);
    }

    /** The address to send from; {@link DirectAddress#NONE} if the bytes are to be copied. */
    long source(ByteBuffer buffer, long remaining, OpenDescriptor socket) {
        if (!buffer.isDirect()) {
            return DirectAddress.NONE;
        }
        if (!DirectAddress.isOf(lastSource, buffer)) {
            long pooled = pooled(buffer, remaining);
            if (pooled != DirectAddress.NONE) {
                return pooled;
            }
            if (!isKnown(buffer, socket)) {
                socket.source = DirectAddress.of(buffer, null);
            }
            lastSource = known(buffer, socket);
        }
        return lastSource.at(remaining);
    }

    /** The address of what remains in a buffer of the loop's pool, which knows it; else {@link DirectAddress#NONE}. */
    private long pooled(ByteBuffer buffer, long remaining) {
        long base = pool == null ? DirectAddress.NONE : pool.address(buffer);
        return base == DirectAddress.NONE ? base : base + Remaining.position(remaining);
    }

    private static boolean isKnown(ByteBuffer buffer, OpenDescriptor socket) {
        return DirectAddress.isOf(socket.target, buffer) || DirectAddress.isOf(socket.source, buffer);
    }

    private static DirectAddress known(ByteBuffer buffer, OpenDescriptor socket) {
        return DirectAddress.isOf(socket.target, buffer) ? socket.target : socket.source;
    }

    /** Removes what former calls have left in the loop's memory, which may be another connection's. */
    void erase(int length) {
        copy.put(0, ZEROS, 0, length);
    }
}
