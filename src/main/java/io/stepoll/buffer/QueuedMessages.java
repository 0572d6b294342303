package io.stepoll.buffer;

import org.jspecify.annotations.Nullable;

/** The messages in a {@link WriteQueue}, in their order: where each ends, since when it is there, and who is told. */
final class QueuedMessages {
    private static final int FIRST_CAPACITY = 8;

    /** How many places an empty queue keeps at most. */
    private static final int MOST_KEPT = 64;

    private static final long[] NO_LONGS = {};
    private static final @Nullable WriteCompletion[] NO_COMPLETIONS = {};

    /* A ring, whose length is a power of two, or 0 before the first message. */
    private long[] end = NO_LONGS;
    private long[] sinceNanos = NO_LONGS;
    private @Nullable WriteCompletion[] completion = NO_COMPLETIONS;
    private int head;
    private int count;

    private int slot(int index) {
        return head + index & end.length - 1;
    }

    boolean isEmpty() {
        return count == 0;
    }

    int count() {
        return count;
    }

    /** Where the first message ends, in bytes since the queue's begin. */
    long firstEnd() {
        return end[head];
    }

    /** Since when the first message is in the queue, of the loop's time. */
    long firstSinceNanos() {
        return sinceNanos[head];
    }

    /** Makes room for one more. */
    void reserve() {
        if (count == end.length) {
            resize(Math.max(FIRST_CAPACITY, 2 * count));
        }
    }

    private void resize(int size) {
        long[] newEnd = new long[size];
        long[] newSince = new long[size];
        @Nullable WriteCompletion[] newCompletion = new WriteCompletion[size];
        for (int i = 0; i < count; i++) {
            int slot = slot(i);
            newEnd[i] = end[slot];
            newSince[i] = sinceNanos[slot];
            newCompletion[i] = completion[slot];
        }
        end = newEnd;
        sinceNanos = newSince;
        completion = newCompletion;
        head = 0;
    }

    /** Adds a message, for which room was made. */
    void add(long itsEnd, long itsSinceNanos, @Nullable WriteCompletion its) {
        int slot = slot(count++);
        end[slot] = itsEnd;
        sinceNanos[slot] = itsSinceNanos;
        completion[slot] = its;
    }

    /** Removes the first message. Returns who is told of it; null for nobody. */
    @Nullable WriteCompletion removeFirst() {
        WriteCompletion first = completion[head];
        completion[head] = null;
        head = slot(1);
        if (--count == 0) {
            head = 0;
            if (end.length > MOST_KEPT) { // no smaller ring instead, for which there may be no memory
                end = NO_LONGS;
                sinceNanos = NO_LONGS;
                completion = NO_COMPLETIONS;
            }
        }
        return first;
    }
}
