package io.stepoll.internal.net;

import io.stepoll.Descriptor;
import io.stepoll.internal.io.LoopDescriptor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.IntConsumer;

/** Moves the bytes of streams. It has no state, so there is one for all stream sockets. */
public final class StreamTransport implements PassingTransport {
    public static final StreamTransport INSTANCE = new StreamTransport();

    private StreamTransport() {}

    @Override
    public int read(Descriptor socket, ByteBuffer target, long deadlineNanos) throws IOException {
        return LoopDescriptor.of(socket).read(target, deadlineNanos);
    }

    @Override
    public int tryRead(Descriptor socket, ByteBuffer target) throws IOException {
        return socket.tryRead(target);
    }

    @Override
    public int write(Descriptor socket, ByteBuffer source, long deadlineNanos) throws IOException {
        return LoopDescriptor.of(socket).write(source, deadlineNanos);
    }

    @Override
    public int tryWrite(Descriptor socket, ByteBuffer source) throws IOException {
        return socket.tryWrite(source);
    }

    @Override
    public int readPassed(Descriptor socket, ByteBuffer target, IntConsumer passed, long deadlineNanos)
            throws IOException {
        LoopDescriptor.of(socket).takePassed();
        return DescriptorPassing.receive(socket, target, passed, deadlineNanos);
    }

    @Override
    public int tryReadPassed(Descriptor socket, ByteBuffer target, IntConsumer passed) throws IOException {
        LoopDescriptor.of(socket).takePassed();
        return DescriptorPassing.receive(socket, target, passed, DescriptorPassing.NOW);
    }

    @Override
    public int writePassing(Descriptor socket, ByteBuffer source, int[] descriptors, long deadlineNanos)
            throws IOException {
        return DescriptorPassing.send(socket, source, descriptors, deadlineNanos);
    }

    @Override
    public int tryWritePassing(Descriptor socket, ByteBuffer source, int[] descriptors) throws IOException {
        return DescriptorPassing.send(socket, source, descriptors, DescriptorPassing.NOW);
    }
}
