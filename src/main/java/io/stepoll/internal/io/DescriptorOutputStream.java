package io.stepoll.internal.io;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.Objects;

/** What a task writes to a descriptor, as a stream. */
final class DescriptorOutputStream extends OutputStream {
    private final LoopDescriptor descriptor;

    DescriptorOutputStream(LoopDescriptor descriptor) {
        this.descriptor = descriptor;
    }

    @Override
    public void write(int oneByte) throws IOException {
        write(new byte[] {(byte) oneByte}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, bytes.length);
        descriptor.write(ByteBuffer.wrap(bytes, offset, length));
    }

    @Override
    public void close() {
        descriptor.close();
    }
}
