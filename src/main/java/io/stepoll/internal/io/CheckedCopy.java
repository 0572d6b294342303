package io.stepoll.internal.io;

import io.stepoll.internal.sys.Errno;
import io.stepoll.internal.sys.VirtualThreads;
import java.nio.ByteBuffer;

/**
 * Copies between a caller's buffer and memory of the library's own, for buffers whose memory the kernel may not be
 * told: the JDK checks the bounds and the arena of each copy. Memory of a mapped file that somebody has cut off counts
 * as in a system call: {@code -EFAULT}.
 *
 * <p>All of these throw {@link IllegalStateException} if the arena is closed, {@link WrongThreadException} if it is
 * another thread's alone, and {@link java.util.ConcurrentModificationException} if another thread moves the buffer.
 */
public final class CheckedCopy {
    private CheckedCopy() {}

    /**
     * Copies the first bytes of what {@link Remaining remains} in a source into memory, at an index. The source stays
     * as it is.
     *
     * @return 0, or {@code -EFAULT}
     */
    public static int from(ByteBuffer source, long remaining, int count, ByteBuffer memory, int index) {
        try {
            memory.put(index, source, Remaining.position(remaining), count);
            awaitFault(source);
            return 0;
        } catch (InternalError e) {
            return -Errno.EFAULT;
        } catch (IndexOutOfBoundsException | IllegalStateException e) {
            throw misuse(e, remaining, count);
        }
    }

    /**
     * Copies bytes of the memory, at an index, to where a target's position was. Its position stays.
     *
     * @return 0, or {@code -EFAULT}
     */
    public static int into(ByteBuffer target, long remaining, int count, ByteBuffer memory, int index) {
        try {
            target.put(Remaining.position(remaining), memory, index, count);
            awaitFault(target);
            return 0;
        } catch (InternalError e) {
            return -Errno.EFAULT;
        } catch (IndexOutOfBoundsException | IllegalStateException e) {
            throw misuse(e, remaining, count);
        }
    }

    /**
     * Touches the first byte of what remains in a target, if anything does, before a call that receives: what the call
     * takes from a socket would be lost if there were no memory for it.
     *
     * @return 0, or {@code -EFAULT}
     */
    public static int probe(ByteBuffer target, long remaining) {
        if (!target.isDirect() || Remaining.length(remaining) == 0) {
            return 0;
        }
        try {
            target.get(Remaining.position(remaining));
            awaitFault(target);
            return 0;
        } catch (InternalError e) {
            return -Errno.EFAULT;
        } catch (IndexOutOfBoundsException | IllegalStateException e) {
            throw misuse(e, remaining, 1);
        }
    }

    /**
     * Compiled code gets the error of a fault "at some later time" (MappedByteBuffer): at the next safepoint. The
     * return from a native method is one.
     */
    private static void awaitFault(ByteBuffer touched) {
        if (touched.isDirect()) {
            VirtualThreads.loopOfThread();
        }
    }

    private static RuntimeException misuse(RuntimeException cause, long remaining, int count) {
        return cause instanceof IndexOutOfBoundsException ? Remaining.changed(remaining, count, cause)
                : new IllegalStateException("the memory of the buffer is freed: its arena is closed", cause);
    }
}
