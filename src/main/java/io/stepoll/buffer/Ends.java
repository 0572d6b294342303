package io.stepoll.buffer;

import io.stepoll.EventLoop;
import io.stepoll.internal.task.Waitable;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * What a {@link BufferedStream} reads and writes: a channel, or one descriptor for each direction. The methods are
 * those of {@link io.stepoll.Descriptor}, without timeouts.
 */
abstract sealed class Ends implements Waitable permits ChannelEnds, DescriptorEnds {
    abstract EventLoop loop();

    abstract boolean isOpen();

    /** Whether {@link #tryRead} may be called, and is not known to find nothing. */
    abstract boolean mayRead();

    abstract int tryRead(ByteBuffer target) throws IOException;

    abstract void awaitReadable() throws IOException;

    abstract boolean awaitRequest() throws IOException;

    abstract void write(ByteBuffer source) throws IOException;

    /** Writes two buffers, by one call if the kernel takes them. */
    abstract void write(ByteBuffer first, ByteBuffer second) throws IOException;

    abstract int tryWrite(ByteBuffer source) throws IOException;

    abstract void shutdownOutput() throws IOException;

    abstract void close();
}
