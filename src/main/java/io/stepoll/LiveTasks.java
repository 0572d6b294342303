package io.stepoll;

import java.util.StringJoiner;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** The tasks whose bodies have begun and not ended, in the order in which they began. Belongs to the loop's thread. */
final class LiveTasks {
    private LoopTask<?> first;
    private LoopTask<?> last;
    private int count;
    private long begun;

    boolean isEmpty() {
        return count == 0;
    }

    int count() {
        return count;
    }

    /** How many have come so far. */
    long begun() {
        return begun;
    }

    void add(LoopTask<?> task) {
        count++;
        begun++;
        task.previous = last;
        if (last == null) {
            first = task;
        } else {
            last.next = task;
        }
        last = task;
    }

    void remove(LoopTask<?> task) {
        count--;
        if (task.previous == null) {
            first = task.next;
        } else {
            task.previous.next = task.next;
        }
        if (task.next == null) {
            last = task.previous;
        } else {
            task.next.previous = task.previous;
        }
        task.previous = null;
        task.next = null;
    }

    /** Calls the consumer for each; a task that ends meanwhile may leave. */
    void forEach(Consumer<LoopTask<?>> consumer) {
        for (LoopTask<?> task = first; task != null;) {
            LoopTask<?> following = task.next;
            consumer.accept(task);
            task = following;
        }
    }

    /**
     * The first that the predicate holds for, or null. Also for another thread, if this one stands still: what it sees
     * otherwise may be less than there is.
     */
    LoopTask<?> find(Predicate<LoopTask<?>> predicate) {
        LoopTask<?> task = first;
        while (task != null && !predicate.test(task)) {
            task = task.next;
        }
        return task;
    }

    /** The first few, for a message. */
    String describe(int most) {
        StringJoiner names = new StringJoiner(", ");
        int named = 0;
        for (LoopTask<?> task = first; task != null && named < most; task = task.next, named++) {
            names.add(task.thread().toString());
        }
        return count > named ? names + ", …" : names.toString();
    }
}
