package io.stepoll.internal.sys;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * A little native memory for the length of one call that is not on the hot path: for a name, or a socket address. The
 * memory belongs to the thread that makes it. Closed memory is used again. An arena for each call would do as well, but
 * the first arena costs the start of a server 14 ms.
 */
public final class Scratch implements AutoCloseable {
    private static final int SMALLEST = 256;

    /** Closed memory: as many pieces as were ever in use at once. */
    private static final ConcurrentLinkedQueue<ByteBuffer> FREE = new ConcurrentLinkedQueue<>();

    private static final byte[] ZEROS = new byte[SMALLEST];

    private final ByteBuffer memory;
    private final long address;

    public Scratch(int bytes) {
        ByteBuffer free = bytes <= SMALLEST ? FREE.poll() : null;
        memory = free != null ? free : ByteBuffer.allocateDirect(Math.max(bytes, SMALLEST));
        memory.order(ByteOrder.nativeOrder()).limit(bytes);
        address = MemorySegment.ofBuffer(memory).address();
    }

    public long address() {
        return address;
    }

    /** The memory as a buffer in native byte order, zero at first. */
    public ByteBuffer buffer() {
        return memory.slice().order(ByteOrder.nativeOrder());
    }

    public int getInt(int index) {
        return memory.getInt(index * Integer.BYTES);
    }

    String text(int length) {
        byte[] bytes = new byte[length];
        memory.get(0, bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        if (memory.capacity() == SMALLEST) {
            FREE.add(memory.clear().put(0, ZEROS));
        }
    }
}
