package io.stepoll.internal.task;

import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Items in the order in which they were added: a list whose links are in the items themselves, so an add needs no
 * memory. An item is in the list once at most. Belongs to the loop's thread.
 */
final class Chain<T extends Chain.Linked<T>> {
    /** An item, with its neighbours in the list. */
    interface Linked<T> {
        T previous();

        T next();

        void setPrevious(T item);

        void setNext(T item);
    }

    private T first;
    private T last;
    private int count;

    int count() {
        return count;
    }

    /** The item that was added first, or null. */
    T first() {
        return first;
    }

    void add(T item) {
        count++;
        item.setPrevious(last);
        if (last == null) {
            first = item;
        } else {
            last.setNext(item);
        }
        last = item;
    }

    void remove(T item) {
        count--;
        if (item.previous() == null) {
            first = item.next();
        } else {
            item.previous().setNext(item.next());
        }
        if (item.next() == null) {
            last = item.previous();
        } else {
            item.next().setPrevious(item.previous());
        }
        item.setPrevious(null);
        item.setNext(null);
    }

    /** Calls the consumer for each item; that item may leave meanwhile. */
    void forEach(Consumer<T> consumer) {
        for (T item = first; item != null;) {
            T following = item.next();
            consumer.accept(item);
            item = following;
        }
    }

    /**
     * The first item that the predicate holds for, or null. Another thread may call it while the loop stands still; if
     * the loop goes on meanwhile, that thread may see fewer items than there are.
     */
    T find(Predicate<T> predicate) {
        T item = first;
        while (item != null && !predicate.test(item)) {
            item = item.next();
        }
        return item;
    }
}
