package io.stepoll.sync;

import java.util.concurrent.atomic.AtomicLong;

/**
 * The numbers below a limit that are free. The one given back last is taken first: what belongs to it is in the
 * processor's cache. Any number of threads use it at once without a lock, and it allocates nothing.
 */
final class IndexStack {
    /** What {@link #pop} returns if no number is free. */
    static final int EMPTY = -1;

    /** For each free number the one below it, counted from 1; 0 for none. */
    private final int[] below;

    /**
     * The lower half is the topmost number, counted from 1; 0 for none. The upper half counts the pushes: a pop that
     * was held up while its number was popped and pushed again must not succeed, as another number may lie below.
     */
    private final AtomicLong top;

    IndexStack(int limit) {
        below = new int[limit];
        for (int i = 0; i < limit; i++) {
            below[i] = i + 2; // the lowest number is on top
        }
        below[limit - 1] = 0;
        top = new AtomicLong(1);
    }

    /** Takes a number, or returns {@link #EMPTY}. */
    int pop() {
        for (;;) {
            long current = top.get();
            int index = (int) current - 1;
            if (index < 0) {
                return EMPTY;
            }
            if (top.compareAndSet(current, current >>> Integer.SIZE << Integer.SIZE | below[index])) {
                return index;
            }
        }
    }

    /** Gives a number back. */
    void push(int index) {
        for (;;) {
            long current = top.get();
            below[index] = (int) current;
            if (top.compareAndSet(current, ((current >>> Integer.SIZE) + 1) << Integer.SIZE | index + 1)) {
                return;
            }
        }
    }

    /** How many numbers are free, while nobody pushes or pops. For tests. */
    int size() {
        int size = 0;
        for (int index = (int) top.get(); index != 0; index = below[index - 1]) {
            size++;
        }
        return size;
    }
}
