package io.stepoll.internal.metrics;

import java.util.concurrent.atomic.AtomicLongArray;

/** A histogram that a loop records. The loop's thread alone writes, and any thread reads; see {@link LoopCounters}. */
public final class Recorder {
    private static final int TOTAL = Buckets.COUNT;

    private final AtomicLongArray counts = new AtomicLongArray(Buckets.COUNT + 1);

    Recorder() {}

    /** Records a time. */
    public void record(long nanos) {
        add(Buckets.index(nanos), 1);
        add(TOTAL, Math.max(0, nanos));
    }

    private void add(int slot, long more) {
        counts.setOpaque(slot, counts.getPlain(slot) + more);
    }

    BucketCounts read() {
        long[] read = new long[Buckets.COUNT];
        long total = counts.getOpaque(TOTAL);
        for (int i = 0; i < read.length; i++) {
            read[i] = counts.getOpaque(i);
        }
        return new BucketCounts(read, total);
    }
}
