package io.stepoll.internal.sys;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * A little native memory for the length of one call that is not on the hot path: a name, a socket address.
 * It belongs to the thread that makes it.
 */
public final class Scratch implements AutoCloseable {
    private static final long ALIGNMENT = 16;

    private final Arena arena = Arena.ofConfined();
    private final MemorySegment memory;

    public Scratch(int bytes) {
        memory = arena.allocate(bytes, ALIGNMENT);
    }

    public long address() {
        return memory.address();
    }

    /** The memory as a buffer in native byte order, zero at first. */
    public ByteBuffer buffer() {
        return memory.asByteBuffer().order(ByteOrder.nativeOrder());
    }

    public int getInt(int index) {
        return memory.getAtIndex(ValueLayout.JAVA_INT, index);
    }

    String text(int length) {
        byte[] bytes = memory.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        arena.close();
    }
}
