package io.stepoll.internal.timer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * A four-ary heap of deadlines. Each entry knows its position, so adding, cancelling and moving an entry are O(log n)
 * and leave nothing behind. The deadlines are in an array of their own, so a comparison touches no entry.
 *
 * <p>Not thread-safe: a queue belongs to one loop.
 */
public final class TimerQueue {
    /** The earliest deadline of an empty queue: later than any other. */
    public static final long NONE = Long.MAX_VALUE;

    private static final int ARITY_SHIFT = 2;
    private static final int ARITY = 1 << ARITY_SHIFT;

    /** An element of the queue. It is in the queue at most once at a time. */
    public abstract static class Entry {
        /* Entry.position: where the entry is.
         *   >= 0   in the heap, at this index
         *   DUE    taken out by takeDue and not claimed yet
         *   IDLE   neither */
        private static final int IDLE = -1;
        private static final int DUE = -2;

        private static final int DAEMON = 1;

        private int position = IDLE;
        private long sequence;

        /* Twice the number of the takeDue that keeps room for this entry, or 0; plus DAEMON. One field has both, so
         * that most timers take 40 bytes. */
        private long taken;

        /** Makes an entry that is not queued a daemon: see {@link TimerQueue#hasOnlyDaemons}. */
        public final void makeDaemon() {
            taken |= DAEMON;
        }

        /** Whether nobody waits for the entry. */
        public final boolean isDaemon() {
            return (taken & DAEMON) != 0;
        }

        /** Whether the entry is queued, or due and not yet run. */
        public final boolean isPending() {
            return position != IDLE;
        }
    }

    /** Receives the entries that {@link #takeDue} finds. */
    @FunctionalInterface
    public interface DueSink<E extends Entry> {
        /** Makes room for one more entry, with this deadline. If this throws, the entry is still queued. */
        default void prepare(long deadlineNanos) {}

        /** An entry whose time has come; {@code sequence} is the number of its registration. */
        void add(long sequence, E entry);
    }

    private long[] deadlines = new long[ARITY];
    private Entry[] entries = new Entry[ARITY];
    private int size;
    private int daemons; // of these
    private int kept; // how much room is kept for entries that are taken out
    private long lastTaken;
    private long lastSequence;
    private long visited;

    public boolean isEmpty() {
        return size == 0;
    }

    public int size() {
        return size;
    }

    /** Whether nobody waits for any entry. */
    public boolean hasOnlyDaemons() {
        return size == daemons;
    }

    /** Makes an entry a daemon, or not, whether or not it is queued. */
    public void setDaemon(Entry entry, boolean daemon) {
        if (entry.isDaemon() != daemon) {
            entry.taken ^= Entry.DAEMON;
            if (entry.position >= 0) {
                daemons += daemon ? 1 : -1;
            }
        }
    }

    /** How many positions of the heap all calls together have looked at. Tests measure the growth of the work by it. */
    public long visited() {
        return visited;
    }

    /** The earliest deadline, or {@link #NONE}. */
    public long earliestDeadlineNanos() {
        return size == 0 ? NONE : deadlines[0];
    }

    /**
     * Adds the entry, as the newest registration. An entry that is already queued moves. If there is no memory to grow
     * nothing changes.
     */
    public void add(Entry entry, long deadlineNanos) {
        if (entry.position >= 0) {
            entry.sequence = ++lastSequence;
            move(entry, entry.position, deadlineNanos);
            return;
        }
        if (entry.taken >> 1 == lastTaken && lastTaken != 0) {
            entry.taken &= Entry.DAEMON;
            kept--;
        } else if (size + kept == entries.length) {
            int capacity = entries.length << 1;
            Entry[] moreEntries = Arrays.copyOf(entries, capacity);
            deadlines = Arrays.copyOf(deadlines, capacity); // both or, for want of memory, neither
            entries = moreEntries;
        }
        entry.sequence = ++lastSequence;
        if (entry.isDaemon()) {
            daemons++;
        }
        siftUp(size++, entry, deadlineNanos);
    }

    /** An entry that is queued, with its deadline. */
    public record Pending(Entry entry, long deadlineNanos) {}

    /** What was queued at one moment. */
    public static final class Copy {
        private final Entry[] entries;
        private final long[] deadlines;

        private Copy(Entry[] entries, long[] deadlines) {
            this.entries = entries;
            this.deadlines = deadlines;
        }

        /** How many entries there were. */
        public int size() {
            return entries.length;
        }

        /** The first of them, so many at most, the earliest deadline first. */
        public List<Pending> earliest(int most) {
            List<Pending> pending = new ArrayList<>(entries.length);
            for (int i = 0; i < entries.length; i++) {
                if (entries[i] != null) {
                    pending.add(new Pending(entries[i], deadlines[i]));
                }
            }
            pending.sort(Comparator.comparingLong(Pending::deadlineNanos));
            return pending.subList(0, Math.min(most, pending.size()));
        }
    }

    /**
     * Copies what is queued, in little time: two arrays, however many entries there are. Another thread may call it
     * while the loop stands still; if the loop goes on meanwhile, entries may be missing, or have another's deadline.
     */
    public Copy copy() {
        Entry[] queued = entries;
        long[] times = deadlines;
        int count = Math.min(size, Math.min(queued.length, times.length));
        return new Copy(Arrays.copyOf(queued, count), Arrays.copyOf(times, count));
    }

    /** The deadline of an entry; {@link #NONE} if it is not queued. For another thread, as {@link #copy}. */
    public long deadlineNanos(Entry entry) {
        int position = entry.position;
        long[] times = deadlines;
        return position < 0 || position >= times.length ? NONE : times[position];
    }

    /** Removes the entry, due or not. Returns whether it was pending. */
    public boolean cancel(Entry entry) {
        int position = entry.position;
        entry.position = Entry.IDLE;
        if (position >= 0) {
            removeAt(position);
        }
        return position != Entry.IDLE;
    }

    /**
     * Removes all entries whose deadline is not after {@code nowNanos}, and hands them over in no particular order.
     * Until the next call the queue keeps room for each of them, so none needs memory to come back.
     */
    @SuppressWarnings("unchecked") // the queue's user adds only entries that its sink takes
    public <E extends Entry> void takeDue(long nowNanos, DueSink<E> sink) {
        lastTaken++;
        kept = 0;
        while (size > 0 && deadlines[0] <= nowNanos) {
            sink.prepare(deadlines[0]);
            Entry entry = entries[0];
            entry.position = Entry.DUE;
            entry.taken = lastTaken << 1 | entry.taken & Entry.DAEMON;
            kept++;
            removeAt(0);
            sink.add(entry.sequence, (E) entry);
        }
    }

    /**
     * Claims an entry that {@link #takeDue} has handed over. Returns whether the entry is to run now: it has neither
     * been cancelled since nor added again. A claimed entry is no longer pending.
     */
    public boolean claim(Entry entry, long sequence) {
        if (entry.position != Entry.DUE || entry.sequence != sequence) {
            return false;
        }
        entry.position = Entry.IDLE;
        return true;
    }

    private void removeAt(int position) {
        if (entries[position].isDaemon()) {
            daemons--;
        }
        int last = --size;
        Entry moved = entries[last];
        entries[last] = null;
        if (position != last) {
            move(moved, position, deadlines[last]);
        }
    }

    /** Places the entry where its deadline belongs. The given position is free for it. */
    private void move(Entry entry, int position, long deadlineNanos) {
        if (position > 0 && deadlineNanos < deadlines[parent(position)]) {
            siftUp(position, entry, deadlineNanos);
        } else {
            siftDown(position, entry, deadlineNanos);
        }
    }

    private void siftUp(int from, Entry entry, long deadlineNanos) {
        int position = from;
        while (position > 0) {
            int parent = parent(position);
            visited++;
            if (deadlines[parent] <= deadlineNanos) {
                break;
            }
            put(position, entries[parent], deadlines[parent]);
            position = parent;
        }
        put(position, entry, deadlineNanos);
    }

    private void siftDown(int from, Entry entry, long deadlineNanos) {
        int position = from;
        for (;;) {
            int child = earliestChild(position);
            if (child < 0 || deadlines[child] >= deadlineNanos) {
                break;
            }
            put(position, entries[child], deadlines[child]);
            position = child;
        }
        put(position, entry, deadlineNanos);
    }

    private int earliestChild(int position) {
        long first = ((long) position << ARITY_SHIFT) + 1;
        if (first >= size) {
            return -1;
        }
        int earliest = (int) first;
        int end = (int) Math.min(first + ARITY, size);
        visited += end - first;
        for (int child = earliest + 1; child < end; child++) {
            if (deadlines[child] < deadlines[earliest]) {
                earliest = child;
            }
        }
        return earliest;
    }

    private static int parent(int position) {
        return position - 1 >> ARITY_SHIFT;
    }

    private void put(int position, Entry entry, long deadlineNanos) {
        entries[position] = entry;
        deadlines[position] = deadlineNanos;
        entry.position = position;
    }
}
