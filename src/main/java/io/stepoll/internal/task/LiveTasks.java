package io.stepoll.internal.task;

import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * The tasks whose bodies have begun and not ended, in the order in which they began: a list whose links are in the
 * tasks themselves. Belongs to the loop's thread.
 */
final class LiveTasks<T extends LiveTasks.Linked<T>> {
    /** A task, with its neighbours in the list. */
    interface Linked<T> {
        T previous();

        T next();

        void setPrevious(T task);

        void setNext(T task);
    }

    private T first;
    private T last;
    private int count;
    private long added;

    int count() {
        return count;
    }

    /** How many tasks have come so far. */
    long added() {
        return added;
    }

    void add(T task) {
        count++;
        added++;
        task.setPrevious(last);
        if (last == null) {
            first = task;
        } else {
            last.setNext(task);
        }
        last = task;
    }

    void remove(T task) {
        count--;
        if (task.previous() == null) {
            first = task.next();
        } else {
            task.previous().setNext(task.next());
        }
        if (task.next() == null) {
            last = task.previous();
        } else {
            task.next().setPrevious(task.previous());
        }
        task.setPrevious(null);
        task.setNext(null);
    }

    /** Calls the consumer for each task; a task that ends meanwhile may leave. */
    void forEach(Consumer<T> consumer) {
        for (T task = first; task != null;) {
            T following = task.next();
            consumer.accept(task);
            task = following;
        }
    }

    /**
     * The first task that the predicate holds for, or null. Another thread may call it while the loop stands still; if
     * the loop goes on meanwhile, that thread may see fewer tasks than there are.
     */
    T find(Predicate<T> predicate) {
        T task = first;
        while (task != null && !predicate.test(task)) {
            task = task.next();
        }
        return task;
    }
}
