package io.stepoll;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Sends back what comes until the end comes, in each style; keeps what failed, and goes on. */
final class FaultEcho implements ReadinessHandler {
    /** How it reads and writes. */
    enum Style { TASK, VECTORS, CALLBACK }

    private static final int CAPACITY = 10_000;
    private static final int FIRST_PIECE = 3;

    private final FaultWire.End end;
    final List<IOException> failures = new ArrayList<>();
    private final ByteBuffer bytes;
    /** How many reads and writes there were that moved bytes. */
    int moves;

    private boolean ended;

    private FaultEcho(FaultWire.End end, boolean direct) {
        this.end = end;
        bytes = direct ? ByteBuffer.allocateDirect(CAPACITY) : ByteBuffer.allocate(CAPACITY);
    }

    /** Begins. In a task. */
    static FaultEcho start(EventLoop loop, FaultWire.End end, Style style) throws IOException {
        FaultEcho echo = new FaultEcho(end, style == Style.VECTORS);
        if (style == Style.CALLBACK) {
            echo.handle();
        } else {
            loop.spawn(() -> echo.serve(style));
        }
        return echo;
    }

    private interface Part {
        long move() throws IOException;
    }

    private long tried(Part part) {
        for (;;) {
            try {
                long moved = part.move();
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
        while (tried(() -> vectors ? read(split()) : end.in().recv(bytes, 0, EventLoop.NO_DEADLINE)) >= 0) {
            bytes.flip();
            tried(() -> vectors ? write(split()) : end.out().send(bytes, 0, EventLoop.NO_DEADLINE));
            bytes.clear();
        }
        end.close();
    }

    /** What remains, in two pieces. */
    private ByteBuffer[] split() {
        int first = Math.min(FIRST_PIECE, bytes.remaining());
        return new ByteBuffer[] {bytes.slice(bytes.position(), first),
            bytes.slice(bytes.position() + first, bytes.remaining() - first)};
    }

    private long read(ByteBuffer[] pieces) throws IOException {
        long count = end.in().recv(pieces, 0, pieces.length, EventLoop.NO_DEADLINE);
        advance(pieces);
        return count;
    }

    private long write(ByteBuffer[] pieces) throws IOException {
        try {
            return end.out().send(pieces, 0, pieces.length, EventLoop.NO_DEADLINE);
        } finally {
            advance(pieces);
        }
    }

    private void advance(ByteBuffer[] pieces) {
        bytes.position(bytes.position() + pieces[0].position() + pieces[1].position());
    }

    /** Reads while nothing is left to write, else writes. */
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
        int count = descriptor.recvNow(bytes);
        moves += count > 0 ? 1 : 0;
        ended |= count < 0;
        handle();
    }

    @Override
    public void writable(Descriptor descriptor) throws IOException {
        bytes.flip();
        try {
            moves += descriptor.sendNow(bytes) > 0 ? 1 : 0;
        } finally {
            bytes.compact();
        }
        handle();
    }

    @Override
    public void hungUp(Descriptor descriptor) throws IOException {
        if (descriptor == end.in()) {
            readable(descriptor); // a pipe's end comes as a mere hang-up
        } else {
            descriptor.close();
        }
    }

    @Override
    public void failed(Descriptor descriptor, IOException failure) {
        failures.add(failure);
    }
}
