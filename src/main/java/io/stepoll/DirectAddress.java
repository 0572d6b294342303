package io.stepoll;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/**
 * Where the memory of a direct buffer is: the last one is remembered, as a connection mostly uses the same again. To
 * ask each time allocates 32 bytes wherever HotSpot does not inline all of {@link MemorySegment#ofBuffer}, and it
 * inlines 15 calls deep, of which the asking takes seven.
 */
final class DirectAddress {
    private ByteBuffer last;
    private MemorySegment segment;
    private long base;

    /** The address of the buffer's position. */
    long of(ByteBuffer buffer) {
        if (buffer != last) {
            segment = MemorySegment.ofBuffer(buffer);
            base = segment.address() - buffer.position();
            last = buffer;
        }
        if (!segment.scope().isAlive()) {
            throw new IllegalStateException("the buffer's memory is freed: its arena is closed");
        }
        return base + buffer.position();
    }

    /** The address of a buffer's position, not remembered. */
    static long once(ByteBuffer buffer) {
        return new DirectAddress().of(buffer);
    }

    /** Lets go of the buffer. */
    void forget() {
        last = null;
        segment = null;
    }
}
