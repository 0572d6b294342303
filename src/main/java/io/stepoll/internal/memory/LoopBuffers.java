package io.stepoll.internal.memory;

import io.stepoll.BufferPool;
import io.stepoll.internal.reactor.LoopThread;
import io.stepoll.internal.sched.Scheduler;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * The {@link BufferPool} of a loop. Each size class has two stacks: of idle buffers whose memory is kept, and of those
 * whose memory is given back. No lock is taken here, as a callback may run on the loop's own thread.
 */
public final class LoopBuffers implements BufferPool {
    private static final int SMALLEST_BITS = Integer.numberOfTrailingZeros(SMALLEST);
    private static final int CLASSES = Integer.numberOfTrailingZeros(LARGEST) - SMALLEST_BITS + 1;

    /** How many of the buffers that are taken at the close the report shows where they were taken. */
    private static final int MOST_SHOWN = 10;

    private final String name;
    private final LoopThread thread;
    private final Scheduler scheduler;
    private final PoolReports reports;
    private final long mostIdle;
    private final boolean trace;

    private final BufferTable all = new BufferTable();
    private final PooledBuffer[] kept = new PooledBuffer[CLASSES];
    private final PooledBuffer[] released = new PooledBuffer[CLASSES];
    private long takenBytes;
    private long idleBytes;

    /**
     * @param name of the loop
     * @param mostIdle how many bytes of idle buffers are kept
     * @param trace whether each buffer remembers where it was taken
     */
    public LoopBuffers(String name, LoopThread thread, Scheduler scheduler, PoolReports reports, int mostIdle,
            boolean trace) {
        this.name = name;
        this.thread = thread;
        this.scheduler = scheduler;
        this.reports = reports;
        this.mostIdle = mostIdle;
        this.trace = trace;
    }

    /** Where a buffer was taken; the report shows its stack trace. */
    private static final class TakenHere extends Exception {
        private static final long serialVersionUID = 1;

        TakenHere(int bytes) {
            super("a buffer of " + bytes + " bytes was taken here");
        }
    }

    @Override
    public ByteBuffer take(int minBytes) {
        if (minBytes < 0 || minBytes > LARGEST) {
            throw new IllegalArgumentException("take: a buffer has 0 to " + LARGEST + " bytes, not " + minBytes);
        }
        thread.check("take");
        int sizeClass = sizeClass(minBytes);
        Throwable here = trace ? new TakenHere(SMALLEST << sizeClass) : null;
        PooledBuffer taken = kept[sizeClass];
        if (taken != null) {
            kept[sizeClass] = taken.below;
            idleBytes -= taken.bytes;
        } else if (released[sizeClass] != null) {
            taken = released[sizeClass];
            released[sizeClass] = taken.below;
        } else {
            all.reserve();
            taken = PooledBuffer.map(SMALLEST << sizeClass, this);
            all.add(taken);
        }
        taken.below = null;
        taken.taken = here;
        takenBytes += taken.bytes;
        return taken.take();
    }

    /** The address of a buffer of this pool; 0 for any other buffer. On the loop's thread. */
    public long address(ByteBuffer buffer) {
        PooledBuffer pooled = all.isEmpty() ? null : all.find(buffer);
        return pooled == null ? 0 : pooled.address;
    }

    private static int sizeClass(int minBytes) {
        return Integer.SIZE - Integer.numberOfLeadingZeros(Math.max(minBytes, SMALLEST) - 1) - SMALLEST_BITS;
    }

    @Override
    public void give(ByteBuffer buffer) {
        Objects.requireNonNull(buffer, "buffer");
        if (thread.isClosed()) {
            return;
        }
        if (!thread.isCurrent()) {
            throw thread.wrongThread("give");
        }
        PooledBuffer given = all.find(buffer);
        if (given == null || given.isIdle()) {
            throw new IllegalArgumentException(given == null
                    ? "give of " + buffer + ", which is no buffer of the pool of " + name + ", but another one, a slice"
                            + " or a duplicate"
                    : "give of " + buffer + ", which was given back to the pool of " + name + " before");
        }
        given.give(buffer.clear().order(ByteOrder.BIG_ENDIAN));
        takenBytes -= given.bytes;
        int sizeClass = sizeClass(given.bytes);
        if (isRoomFor(given.bytes, sizeClass)) {
            given.below = kept[sizeClass];
            kept[sizeClass] = given;
            idleBytes += given.bytes;
        } else {
            release(given, sizeClass);
        }
    }

    /**
     * Whether the memory of so many bytes more may be kept. For a class in use the memory of other classes goes, the
     * largest first: what nobody takes any more must not fill the pool for ever.
     */
    private boolean isRoomFor(int bytes, int sizeClass) {
        if (bytes > mostIdle) {
            return false;
        }
        for (int other = CLASSES - 1; other >= 0 && idleBytes + bytes > mostIdle; other--) {
            while (other != sizeClass && kept[other] != null && idleBytes + bytes > mostIdle) {
                PooledBuffer top = kept[other];
                kept[other] = top.below;
                idleBytes -= top.bytes;
                release(top, other);
            }
        }
        return idleBytes + bytes <= mostIdle;
    }

    private void release(PooledBuffer buffer, int sizeClass) {
        buffer.release();
        buffer.below = released[sizeClass];
        released[sizeClass] = buffer;
    }

    @Override
    public long takenBytes() {
        thread.check("takenBytes");
        return takenBytes;
    }

    @Override
    public long idleBytes() {
        thread.check("idleBytes");
        return idleBytes;
    }

    /** Nobody can reach a buffer that is taken, and its memory is gone. On another thread than the loop's. */
    void lost(PooledBuffer buffer) {
        scheduler.add(() -> forget(buffer));
    }

    private void forget(PooledBuffer buffer) {
        all.remove(buffer);
        takenBytes -= buffer.bytes;
        reports.warn("a buffer of " + buffer.bytes + " bytes was never given back to the pool of " + name
                + ", and nobody can reach it any more" + hint(), buffer.taken);
    }

    private String hint() {
        return trace ? "" : ". EventLoopBuilder.traceBuffers shows where it was taken";
    }

    /** The loop is closed: the memory of what is idle goes back to the system. */
    public void close() {
        if (trace && takenBytes > 0) {
            reportTaken();
        }
        all.forEach(PooledBuffer::loopClosed);
    }

    private void reportTaken() {
        List<Throwable> places = new ArrayList<>();
        all.forEach(buffer -> {
            if (!buffer.isIdle()) {
                places.add(buffer.taken);
            }
        });
        Throwable first = places.getFirst();
        places.stream().skip(1).limit(MOST_SHOWN - 1).forEach(first::addSuppressed);
        reports.warn(places.size() + " buffers, " + takenBytes + " bytes, were not given back to the pool of " + name
                + " when it closed", first);
    }

    @Override
    public String toString() {
        return name;
    }
}
