package io.stepoll.faults;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.ReadinessHandler;
import io.stepoll.SystemCallFailure;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** An echo server for one connection, in each style, up to the end of the stream. It collects failures, and goes on. */
final class FaultEcho implements ReadinessHandler {
    /** How the server reads and writes: in a task, in a task with several buffers, by callbacks. */
    enum Style { TASK, VECTORS, CALLBACK }

    private static final int CAPACITY = 10_000;
    private static final int FIRST_PIECE = 3;

    private final FaultWire.End end;
    final List<IOException> failures = new ArrayList<>();
    private final ByteBuffer bytes;
    /** How many reads and writes have moved bytes. */
    int moves;

    private boolean ended;

    private FaultEcho(FaultWire.End end, boolean direct) {
        this.end = end;
        bytes = direct ? ByteBuffer.allocateDirect(CAPACITY) : ByteBuffer.allocate(CAPACITY);
    }

    /** Starts a server. In a task. */
    static FaultEcho start(EventLoop loop, FaultWire.End end, Style style) throws IOException {
        FaultEcho echo = new FaultEcho(end, style == Style.VECTORS);
        if (style == Style.CALLBACK) {
            echo.handle();
        } else {
            loop.spawn(() -> echo.serve(style));
        }
        return echo;
    }

    private interface Operation {
        long move() throws IOException;
    }

    private long untilDone(Operation operation) {
        for (;;) {
            try {
                long moved = operation.move();
                moves += moved > 0 ? 1 : 0;
                return moved;
            } catch (IOException e) {
                failures.add(e);
                moves += bytes.position() > 0 && e instanceof SystemCallFailure ? 1 : 0;
            }
        }
    }

    private void serve(Style style) {
        boolean vectors = style == Style.VECTORS;
        while (untilDone(() -> vectors ? read(split()) : end.in().read(bytes)) >= 0) {
            bytes.flip();
            untilDone(() -> vectors ? write(split()) : end.out().write(bytes));
            bytes.clear();
        }
        end.close();
    }

    /** What remains in the buffer, as two buffers. */
    private ByteBuffer[] split() {
        int first = Math.min(FIRST_PIECE, bytes.remaining());
        return new ByteBuffer[] {bytes.slice(bytes.position(), first),
            bytes.slice(bytes.position() + first, bytes.remaining() - first)};
    }

    private long read(ByteBuffer[] pieces) throws IOException {
        long count = end.in().read(pieces, 0, pieces.length);
        advance(pieces);
        return count;
    }

    private long write(ByteBuffer[] pieces) throws IOException {
        try {
            return end.out().write(pieces, 0, pieces.length);
        } finally {
            advance(pieces);
        }
    }

    private void advance(ByteBuffer[] pieces) {
        bytes.position(bytes.position() + pieces[0].position() + pieces[1].position());
    }

    /** Asks for room to write if something is left to write, else for something to read. */
    private void handle() throws IOException {
        boolean writes = bytes.position() > 0;
        if (ended && !writes) {
            end.close();
        } else if (end.in() == end.out()) {
            end.in().handle(this, !writes, writes);
        } else {
            end.in().handle(this, !writes, false);
            end.out().handle(this, false, writes);
        }
    }

    @Override
    public void readable(Descriptor descriptor) throws IOException {
        int count = descriptor.tryRead(bytes);
        moves += count > 0 ? 1 : 0;
        ended |= count == -1;
        handle();
    }

    @Override
    public void writable(Descriptor descriptor) throws IOException {
        bytes.flip();
        try {
            moves += descriptor.tryWrite(bytes) > 0 ? 1 : 0;
        } finally {
            bytes.compact();
        }
        handle();
    }

    @Override
    public void hungUp(Descriptor descriptor) throws IOException {
        if (descriptor == end.in()) {
            readable(descriptor); // epoll reports the end of a pipe as a hang-up alone
        } else {
            descriptor.close();
        }
    }

    @Override
    public void failed(Descriptor descriptor, IOException failure) {
        failures.add(failure);
    }
}
