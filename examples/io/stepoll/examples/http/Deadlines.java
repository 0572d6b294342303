package io.stepoll.examples.http;

import io.stepoll.EventLoop;
import java.time.Duration;

/**
 * Deadlines of many connections of a loop, exact to a second or two. To set or pause one costs the write of a field.
 * Entries are in lists by the second in which they are looked at next; an entry whose deadline was moved meanwhile goes
 * to a later list then.
 */
final class Deadlines {
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final int LISTS = 64; // a deadline that is farther away is looked at more than once

    private final Entry[] lists = new Entry[LISTS];
    private long now;

    Deadlines(EventLoop loop) {
        for (int i = 0; i < LISTS; i++) {
            lists[i] = new Head();
        }
        loop.callAtFixedRate(SECOND, SECOND, this::tick);
    }

    /** What has a deadline. */
    abstract static class Entry {
        private Entry before = this;
        private Entry after = this;
        private long due;
        private long looksAt = Long.MAX_VALUE;

        /** The deadline has come. The entry has none any more. */
        abstract void expired();
    }

    /** The head of a list. */
    private static final class Head extends Entry {
        @Override
        void expired() {
            throw new AssertionError();
        }
    }

    /** Sets the deadline of an entry, in place of a former one. */
    void set(Entry entry, Duration timeout) {
        entry.due = now + 1 + timeout.toSeconds();
        if (entry.due < entry.looksAt) {
            link(entry);
        }
    }

    /** Takes the deadline of an entry away that is soon to have another one. */
    void pause(Entry entry) {
        entry.due = Long.MAX_VALUE;
    }

    void remove(Entry entry) {
        entry.before.after = entry.after;
        entry.after.before = entry.before;
        entry.before = entry;
        entry.after = entry;
        entry.looksAt = Long.MAX_VALUE;
    }

    private void link(Entry entry) {
        remove(entry);
        entry.looksAt = Math.min(entry.due, now + LISTS - 1);
        Entry head = lists[(int) (entry.looksAt % LISTS)];
        entry.before = head.before;
        entry.after = head;
        head.before.after = entry;
        head.before = entry;
    }

    private void tick() {
        now++;
        Entry head = lists[(int) (now % LISTS)];
        while (head.after != head) { // no entry comes back into this list before the next second
            Entry entry = head.after;
            remove(entry);
            if (entry.due <= now) {
                entry.expired();
            } else {
                link(entry);
            }
        }
    }
}
