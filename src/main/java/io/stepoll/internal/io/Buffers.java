package io.stepoll.internal.io;

import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * Several buffers of an array, for one call.
 *
 * @param array of buffers
 * @param offset of the first buffer
 * @param length how many buffers
 */
record Buffers(ByteBuffer[] array, int offset, int length) {
    Buffers {
        Objects.checkFromIndexSize(offset, length, array.length);
    }

    ByteBuffer get(int index) {
        return array[offset + index];
    }

    boolean hasRemaining() {
        for (int i = 0; i < length; i++) {
            if (get(i).hasRemaining()) {
                return true;
            }
        }
        return false;
    }

    /** Refuses buffers that nothing can be read into. */
    void checkWritable(String call) {
        for (int i = 0; i < length; i++) {
            if (get(i).isReadOnly()) {
                throw new IllegalArgumentException(call + " into a read-only buffer");
            }
        }
    }
}
