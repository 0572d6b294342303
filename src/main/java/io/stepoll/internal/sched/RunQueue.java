package io.stepoll.internal.sched;

import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/**
 * What a loop is to run, first in, first out. An ArrayDeque that finds no memory to grow has lost all that it had: it
 * stores first, and grows afterwards. This queue grows first, and keeps what it has.
 */
final class RunQueue {
    private static final int FIRST_CAPACITY = 16;

    private Runnable[] items = new Runnable[FIRST_CAPACITY]; // a ring; its length is a power of two
    /** When each item came; null where nobody records that. */
    private long[] times;

    private int first;
    private int size;

    /** @param timed whether it keeps when each item came */
    RunQueue(boolean timed) {
        times = timed ? new long[FIRST_CAPACITY] : null;
    }

    int size() {
        return size;
    }

    boolean isEmpty() {
        return size == 0;
    }

    /** The next item, which stays; null for none. */
    Runnable peek() {
        return items[first]; // null where nothing is
    }

    /** Takes the next item; null for none. */
    Runnable poll() {
        Runnable next = items[first];
        if (next != null) {
            items[first] = null;
            first = first + 1 & items.length - 1;
            size--;
        }
        return next;
    }

    /** When the next item came, where that is kept. */
    long timeOfNext() {
        return times[first];
    }

    /** @param nanos when the item came, where that is kept */
    void addLast(Runnable item, long nanos) {
        makeRoom();
        put(first + size & items.length - 1, item, nanos);
    }

    /** @param nanos when the item came, where that is kept */
    void addFirst(Runnable item, long nanos) {
        makeRoom();
        first = first - 1 & items.length - 1;
        put(first, item, nanos);
    }

    private void put(int place, Runnable item, long nanos) {
        items[place] = item;
        if (times != null) {
            times[place] = nanos;
        }
        size++;
    }

    void forEach(Consumer<Runnable> consumer) {
        for (int i = 0; i < size; i++) {
            consumer.accept(items[first + i & items.length - 1]);
        }
    }

    /** The items, for another thread: if the loop goes on meanwhile, some may be missing. */
    void copyTo(List<Runnable> copied) {
        Runnable[] all = items;
        int count = Math.min(size, all.length);
        for (int i = 0; i < count; i++) {
            Runnable item = all[first + i & all.length - 1];
            if (item != null) {
                copied.add(item);
            }
        }
    }

    /** Makes room for one more item. If there is no memory for that nothing changes. */
    void makeRoom() {
        if (size < items.length) {
            return;
        }
        Runnable[] larger = Arrays.copyOfRange(items, first, first + (size << 1)); // null behind the end
        System.arraycopy(items, 0, larger, size - first, first);
        if (times != null) {
            long[] more = Arrays.copyOfRange(times, first, first + (size << 1)); // both or, for want of memory, neither
            System.arraycopy(times, 0, more, size - first, first);
            times = more;
        }
        items = larger;
        first = 0;
    }
}
