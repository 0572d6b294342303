package io.stepoll.buffer;

import io.stepoll.internal.io.Pieces;
import io.stepoll.internal.memory.LoopBuffers;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The bytes in a {@link WriteQueue}, in their order: pieces of buffers of the pool, into which messages were copied one
 * behind the other, and of shared messages. A piece that has gone gives its memory back.
 */
final class QueuedPieces implements Pieces {
    /** Of a buffer for short messages, in bytes. */
    private static final int CHUNK = 1 << 13;

    private static final int FIRST_CAPACITY = 4;

    /** How many places an empty queue keeps at most. */
    private static final int MOST_KEPT = 64;

    private static final @Nullable Object[] NO_OWNERS = {};
    private static final long[] NO_ADDRESSES = {};
    private static final int[] NO_OFFSETS = {};

    private final LoopBuffers pool;

    /* A ring, whose length is a power of two, or 0 before the first piece. Of each piece: a buffer or a shared message,
     * where that begins in memory, and which of its bytes are still to go. */
    private @Nullable Object[] owner = NO_OWNERS;
    private long[] base = NO_ADDRESSES;
    private int[] from = NO_OFFSETS;
    private int[] to = NO_OFFSETS;
    private int head;
    private int count;

    /* How many pieces may go now, and how many bytes of the one after these. */
    private int whole = Integer.MAX_VALUE;
    private int partial;

    QueuedPieces(LoopBuffers pool) {
        this.pool = pool;
    }

    private int slot(int index) {
        return head + index & owner.length - 1;
    }

    @Override
    public int count() {
        return count;
    }

    @Override
    public long address(int index) {
        int slot = slot(index);
        return base[slot] + from[slot];
    }

    @Override
    public int length(int index) {
        int slot = slot(index);
        return index < whole ? to[slot] - from[slot] : index == whole ? partial : 0;
    }

    /** Lets only so many bytes go now. */
    void allow(long bytes) {
        long left = bytes;
        whole = 0;
        while (whole < count && left >= to[slot(whole)] - from[slot(whole)]) {
            left -= to[slot(whole)] - from[slot(whole)];
            whole++;
        }
        partial = (int) left;
    }

    /** Lets all bytes go. */
    void allowAll() {
        whole = Integer.MAX_VALUE;
    }

    /** What may go now, at most so many buffers of it. */
    ByteBuffer[] views(int most) {
        int views = 0;
        while (views < Math.min(count, most) && length(views) > 0) {
            views++;
        }
        ByteBuffer[] all = new ByteBuffer[views];
        for (int i = 0; i < views; i++) {
            int slot = slot(i);
            Object whose = owner[slot];
            assert whose != null;
            ByteBuffer view = whose instanceof SharedMessage shared ? shared.view() : ((ByteBuffer) whose).duplicate();
            all[i] = view.limit(from[slot] + length(i)).position(from[slot]);
        }
        return all;
    }

    /** Copies what remains in a buffer, so many bytes. If that fails nothing has changed. */
    void copy(ByteBuffer source, int length) {
        int position = source.position();
        if (length == 0) {
            return;
        }
        int last = count == 0 ? 0 : slot(count - 1);
        if (count > 0 && owner[last] instanceof ByteBuffer chunk && chunk.capacity() - to[last] >= length) {
            chunk.put(to[last], source, position, length);
            to[last] += length;
        } else {
            reserve();
            ByteBuffer taken = pool.take(Math.max(length, CHUNK));
            try {
                taken.put(0, source, position, length);
            } catch (Throwable e) { // the buffer's arena was closed, for instance
                pool.give(taken);
                throw e;
            }
            add(taken, pool.address(taken), length);
        }
    }

    /** Adds a message, which is the queue's to close from now on. If that fails it is not. */
    void add(SharedMessage message) {
        reserve();
        add(message, message.address(), message.length());
    }

    private void add(Object whose, long address, int length) {
        int slot = slot(count++);
        owner[slot] = whose;
        base[slot] = address;
        from[slot] = 0;
        to[slot] = length;
    }

    private void reserve() {
        if (count == owner.length) {
            resize(Math.max(FIRST_CAPACITY, 2 * count));
        }
    }

    private void resize(int size) {
        @Nullable Object[] newOwner = new @Nullable Object[size];
        long[] newBase = new long[size];
        int[] newFrom = new int[size];
        int[] newTo = new int[size];
        for (int i = 0; i < count; i++) {
            int slot = slot(i);
            newOwner[i] = owner[slot];
            newBase[i] = base[slot];
            newFrom[i] = from[slot];
            newTo[i] = to[slot];
        }
        owner = newOwner;
        base = newBase;
        from = newFrom;
        to = newTo;
        head = 0;
    }

    /** So many bytes have gone. */
    void gone(long bytes) {
        long left = bytes;
        while (count > 0 && left >= to[head] - from[head]) {
            left -= to[head] - from[head];
            removeFirst();
        }
        if (count > 0) {
            from[head] += (int) left;
        }
    }

    /** Nothing more goes. */
    void clear() {
        while (count > 0) {
            removeFirst();
        }
    }

    private void removeFirst() {
        Object whose = owner[head];
        owner[head] = null;
        head = slot(1);
        if (--count == 0) {
            head = 0;
            if (owner.length > MOST_KEPT) { // no smaller ring instead, for which there may be no memory
                owner = NO_OWNERS;
                base = NO_ADDRESSES;
                from = NO_OFFSETS;
                to = NO_OFFSETS;
            }
        }
        if (whose instanceof SharedMessage shared) {
            shared.close();
        } else {
            pool.give((ByteBuffer) whose);
        }
    }
}
