package io.stepoll.examples.redis;

import io.stepoll.EventLoop;
import io.stepoll.Timer;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * The keys and their values. A key whose time has come is gone for whoever looks it up. A timer of the loop removes the
 * key even if nobody looks it up. The methods belong to the loop's thread.
 */
final class Keyspace {
    /** In place of a deadline: the key stays. */
    static final long FOR_EVER = Long.MAX_VALUE;

    private static final long NANOS_PER_MILLI = 1_000_000;

    /** A key with its value: bytes, which nobody changes, a number that was counted, or a list. */
    static final class Entry extends BytesMap.Entry {
        private byte[] bytes;
        private ListValue list;
        private long number; // the value if there are neither bytes nor a list
        private long deadlineMillis = FOR_EVER;
        private Timer timer;

        private Entry(byte[] key) {
            super(key);
        }

        boolean isList() {
            return list != null;
        }

        /** Whether the value is a number that was counted, and is kept as such. */
        boolean isCounted() {
            return bytes == null && list == null;
        }

        /** The bytes of a value that is neither a list nor a counted number. */
        byte[] bytes() {
            return bytes;
        }

        long number() {
            return number;
        }

        ListValue list() {
            return list;
        }

        void set(byte[] newBytes) {
            bytes = newBytes;
            list = null;
        }

        void set(long newNumber) {
            number = newNumber;
            bytes = null;
            list = null;
        }

        void set(ListValue newList) {
            list = newList;
            bytes = null;
        }

        long deadlineMillis() {
            return deadlineMillis;
        }
    }

    private final BytesMap<Entry> entries = new BytesMap<>();
    private final EventLoop loop;
    private final LongSupplier nanoTime;

    /** @param nanoTime the clock by which the loop's timers run */
    Keyspace(EventLoop loop, LongSupplier nanoTime) {
        this.loop = loop;
        this.nanoTime = nanoTime;
    }

    int size() {
        return entries.size();
    }

    /** The time, counted from an arbitrary moment. */
    long nowMillis() {
        return nanoTime.getAsLong() / NANOS_PER_MILLI;
    }

    /** {@return the deadline that is so long from now} */
    long deadlineMillis(long millis, String command) throws ErrorReply {
        long now = nowMillis();
        if (millis >= FOR_EVER - now) {
            throw ErrorReply.invalidExpireTime(command);
        }
        return now + millis;
    }

    /** {@return the entry of the key that an argument names; null if there is none, or its time has come} */
    Entry find(Request request, int argument) {
        Entry entry = entries.get(request.bytes(), request.start(argument), request.length(argument));
        if (entry != null && entry.deadlineMillis != FOR_EVER && entry.deadlineMillis <= nowMillis()) {
            remove(entry);
            return null;
        }
        return entry;
    }

    /** Adds the key that an argument names, which must not be there. The caller sets its value. */
    Entry add(Request request, int argument) {
        Entry entry = new Entry(request.copy(argument));
        entries.add(entry);
        return entry;
    }

    void remove(Entry entry) {
        keep(entry);
        entries.remove(entry);
    }

    /** Takes the deadline of a key away. */
    void keep(Entry entry) {
        entry.deadlineMillis = FOR_EVER;
        if (entry.timer != null) {
            entry.timer.cancel();
            entry.timer = null;
        }
    }

    /** Sets the deadline of a key, which is yet to come. */
    void expire(Entry entry, long deadlineMillis) {
        entry.deadlineMillis = deadlineMillis;
        Duration left = Duration.ofMillis(deadlineMillis - nowMillis());
        if (entry.timer == null) {
            entry.timer = loop.callLater(left, () -> removeExpired(entry));
        } else {
            entry.timer.reset(left);
        }
    }

    /** The loop's timers count from the begin of a phase, so a timer may be early by the time that the phase took. */
    private void removeExpired(Entry entry) {
        long leftMillis = entry.deadlineMillis - nowMillis();
        if (leftMillis > 0) {
            entry.timer.reset(Duration.ofMillis(leftMillis));
        } else {
            entry.timer = null;
            remove(entry);
        }
    }
}
