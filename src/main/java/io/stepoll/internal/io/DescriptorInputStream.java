package io.stepoll.internal.io;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Objects;

/** What a task reads from a descriptor, as a stream. */
final class DescriptorInputStream extends InputStream {
    private final LoopDescriptor descriptor;

    DescriptorInputStream(LoopDescriptor descriptor) {
        this.descriptor = descriptor;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, bytes.length);
        return descriptor.read(ByteBuffer.wrap(bytes, offset, length));
    }

    @Override
    public void close() {
        descriptor.close();
    }
}
