package io.stepoll.internal.io;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/**
 * Where a system call reads or writes the bytes of a buffer: in the memory of a direct buffer itself, else in memory of
 * the loop's. One call at a time uses that memory, and no wait relies on its content.
 */
final class Transfer {
    /** How many bytes of a heap buffer one call moves at the most. */
    private static final int CAPACITY = 1 << 16;

    private final ByteBuffer copy = ByteBuffer.allocateDirect(CAPACITY);
    private final long copyAddress = MemorySegment.ofBuffer(copy).address();

    /* The last direct buffers of any descriptor. Where all connections of a loop share a buffer, none remembers it. */
    private DirectAddress lastTarget;
    private DirectAddress lastSource;

    /** How many bytes of what remains in the buffer one call can take. */
    static int length(ByteBuffer buffer) {
        int remaining = buffer.remaining();
        return buffer.isDirect() ? remaining : Math.min(remaining, CAPACITY);
    }

    /** The address to receive at; {@link #received} follows. */
    long target(ByteBuffer buffer, OpenDescriptor socket) {
        if (!buffer.isDirect()) {
            return copyAddress;
        }
        if (!DirectAddress.isOf(lastTarget, buffer)) {
            if (!isKnown(buffer, socket)) {
                socket.target = new DirectAddress(buffer);
            }
            lastTarget = known(buffer, socket);
        }
        return lastTarget.ofPosition();
    }

    private static boolean isKnown(ByteBuffer buffer, OpenDescriptor socket) {
        return DirectAddress.isOf(socket.target, buffer) || DirectAddress.isOf(socket.source, buffer);
    }

    private static DirectAddress known(ByteBuffer buffer, OpenDescriptor socket) {
        return DirectAddress.isOf(socket.target, buffer) ? socket.target : socket.source;
    }

    /** So many bytes have come to the target: puts them into the buffer, and moves its position behind them. */
    void received(ByteBuffer buffer, int count) {
        if (buffer.isDirect()) {
            buffer.position(buffer.position() + count);
        } else {
            buffer.put(copy.limit(count));
            copy.clear();
        }
    }

    /** The address to send the first bytes of what remains from. The position stays. */
    long source(ByteBuffer buffer, int length, OpenDescriptor socket) {
        if (!buffer.isDirect()) {
            copy.put(0, buffer, buffer.position(), length);
            return copyAddress;
        }
        if (!DirectAddress.isOf(lastSource, buffer)) {
            if (!isKnown(buffer, socket)) {
                socket.source = new DirectAddress(buffer);
            }
            lastSource = known(buffer, socket);
        }
        return lastSource.ofPosition();
    }
}
