package io.stepoll.internal.sched;

import java.util.Arrays;
import java.util.function.Consumer;

/**
 * What a loop is to run, first in, first out. An ArrayDeque that finds no memory to grow has lost all that it had: it
 * stores first, and grows afterwards. This queue grows first, and keeps what it has.
 */
final class RunQueue {
    private static final int FIRST_CAPACITY = 16;

    private Runnable[] items = new Runnable[FIRST_CAPACITY]; // a ring; its length is a power of two
    private int first;
    private int size;

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

    void addLast(Runnable item) {
        makeRoom();
        items[first + size & items.length - 1] = item;
        size++;
    }

    void addFirst(Runnable item) {
        makeRoom();
        first = first - 1 & items.length - 1;
        items[first] = item;
        size++;
    }

    void forEach(Consumer<Runnable> consumer) {
        for (int i = 0; i < size; i++) {
            consumer.accept(items[first + i & items.length - 1]);
        }
    }

    /** Makes room for one more item. If there is no memory for that nothing changes. */
    void makeRoom() {
        if (size < items.length) {
            return;
        }
        Runnable[] larger = Arrays.copyOfRange(items, first, first + (size << 1)); // null behind the end
        System.arraycopy(items, 0, larger, size - first, first);
        items = larger;
        first = 0;
    }
}
