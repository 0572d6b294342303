package io.stepoll;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/**
 * Where the memory of a direct buffer is; {@link Transfer} remembers it, as the same buffer mostly comes again. To
 * ask each time allocates 32 bytes wherever HotSpot does not inline all of {@link MemorySegment#ofBuffer}, and it
 * inlines 15 calls deep, of which the asking takes seven.
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

    /** Whether this is known to be where the buffer's memory is. */
    static boolean isOf(DirectAddress known, ByteBuffer buffer) {
        return known != null && known.buffer == buffer;
    }

    /** The address of the buffer's position. */
    long ofPosition() {
        if (!segment.scope().isAlive()) {
            throw new IllegalStateException("the buffer's memory is freed: its arena is closed");
        }
        return base + buffer.position();
    }
}
