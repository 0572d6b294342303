package io.stepoll.internal.reactor;

import java.util.Arrays;

/**
 * What one phase has to run, sorted into the order of the phase: the newest registration first. The sort is in place
 * and allocates nothing; items that are in order already, either way round, cost one pass.
 */
class NewestFirst<T> {
    private static final int FIRST_CAPACITY = 16;

    private long[] sequences = new long[FIRST_CAPACITY];
    private Object[] items = new Object[FIRST_CAPACITY];
    private int size;

    /** Makes room for so many items in all. If there is no memory for that nothing changes. */
    final void reserve(int count) {
        if (count > items.length) {
            int capacity = Math.max(count, items.length << 1);
            Object[] moreItems = Arrays.copyOf(items, capacity);
            sequences = Arrays.copyOf(sequences, capacity);
            items = moreItems;
        }
    }

    public final void add(long sequence, T item) {
        reserve(size + 1);
        sequences[size] = sequence;
        items[size++] = item;
    }

    boolean isEmpty() {
        return size == 0;
    }

    int size() {
        return size;
    }

    long sequence(int index) {
        return sequences[index];
    }

    @SuppressWarnings("unchecked") // only add() stores
    T item(int index) {
        return (T) items[index];
    }

    /** Removes all items. */
    void clear() {
        Arrays.fill(items, 0, size, null);
        size = 0;
    }

    void sort() {
        int run = 1;
        while (run < size && sequences[run - 1] > sequences[run]) {
            run++;
        }
        if (run >= size) {
            return;
        }
        if (isAscending()) {
            for (int i = 0, j = size - 1; i < j; i++, j--) {
                swap(i, j);
            }
            return;
        }
        heapSort();
    }

    private boolean isAscending() {
        for (int i = 1; i < size; i++) {
            if (sequences[i - 1] > sequences[i]) {
                return false;
            }
        }
        return true;
    }

    /**
     * A heap with the smallest on top: the smallest goes to the end, again and again, which leaves the largest in
     * front.
     */
    private void heapSort() {
        for (int i = (size >> 1) - 1; i >= 0; i--) {
            siftDown(i, size);
        }
        for (int end = size - 1; end > 0; end--) {
            swap(0, end);
            siftDown(0, end);
        }
    }

    private void siftDown(int from, int end) {
        int parent = from;
        for (int child = 2 * parent + 1; child < end; child = 2 * parent + 1) {
            if (child + 1 < end && sequences[child + 1] < sequences[child]) {
                child++;
            }
            if (sequences[parent] <= sequences[child]) {
                return;
            }
            swap(parent, child);
            parent = child;
        }
    }

    private void swap(int i, int j) {
        long sequence = sequences[i];
        sequences[i] = sequences[j];
        sequences[j] = sequence;
        Object item = items[i];
        items[i] = items[j];
        items[j] = item;
    }
}
