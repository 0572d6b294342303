package io.stepoll;

import java.nio.ByteBuffer;

/**
 * The direct buffers of one loop, from {@link EventLoop#buffers}. A connection takes a buffer when it has bytes to keep
 * and gives it back when it has none, so an idle connection needs no buffer. The pool belongs to the loop's thread and
 * the loop's tasks; its methods throw {@link WrongThreadException} elsewhere. They never wait, and take no lock: a
 * callback may call them even where callbacks run on the loop's own thread.
 *
 * <p><b>Sizes.</b> A buffer's capacity is a power of two, {@value #SMALLEST} bytes at least and {@value #LARGEST} at
 * most. The memory comes from mmap(2), outside of the heap and of {@code -XX:MaxDirectMemorySize}; pages that nobody
 * touches need no memory.
 *
 * <p><b>Idle buffers.</b> The pool keeps the memory of idle buffers up to {@link EventLoopBuilder#bufferPoolBytes}.
 * Beyond that the memory of a buffer goes back to the system as soon as the buffer is given back (madvise(2),
 * MADV_DONTNEED); the buffer itself stays and is taken again. How much is taken at a time is not limited.
 *
 * <p><b>The end.</b> When the loop closes, the memory of all idle buffers goes back to the system. A buffer that is
 * taken then stays what it is: whoever has it may go on using it. No buffer's address range is unmapped while any code
 * can reach the buffer, or a slice or a duplicate of it. So a buffer that is used after it was given back shows bytes
 * of another user, or zeros, and never ends the process.
 *
 * <p><b>Leaks.</b> A buffer that nobody can reach any more and nobody has given back is unmapped, and reported to the
 * log. With {@link EventLoopBuilder#traceBuffers} the report shows where the buffer was taken, and the loop's close
 * reports what is still taken.
 *
 * @since 0.1.0
 */
public interface BufferPool {
    /** The least capacity of a buffer, in bytes: a page of most systems. */
    int SMALLEST = 1 << 12;

    /** The largest capacity of a buffer, in bytes. */
    int LARGEST = 1 << 30;

    /**
     * Takes a buffer. The buffer that was given back last is taken first, as its memory is still in the processor's
     * cache. The bytes in it are those of its former user, or zeros.
     *
     * @param minBytes how many bytes the buffer must have room for at least; 0 for any buffer
     * @return a direct buffer, cleared and in big-endian order
     * @throws IllegalArgumentException if the number is negative, or more than {@link #LARGEST}
     * @throws LoopClosedException if the loop closes, or is closed
     * @throws OutOfMemoryError if the system refuses the memory: mmap(2), ENOMEM
     */
    ByteBuffer take(int minBytes);

    /**
     * Gives a buffer back. The caller must not use the buffer any more, and neither a slice nor a duplicate of it: the
     * next user has the same memory. After the loop's close, when the pool has ended, this does nothing, on any thread.
     *
     * @param buffer the very object that {@link #take} has returned
     * @throws IllegalArgumentException if the buffer is not taken from this pool: if it is another one's, a slice or a
     *     duplicate, or was given back before
     */
    void give(ByteBuffer buffer);

    /** {@return the capacities of all buffers that are taken, in bytes} */
    long takenBytes();

    /** {@return the capacities of all idle buffers whose memory the pool keeps, in bytes} */
    long idleBytes();
}
