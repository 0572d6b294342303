package io.stepoll.internal.io;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Objects;

/**
 * Several buffers of an array, for one call. They are taken out of the array: another thread may put others into it
 * during the call, and then nothing would keep the memory of these.
 */
public final class Buffers {
    private final ByteBuffer[] buffers;

    /** Room for so many buffers, which {@link #set} puts there: for one caller that writes again and again. */
    public Buffers(int count) {
        buffers = new ByteBuffer[count];
    }

    /**
     * @param offset of the first buffer
     * @param length how many buffers
     */
    Buffers(ByteBuffer[] array, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, array.length);
        buffers = Arrays.copyOfRange(array, offset, offset + length);
    }

    /** Puts a buffer to a place; null for none any more. */
    public void set(int index, ByteBuffer buffer) {
        buffers[index] = buffer;
    }

    int count() {
        return buffers.length;
    }

    ByteBuffer get(int index) {
        return buffers[index];
    }

    boolean hasRemaining() {
        for (ByteBuffer buffer : buffers) {
            if (buffer.hasRemaining()) {
                return true;
            }
        }
        return false;
    }

    /** Refuses buffers that nothing can be read into. */
    void checkWritable(String call) {
        for (ByteBuffer buffer : buffers) {
            if (buffer.isReadOnly()) {
                throw new IllegalArgumentException(call + " into a read-only buffer");
            }
        }
    }
}
