package io.stepoll.internal.io;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/**
 * Where the memory of a direct buffer lies. {@link Transfer} remembers it, as mostly the same buffer comes again.
 * Asking for the address each time allocates 32 bytes wherever HotSpot does not inline all of {@link
 * MemorySegment#ofBuffer}: HotSpot inlines 15 calls deep, and the asking takes seven of them.
 */
final class DirectAddress {
    private final ByteBuffer buffer;
    private final MemorySegment segment;
    private final long base;

    DirectAddress(ByteBuffer buffer) {
        this.buffer = buffer;
        segment = MemorySegment.ofBuffer(buffer);
        base = segment.address() - buffer.position();
    }

    /** Whether this address, if it is one, is that of the buffer. */
    static boolean isOf(DirectAddress known, ByteBuffer buffer) {
        return known != null && known.buffer == buffer;
    }

    /** The address of the buffer's position. */
    long ofPosition() {
        if (!segment.scope().isAlive()) {
            throw new IllegalStateException("the memory of the buffer is freed: its arena is closed");
        }
        return base + buffer.position();
    }
}
