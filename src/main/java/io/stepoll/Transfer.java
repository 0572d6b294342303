package io.stepoll;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/**
 * Where a system call reads or writes the bytes of a buffer: in the memory of a direct buffer itself, else in the
 * loop's own, which one call uses at a time and whose content no wait outlives.
 */
final class Transfer {
    /** How much of a heap buffer goes in one call. */
    private static final int CAPACITY = 1 << 16;

    private final ByteBuffer copy = ByteBuffer.allocateDirect(CAPACITY);
    private final long copyAddress = MemorySegment.ofBuffer(copy).address();

    /* The last direct buffers of any descriptor: where all connections of a loop share one, none remembers it. */
    private DirectAddress lastTarget;
    private DirectAddress lastSource;

    /** How many bytes of what remains in the buffer one call can take. */
    static int length(ByteBuffer buffer) {
        int remaining = buffer.remaining();
        return buffer.isDirect() ? remaining : Math.min(remaining, CAPACITY);
    }

    /** Where to receive for {@link #received}. */
    long target(ByteBuffer buffer, Descriptor socket) {
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

    private static boolean isKnown(ByteBuffer buffer, Descriptor socket) {
        return DirectAddress.isOf(socket.target, buffer) || DirectAddress.isOf(socket.source, buffer);
    }

    private static DirectAddress known(ByteBuffer buffer, Descriptor socket) {
        return DirectAddress.isOf(socket.target, buffer) ? socket.target : socket.source;
    }

    /** So many bytes have come to the target: they are in the buffer, and its position moves behind them. */
    void received(ByteBuffer buffer, int count) {
        if (buffer.isDirect()) {
            buffer.position(buffer.position() + count);
        } else {
            buffer.put(copy.limit(count));
            copy.clear();
        }
    }

    /** Where the first so many bytes of what remains are to be sent from. The position stays. */
    long source(ByteBuffer buffer, int length, Descriptor socket) {
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
