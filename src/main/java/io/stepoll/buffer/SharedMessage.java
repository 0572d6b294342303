package io.stepoll.buffer;

import io.stepoll.EventLoop;
import io.stepoll.internal.io.LoopDescriptors;
import io.stepoll.internal.memory.LoopBuffers;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;

/**
 * Bytes that any number of {@link WriteQueue}s send, of one loop or of several, from the same memory. The bytes never
 * change. The memory is a buffer of a loop's pool, and goes back when nobody needs it any more: each queue keeps the
 * message until it has gone, and whoever has made it keeps it until {@link #close}.
 *
 * <pre>{@code
 * try (SharedMessage message = SharedMessage.copyOf(loop, bytes)) {
 *     for (WriteQueue queue : subscribers) {
 *         queue.write(message);
 *     }
 * }
 * }</pre>
 *
 * Any thread may call its methods but {@link #copyOf}. To pass it to another loop, {@link #retain} it for that loop,
 * which closes it.
 *
 * @since 0.1.0
 */
public final class SharedMessage implements AutoCloseable {
    private static final AtomicIntegerFieldUpdater<SharedMessage> USERS =
            AtomicIntegerFieldUpdater.newUpdater(SharedMessage.class, "users");

    private final LoopDescriptors owner;
    private final ByteBuffer memory;
    private final long address;
    private final int length;

    /** How many need the memory. */
    private volatile int users = 1;

    private SharedMessage(LoopDescriptors owner, ByteBuffer memory, long address, int length) {
        this.owner = owner;
        this.memory = memory;
        this.address = address;
        this.length = length;
    }

    /**
     * Makes a message. On the loop's thread, or in a task of it.
     *
     * @param loop whose pool has the memory
     * @param bytes what remains in it is copied; its position does not move
     * @return the message, which is to be closed
     * @throws WrongThreadException on another thread
     * @throws io.stepoll.LoopClosedException if the loop closes, or is closed
     */
    public static SharedMessage copyOf(EventLoop loop, ByteBuffer bytes) {
        LoopDescriptors owner = LoopDescriptors.of(loop);
        LoopBuffers pool = (LoopBuffers) loop.buffers();
        int length = bytes.remaining();
        ByteBuffer memory = pool.take(length);
        try {
            memory.put(0, bytes, bytes.position(), length);
            return new SharedMessage(owner, memory, pool.address(memory), length);
        } catch (Throwable e) { // of another thread's doing, or of memory
            pool.give(memory);
            throw e;
        }
    }

    /** {@return how many bytes it has} */
    public int length() {
        return length;
    }

    /**
     * Keeps the message for one user more, who is to close it.
     *
     * @return the message
     * @throws IllegalStateException if all users have closed it
     */
    public SharedMessage retain() {
        int before = users;
        while (before > 0) {
            if (USERS.compareAndSet(this, before, before + 1)) {
                return this;
            }
            before = users;
        }
        throw closed();
    }

    /**
     * The caller needs the message no more.
     *
     * @throws IllegalStateException if all users have closed it before
     */
    @Override
    public void close() {
        int before = users;
        while (before > 0) {
            if (USERS.compareAndSet(this, before, before - 1)) {
                if (before == 1) {
                    giveBack();
                }
                return;
            }
            before = users;
        }
        throw closed();
    }

    private static IllegalStateException closed() {
        return new IllegalStateException("the message was closed by all of its users");
    }

    private void giveBack() {
        EventLoop loop = owner.loop();
        if (loop.isCurrent()) {
            loop.buffers().give(memory);
        } else {
            owner.submit(() -> loop.buffers().give(memory)); // a closed loop has no pool any more
        }
    }

    long address() {
        return address;
    }

    /** The bytes, as a buffer of the caller's own. */
    ByteBuffer view() {
        return memory.duplicate();
    }

    @Override
    public String toString() {
        return "SharedMessage[" + length + " bytes]";
    }
}
