package io.stepoll.buffer;

import io.stepoll.EventLoop;
import io.stepoll.internal.io.Buffers;
import io.stepoll.internal.io.LoopDescriptor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;

/** A descriptor to read and one to write, which may be the same. */
final class DescriptorEnds extends Ends {
    private final LoopDescriptor in;
    private final LoopDescriptor out;
    private final Buffers two = new Buffers(2);

    DescriptorEnds(LoopDescriptor in, LoopDescriptor out) {
        if (in.loop() != out.loop()) {
            throw new IllegalArgumentException("the two descriptors are on two loops: " + in.loop() + ", "
                    + out.loop());
        }
        for (LoopDescriptor each : new LoopDescriptor[] {in, out}) {
            if (each.isOpen() && !each.isByteStream()) {
                throw new IllegalArgumentException("no stream of bytes: " + each.describe());
            }
        }
        this.in = in;
        this.out = out;
    }

    @Override
    EventLoop loop() {
        return in.loop();
    }

    @Override
    boolean isOpen() {
        return in.isOpen() || out.isOpen();
    }

    @Override
    boolean mayRead() {
        return in.mayRead();
    }

    @Override
    int tryRead(ByteBuffer target) throws IOException {
        return in.tryRead(target);
    }

    @Override
    void awaitReadable() throws IOException {
        in.awaitReadable();
    }

    @Override
    boolean awaitRequest() throws IOException {
        return in.awaitRequest();
    }

    @Override
    void write(ByteBuffer source) throws IOException {
        out.write(source);
    }

    @Override
    void write(ByteBuffer first, ByteBuffer second) throws IOException {
        two.set(0, first);
        two.set(1, second);
        try {
            out.write(two, EventLoop.NO_DEADLINE);
        } finally {
            two.set(0, null);
            two.set(1, null);
        }
    }

    @Override
    int tryWrite(ByteBuffer source) throws IOException {
        return out.tryWrite(source);
    }

    /** The output of a pipe ends by its close. */
    @Override
    void shutdownOutput() throws IOException {
        if (in == out) {
            out.shutdownOutput();
        } else {
            out.check("shutdownOutput");
            out.close();
        }
    }

    @Override
    void close() {
        in.close();
        out.close();
    }

    @Override
    public String describe() {
        return in == out ? in.describe() : in.describe() + " and " + out.describe();
    }

    @Override
    public void checkOpen() throws ClosedChannelException {
        in.checkOpen();
    }
}
