package io.stepoll.buffer;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.internal.io.LoopDescriptor;
import io.stepoll.net.StreamChannel;
import io.stepoll.net.StreamSocket;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Where a {@link WriteQueue} writes to: a descriptor, or a channel over one. */
abstract sealed class QueueOutput {
    final LoopDescriptor descriptor;

    private QueueOutput(LoopDescriptor descriptor) {
        this.descriptor = descriptor;
    }

    static QueueOutput of(Descriptor descriptor) {
        LoopDescriptor ours = LoopDescriptor.of(descriptor);
        if (ours.isOpen() && !ours.isByteStream()) {
            throw new IllegalArgumentException("no stream of bytes: " + ours.describe());
        }
        return new Plain(ours);
    }

    static QueueOutput of(StreamChannel channel) throws IOException {
        return channel instanceof StreamSocket socket ? of(socket.descriptor()) : new Layered(channel);
    }

    /** Whether it takes pieces of memory, and not only buffers. */
    abstract boolean isPlain();

    /** Writes without waiting. Returns how many bytes, or {@link Descriptor#WOULD_BLOCK}. */
    abstract long tryWrite(ByteBuffer[] buffers) throws IOException;

    /** Lets go what was taken and has not gone. Returns whether all has. */
    abstract boolean hasGone() throws IOException;

    abstract void shutdownOutput() throws IOException;

    abstract void close();

    /** A descriptor itself. */
    private static final class Plain extends QueueOutput {
        Plain(LoopDescriptor descriptor) {
            super(descriptor);
        }

        @Override
        boolean isPlain() {
            return true;
        }

        @Override
        long tryWrite(ByteBuffer[] buffers) throws IOException {
            throw new AssertionError();
        }

        @Override
        boolean hasGone() {
            return true;
        }

        @Override
        void shutdownOutput() throws IOException {
            descriptor.shutdownOutput();
        }

        @Override
        void close() {
            descriptor.close();
        }
    }

    /** A channel that makes something else of the bytes: TLS. */
    private static final class Layered extends QueueOutput {
        private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

        private final StreamChannel channel;

        Layered(StreamChannel channel) throws IOException {
            super(LoopDescriptor.of(channel.descriptor()));
            this.channel = channel;
            channel.tryWrite(NOTHING); // refuses a connection whose handshake is not complete
        }

        @Override
        boolean isPlain() {
            return false;
        }

        @Override
        long tryWrite(ByteBuffer[] buffers) throws IOException {
            return channel.tryWrite(buffers, 0, buffers.length);
        }

        @Override
        boolean hasGone() throws IOException {
            return channel.tryWrite(NOTHING) != Descriptor.WOULD_BLOCK;
        }

        /** That may wait, so a task does it. */
        @Override
        void shutdownOutput() {
            EventLoop loop = channel.loop();
            loop.spawn(() -> channel.shutdownOutput());
        }

        @Override
        void close() {
            channel.close();
        }
    }
}
