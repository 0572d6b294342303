package io.stepoll.internal.threads;

import io.stepoll.internal.sys.Affinity;
import io.stepoll.internal.sys.Log;
import io.stepoll.internal.sys.StandardStreams;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * Closes descriptors whose close(2) may wait, on threads that may wait. A pool of threads has locks inside, which a
 * loop's thread must not take. So the loop puts the number into a queue without locks, and one thread passes the
 * numbers on to the pool. The pool is not that of the offloaded work: a socket may linger for hours, and must not hold
 * a thread that a task waits for.
 */
public final class WaitingCloses extends Thread {
    /** How many closes wait at once; further ones wait for their turn, and keep their descriptors. */
    private static final int MOST = 64;

    private static final ConcurrentLinkedQueue<Integer> NUMBERS = new ConcurrentLinkedQueue<>();
    private static final ThreadPoolExecutor POOL = Workers.pool(MOST, "stepoll-close-");
    private static final AtomicReference<WaitingCloses> PASSING_ON = new AtomicReference<>();

    private WaitingCloses() {
        super("stepoll-closes");
        setDaemon(true);
    }

    /**
     * Starts the thread, unless it runs: so that no close has to. May be called from any thread.
     *
     * @throws OutOfMemoryError if the process can have no further thread. The next call tries again.
     */
    public static void prepare() {
        if (PASSING_ON.get() != null) {
            return;
        }
        WaitingCloses thread = new WaitingCloses();
        if (PASSING_ON.compareAndSet(null, thread)) {
            try {
                thread.start();
            } catch (Throwable e) {
                PASSING_ON.set(null);
                throw e;
            }
        }
    }

    /** Closes a descriptor soon. Its number is in use until close(2) begins. Takes no lock. From any thread. */
    public static void close(int fd) {
        try {
            prepare();
            NUMBERS.add(fd);
        } catch (OutOfMemoryError e) { // then this thread may wait, but no descriptor is lost
            StandardStreams.close(fd);
            return;
        }
        LockSupport.unpark(PASSING_ON.get());
    }

    @Override
    public void run() {
        Affinity.unpin();
        while (true) {
            Integer fd = NUMBERS.poll();
            if (fd == null) {
                LockSupport.park(this);
            } else {
                passOn(fd);
            }
        }
    }

    private static void passOn(int fd) {
        try {
            POOL.execute(() -> StandardStreams.close(fd));
        } catch (Throwable e) { // no memory for a thread, for instance: the other closes wait behind this one then
            StandardStreams.close(fd);
            Log.error("the threads for closes go on after a failure", e);
        }
    }
}
