package io.stepoll.sync;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.IntPredicate;

/**
 * A queue of small numbers, first in first out, that any number of threads use at once without a lock. It allocates
 * nothing. It never holds more numbers than it was made for: whoever adds one has taken it from a limited supply.
 *
 * <p>Each addition has a position, counted from 0; the slot of a position is its remainder. A slot's value names the
 * position that it was filled for, so no value comes twice, and a compare-and-set by a thread that was held up for long
 * fails. Taking a number moves the {@link #head}, and leaves the slot as it is: it is filled again when the positions
 * have come round, and by then its number was taken, as there are more slots than numbers. A thread that finds the slot
 * of the {@link #tail} filled moves the tail for the thread that was to do so. Nobody waits for anybody.
 *
 * <p>A closed ring has a mark in the slot of the next position. No number can get there, nor behind it, as the tail
 * stays. So each addition comes before the close, and is taken, or fails.
 */
final class IndexRing {
    /** What {@link #poll} returns if there is no number. */
    static final int EMPTY = -1;

    /** What {@link #poll} returns if there is no number and the ring is closed. */
    static final int CLOSED = -2;

    /* The value of a slot:
     *   lowest bits   the number
     *   the next one  whether this is no number, but the mark of the close
     *   the rest      how often the positions had come round to the slot when it was filled, from 1 on; 0 before */
    private final AtomicLongArray slots;
    private final int mask;
    private final int indexBits;
    private final long mark;
    private final AtomicLong head = new AtomicLong();
    private final AtomicLong tail = new AtomicLong();

    /** @param most how many numbers there may be at once, each of them below that */
    IndexRing(int most) {
        indexBits = Integer.SIZE - Integer.numberOfLeadingZeros(most); // of a power of two above that
        slots = new AtomicLongArray(1 << indexBits);
        mask = slots.length() - 1;
        mark = 1L << indexBits;
    }

    private int slot(long position) {
        return (int) position & mask;
    }

    private long round(long position) {
        return (position >>> indexBits) + 1;
    }

    private long roundOf(long value) {
        return value >>> indexBits + 1;
    }

    private long value(long position, long content) {
        return round(position) << indexBits + 1 | content;
    }

    /** Adds a number at the end. Returns false if the ring is closed. */
    boolean add(int index) {
        for (;;) {
            long position = tail.get();
            long value = slots.get(slot(position));
            if (roundOf(value) < round(position)) {
                if (slots.compareAndSet(slot(position), value, value(position, index))) {
                    tail.compareAndSet(position, position + 1);
                    return true;
                }
            } else if (value == value(position, mark)) {
                return false;
            } else {
                tail.compareAndSet(position, position + 1);
            }
        }
    }

    /** Closes the ring. Returns false if it was closed before. */
    boolean close() {
        for (;;) {
            long position = tail.get();
            long value = slots.get(slot(position));
            if (roundOf(value) < round(position)) {
                if (slots.compareAndSet(slot(position), value, value(position, mark))) {
                    return true;
                }
            } else if (value == value(position, mark)) {
                return false;
            } else {
                tail.compareAndSet(position, position + 1);
            }
        }
    }

    /** Takes the number that was added first; {@link #EMPTY} or {@link #CLOSED} if there is none. */
    int poll() {
        return pollIf(_ -> true);
    }

    /**
     * Does so if that number is such a one; else returns {@link #EMPTY}, which may also come if others take numbers
     * meanwhile. As long as the number is in the ring, what the condition has said must stay true.
     */
    int pollIf(IntPredicate condition) {
        for (;;) {
            long position = head.get();
            long value = slots.get(slot(position));
            long round = round(position);
            if (roundOf(value) < round) {
                return EMPTY;
            }
            if (value == value(position, mark)) {
                return CLOSED;
            }
            int index = (int) value & mask;
            if (roundOf(value) == round) {
                if (!condition.test(index)) {
                    return EMPTY;
                }
                if (head.compareAndSet(position, position + 1)) {
                    return index;
                }
            }
        }
    }

    /** Whether there was no number at one moment of the call. */
    boolean isEmpty() {
        for (;;) {
            long position = head.get();
            long value = slots.get(slot(position));
            if (roundOf(value) < round(position) || value == value(position, mark)) {
                return true;
            }
            if (roundOf(value) == round(position)) {
                return false;
            }
        }
    }

    /** How many numbers there are; a guess while others add or take some. */
    int size() {
        long first = head.get();
        return Math.clamp(tail.get() - first, 0, mask);
    }
}
