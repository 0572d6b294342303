package io.stepoll.sync;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * A queue of small numbers, first in first out, that any number of threads use at once without a lock. It allocates
 * nothing. It never holds more numbers than it was made for: whoever adds one has taken it from a limited supply.
 *
 * <p>Each addition has a position, counted from 0; the slot of a position is its remainder. A slot's value names the
 * position that it is for, so no value comes twice, and a compare-and-set by a thread that was held up for long fails.
 * A thread that finds a slot filled, or emptied, whose {@link #tail} or {@link #head} has not moved yet moves it for
 * the thread that was to do so. Nobody waits for anybody.
 *
 * <p>A closed ring has a mark in the slot of the next position. No number can get there, as the slot is not empty, nor
 * behind it, as the tail stays. So each addition comes before the close, and is taken, or fails.
 */
final class IndexRing {
    /** What {@link #poll} returns if there is no number. */
    static final int EMPTY = -1;

    /** What {@link #poll} returns if there is no number and the ring is closed. */
    static final int CLOSED = -2;

    /* The value of a slot:
     *   lowest bits   the number
     *   next two      whether the position is EMPTY (0), FILLED (1) or the mark of the close (2)
     *   the rest      how often the positions have come round to the slot */
    private static final int KIND_BITS = 2;

    private final AtomicLongArray slots;
    private final int mask;
    private final int indexBits;
    private final long filled;
    private final long closed;
    private final AtomicLong head = new AtomicLong();
    private final AtomicLong tail = new AtomicLong();

    /** @param most how many numbers there may be at once, each of them below that */
    IndexRing(int most) {
        indexBits = Integer.SIZE - Integer.numberOfLeadingZeros(most); // of a power of two above that: the mark needs one
        slots = new AtomicLongArray(1 << indexBits);
        mask = slots.length() - 1;
        filled = 1L << indexBits;
        closed = 2L << indexBits;
    }

    private int slot(long position) {
        return (int) position & mask;
    }

    private long empty(long position) {
        return position >>> indexBits << indexBits + KIND_BITS;
    }

    private boolean isFilled(long value, long position) {
        return (value & -filled) == (empty(position) | filled);
    }

    /** Adds a number at the end. Returns false if the ring is closed. */
    boolean add(int index) {
        return put(filled | index);
    }

    /** Closes the ring. Returns false if it was closed before. */
    boolean close() {
        return put(closed);
    }

    private boolean put(long content) {
        for (;;) {
            long position = tail.get();
            long empty = empty(position);
            long value = slots.get(slot(position));
            if (value == empty) {
                if (slots.compareAndSet(slot(position), empty, empty | content)) {
                    if (content != closed) {
                        tail.compareAndSet(position, position + 1);
                    }
                    return true;
                }
            } else if (value == (empty | closed)) {
                return false;
            } else {
                tail.compareAndSet(position, position + 1);
            }
        }
    }

    /** Takes the number that was added first; {@link #EMPTY} or {@link #CLOSED} if there is none. */
    int poll() {
        for (;;) {
            long position = head.get();
            long value = slots.get(slot(position));
            if (isFilled(value, position)) {
                if (slots.compareAndSet(slot(position), value, empty(position + slots.length()))) {
                    head.compareAndSet(position, position + 1);
                    return (int) value & mask;
                }
            } else if (value == empty(position)) {
                return EMPTY;
            } else if (value == (empty(position) | closed)) {
                return CLOSED;
            } else {
                head.compareAndSet(position, position + 1);
            }
        }
    }

    /** Whether there was no number at one moment of the call. */
    boolean isEmpty() {
        for (;;) {
            long position = head.get();
            long value = slots.get(slot(position));
            if (value == empty(position) || value == (empty(position) | closed)) {
                return true;
            }
            if (isFilled(value, position)) {
                return false;
            }
            head.compareAndSet(position, position + 1);
        }
    }

    /** How many numbers there are; a guess while others add or take some. */
    int size() {
        long first = head.get();
        return Math.clamp(tail.get() - first, 0, mask);
    }
}
