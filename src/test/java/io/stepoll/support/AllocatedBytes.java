package io.stepoll.support;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/**
 * How many bytes one platform thread has allocated, with all virtual threads that it has carried. Of a virtual thread
 * itself the JVM knows no bytes: it answers -1, and a difference of two such answers is always 0.
 */
public final class AllocatedBytes {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final long thread;

    /** Of the current thread, which is a platform thread. */
    public AllocatedBytes() {
        if (Thread.currentThread().isVirtual()) {
            throw new IllegalStateException("the JVM does not know what a virtual thread allocates");
        }
        thread = Thread.currentThread().threadId();
        now(); // the first call loads classes
    }

    /** So many by now. Any thread may ask: also a task or a callback that the thread carries. */
    public long now() {
        long bytes = THREADS.getThreadAllocatedBytes(thread);
        if (bytes < 0) {
            throw new IllegalStateException("the JVM does not know what a thread allocates, or it has ended");
        }
        return bytes;
    }
}
