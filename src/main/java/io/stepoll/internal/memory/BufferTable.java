package io.stepoll.internal.memory;

import java.nio.ByteBuffer;
import java.util.function.Consumer;

/**
 * From a buffer to what its pool knows of it: a hash table by the identity of the buffer, with open addressing. A
 * look-up allocates nothing and calls no code of the buffer's, and the table does not keep a buffer reachable.
 */
final class BufferTable {
    private static final int FIRST_LENGTH = 16;

    private PooledBuffer[] slots = new PooledBuffer[FIRST_LENGTH]; // its length is a power of two
    private int count;

    boolean isEmpty() {
        return count == 0;
    }

    /** {@return what is known of a buffer; null for a buffer that is not in the table} */
    PooledBuffer find(ByteBuffer buffer) {
        int hash = System.identityHashCode(buffer);
        for (int i = first(hash, slots);; i = next(i, slots)) {
            PooledBuffer found = slots[i];
            if (found == null || found.hash == hash && found.refersTo(buffer)) {
                return found;
            }
        }
    }

    /** Makes sure that {@link #add} needs no memory. */
    void reserve() {
        if ((count + 1) * 2 > slots.length) {
            PooledBuffer[] larger = new PooledBuffer[slots.length * 2];
            forEach(entry -> put(entry, larger));
            slots = larger;
        }
    }

    /** Adds one that is not in the table, after a {@link #reserve}. */
    void add(PooledBuffer added) {
        put(added, slots);
        count++;
    }

    /** Removes one that is in the table, and moves those behind it that it has kept from their places. */
    void remove(PooledBuffer removed) {
        int hole = first(removed.hash, slots);
        while (slots[hole] != removed) {
            hole = next(hole, slots);
        }
        count--;
        for (int i = next(hole, slots); slots[i] != null; i = next(i, slots)) {
            int way = i - first(slots[i].hash, slots) & slots.length - 1;
            if (way >= (i - hole & slots.length - 1)) {
                slots[hole] = slots[i];
                hole = i;
            }
        }
        slots[hole] = null;
    }

    private static void put(PooledBuffer added, PooledBuffer[] slots) {
        int i = first(added.hash, slots);
        while (slots[i] != null) {
            i = next(i, slots);
        }
        slots[i] = added;
    }

    private static int first(int hash, PooledBuffer[] slots) {
        return hash & slots.length - 1;
    }

    private static int next(int i, PooledBuffer[] slots) {
        return i + 1 & slots.length - 1;
    }

    void forEach(Consumer<PooledBuffer> consumer) {
        for (PooledBuffer entry : slots) {
            if (entry != null) {
                consumer.accept(entry);
            }
        }
    }
}
