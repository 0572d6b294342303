package io.stepoll.internal.sys;

import java.nio.ByteBuffer;

/**
 * Which processors the calling thread may run on; see sched_setaffinity(2). The calling thread must be a platform
 * thread.
 *
 * <p>A thread inherits the processors of the thread that starts it. So a thread that a pinned thread may start calls
 * {@link #unpin}.
 */
public final class Affinity {
    /** The size of a mask, with one bit per processor. No kernel is built for so many processors (x86-64: 8192). */
    private static final int MASK_BYTES = 8192;

    private static final int BITS_PER_LONG_SHIFT = 6;
    private static final long LONG_BIT_MASK = Long.SIZE - 1;

    static {
        Shim.load();
    }

    /** The mask that the first pinned thread had before it was pinned; null until then. */
    private static volatile byte[] unpinned;

    private Affinity() {}

    /** sched_getaffinity(2): 0, or {@code -errno}. */
    static native int get(long mask, int bytes);

    /** sched_setaffinity(2): 0, or {@code -errno}. */
    private static native int set(long mask, int bytes);

    /**
     * Lets the calling thread run on one processor only.
     *
     * @return 0, or {@code -errno}: EINVAL if this process may not run on that processor, or if it does not exist
     */
    public static int pin(int processor) {
        if (processor < 0 || processor >= MASK_BYTES * Byte.SIZE) {
            return -Errno.EINVAL;
        }
        try (Scratch mask = new Scratch(MASK_BYTES)) {
            int result = remember(mask);
            if (result < 0) {
                return result;
            }
            ByteBuffer bits = mask.buffer();
            for (int i = 0; i < MASK_BYTES; i += Long.BYTES) {
                bits.putLong(i, 0);
            }
            bits.putLong((processor >> BITS_PER_LONG_SHIFT) * Long.BYTES, 1L << (processor & LONG_BIT_MASK));
            return set(mask.address(), MASK_BYTES);
        }
    }

    private static synchronized int remember(Scratch mask) {
        if (unpinned != null) {
            return 0;
        }
        int result = get(mask.address(), MASK_BYTES);
        if (result == 0) {
            byte[] before = new byte[MASK_BYTES];
            mask.buffer().get(before);
            unpinned = before;
        }
        return result;
    }

    /** Lets the calling thread run on all processors that the process could use before any thread was pinned. */
    public static void unpin() {
        byte[] before = unpinned;
        if (before != null) {
            try (Scratch mask = new Scratch(MASK_BYTES)) {
                mask.buffer().put(before);
                set(mask.address(), MASK_BYTES); // fails if the process may use none of these by now: nothing changes
            }
        }
    }
}
