package io.stepoll.internal.memory;

import io.stepoll.internal.sys.Log;
import io.stepoll.internal.sys.Errno;
import io.stepoll.internal.sys.Memory;
import io.stepoll.internal.threads.PhantomWatcher;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The memory of one buffer of a pool. It is unmapped when nobody can reach the buffer any more, by
 * {@link PhantomWatcher}, and at no other time: an address that some code can still use must stay mapped.
 *
 * <p>The buffer has no attachment, so the JDK attaches it to each slice and duplicate of it: they keep it reachable.
 */
final class PooledBuffer extends PhantomWatcher.Watch<ByteBuffer> {
    private static final PhantomWatcher WATCHER = new PhantomWatcher("stepoll-lost-buffers");
    private static final AtomicLong MADE = new AtomicLong();

    /** Those whose loop is closed, by their numbers: this keeps the watches reachable. It takes no lock. */
    private static final ConcurrentSkipListMap<Long, PooledBuffer> WITHOUT_LOOP = new ConcurrentSkipListMap<>();

    private final LoopBuffers pool;
    private final long number = MADE.incrementAndGet();
    final long address;
    final int bytes;

    /** The place in the pool's table goes by this, also when the buffer is gone. */
    final int hash;

    /** The buffer, while it is idle: who has taken it keeps it reachable otherwise, or loses it. */
    private ByteBuffer idle;

    /** The next one in the stack of idle buffers. */
    PooledBuffer below;

    /** Where the buffer was taken; null if it is idle, or the pool does not trace. */
    Throwable taken;

    private volatile boolean unreachable;

    private PooledBuffer(ByteBuffer buffer, LoopBuffers pool, long address) {
        super(buffer, WATCHER);
        this.pool = pool;
        this.address = address;
        bytes = buffer.capacity();
        hash = System.identityHashCode(buffer);
        idle = buffer;
    }

    /**
     * Makes an idle buffer, by no direct buffer of the JDK's, which takes a lock to register its memory.
     *
     * @throws OutOfMemoryError if there is no memory, in the system or in the heap
     */
    static PooledBuffer map(int bytes, LoopBuffers pool) {
        long address = Memory.map(bytes);
        if (address < 0) {
            throw new OutOfMemoryError("a buffer of " + bytes + " bytes for the pool of " + pool + ": mmap: "
                    + Errno.name((int) -address));
        }
        try {
            return new PooledBuffer(asBuffer(address, bytes), pool, address);
        } catch (OutOfMemoryError fullHeap) {
            Memory.unmap(address, bytes);
            throw fullHeap;
        }
    }

    @SuppressWarnings("restricted") // the memory is the shim's
    private static ByteBuffer asBuffer(long address, int bytes) {
        return MemorySegment.ofAddress(address).reinterpret(bytes).asByteBuffer();
    }

    boolean isIdle() {
        return idle != null;
    }

    /** {@return the buffer, which the caller keeps from now on} */
    ByteBuffer take() {
        ByteBuffer buffer = idle;
        idle = null;
        return buffer;
    }

    void give(ByteBuffer buffer) {
        idle = buffer;
        taken = null;
    }

    /** Gives the memory back to the system. If the system refuses that, for locked memory, the memory stays. */
    void release() {
        Memory.release(address, bytes);
    }

    /** The loop is closed. The memory goes when nobody can reach the buffer any more. */
    void loopClosed() {
        if (idle != null) {
            release();
            idle = null;
        }
        below = null;
        WITHOUT_LOOP.put(number, this);
        if (unreachable) { // and has looked for itself there before, perhaps
            WITHOUT_LOOP.remove(number);
        }
    }

    @Override
    protected void unreachable() {
        unreachable = true;
        boolean outlivedItsLoop = WITHOUT_LOOP.remove(number) != null;
        int result = Memory.unmap(address, bytes);
        if (result < 0) { // a hole in a mapping is one mapping more, of which there may be no more
            Memory.release(address, bytes);
            Log.error("munmap of a buffer of " + bytes + " bytes: " + Errno.name(-result)
                    + "; its addresses stay in use", null);
        }
        if (!outlivedItsLoop) {
            pool.lost(this);
        }
    }
}
