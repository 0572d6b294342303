package io.stepoll.examples.redis;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.security.SecureRandom;
import java.util.Arrays;

/**
 * A hash map whose keys are bytes. A look-up takes a part of an array, so it allocates nothing. The table grows a few
 * buckets at each addition: no addition stops the loop for the time that all entries take. The hash has a random seed,
 * so that no client can choose keys that fall into one bucket.
 */
final class BytesMap<E extends BytesMap.Entry> {
    private static final int FIRST_BUCKETS = 16;
    private static final int MOVES = 2; // for each addition: the table has moved before it is full again

    private static final VarHandle LONGS =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final long SEED = RANDOM.nextLong();
    private static final long FACTOR = RANDOM.nextLong() | 1;

    /** An entry, which is also a link in the chain of its bucket. */
    abstract static class Entry {
        final byte[] key;
        private final int hash;
        private Entry next;

        Entry(byte[] key) {
            this.key = key;
            hash = hash(key, 0, key.length);
        }
    }

    private Entry[] table = new Entry[FIRST_BUCKETS];
    private Entry[] former; // null unless the table is growing; its buckets from the first unmoved one on are in use
    private int firstUnmoved;
    private int size;

    private static int hash(byte[] bytes, int start, int length) {
        long hash = SEED ^ length;
        int index = start;
        int left = length;
        for (; left >= Long.BYTES; left -= Long.BYTES) {
            hash = mix(hash ^ (long) LONGS.get(bytes, index));
            index += Long.BYTES;
        }
        long rest = 0;
        for (; left > 0; left--) {
            rest = rest << Byte.SIZE | bytes[index++] & 0xFF;
        }
        hash = mix(hash ^ rest);
        return (int) (hash ^ hash >>> Integer.SIZE);
    }

    private static long mix(long bits) {
        return bits * FACTOR ^ Math.unsignedMultiplyHigh(bits, FACTOR);
    }

    int size() {
        return size;
    }

    /** {@return the entry with this key, or null} */
    @SuppressWarnings("unchecked") // only add puts entries here
    E get(byte[] bytes, int start, int length) {
        int hash = hash(bytes, start, length);
        Entry[] buckets = buckets(hash);
        Entry entry = buckets[hash & buckets.length - 1];
        while (entry != null && !(entry.hash == hash
                && Arrays.equals(entry.key, 0, entry.key.length, bytes, start, start + length))) {
            entry = entry.next;
        }
        return (E) entry;
    }

    /** The table that has the bucket of a hash. */
    private Entry[] buckets(int hash) {
        return former != null && (hash & former.length - 1) >= firstUnmoved ? former : table;
    }

    /** Adds an entry whose key no other one has. */
    void add(E entry) {
        if (size == table.length && former == null) {
            former = table;
            firstUnmoved = 0;
            table = new Entry[former.length * 2];
        }
        link(entry);
        size++;
        for (int i = 0; i < MOVES && former != null; i++) {
            moveBucket();
        }
    }

    private void link(Entry entry) {
        Entry[] buckets = buckets(entry.hash);
        int index = entry.hash & buckets.length - 1;
        entry.next = buckets[index];
        buckets[index] = entry;
    }

    private void moveBucket() {
        Entry entry = former[firstUnmoved];
        former[firstUnmoved] = null;
        firstUnmoved++;
        while (entry != null) {
            Entry next = entry.next;
            link(entry);
            entry = next;
        }
        if (firstUnmoved == former.length) {
            former = null;
        }
    }

    /** Removes an entry, which must be here. */
    void remove(E entry) {
        Entry removed = entry;
        Entry[] buckets = buckets(removed.hash);
        int index = removed.hash & buckets.length - 1;
        if (buckets[index] == removed) {
            buckets[index] = removed.next;
        } else {
            Entry before = buckets[index];
            while (before.next != removed) {
                before = before.next;
            }
            before.next = removed.next;
        }
        removed.next = null;
        size--;
    }
}
