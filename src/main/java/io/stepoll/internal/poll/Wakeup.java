package io.stepoll.internal.poll;

import io.stepoll.internal.sys.Descriptors;
import io.stepoll.internal.sys.Errno;
import io.stepoll.internal.sys.Scratch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Ends the sleep of a loop, from any thread, through an eventfd. The eventfd is written only if the loop sleeps, and
 * once per sleep.
 *
 * <p>The loop calls {@code sleeping()}, looks at its inbox a last time, polls, and calls {@code awake()}. A submitter
 * puts its item into the inbox, then calls {@link #wake()}. Each side writes, then reads what the other side has
 * written, in the total order of volatile accesses. So either the submitter sees that the loop is asleep and writes the
 * eventfd, or the loop sees the item and does not sleep.
 *
 * <p>The eventfd is edge-triggered and never read: each write is an edge. The eventfd's counter does not fill up within
 * the life of a machine (2^64 - 1 writes).
 */
public class Wakeup implements Runnable {
    /* state:
     *   AWAKE    the loop will look at its inbox before it sleeps; nothing to do
     *   ASLEEP   the loop sleeps, is about to sleep, or is outside of its step; the thread that sets AWAKE writes the
     *            eventfd
     *   CLOSED   for good; the eventfd may be closed, and its number may already belong to another descriptor */
    private static final int AWAKE = 0;
    private static final int ASLEEP = 1;
    private static final int CLOSED = 2;

    private final AtomicInteger state = new AtomicInteger(ASLEEP);

    /** How many submitters have decided to write and have not finished. The eventfd stays open for them. */
    private final AtomicInteger writers = new AtomicInteger();

    private final AtomicLong writes = new AtomicLong();
    private final int fd;

    Wakeup(int fd) {
        this.fd = fd;
    }

    /** From now on, until {@link #awake()}, a submitter has to wake the loop. */
    public void sleeping() {
        state.set(ASLEEP);
    }

    /** The loop runs, and will look at its inbox before it sleeps again. */
    public void awake() {
        state.setRelease(AWAKE);
    }

    /** Ends the loop's sleep, if it sleeps. May be called from any thread. */
    public void wake() {
        if (state.get() != ASLEEP) {
            return;
        }
        writers.incrementAndGet();
        try {
            if (state.compareAndSet(ASLEEP, AWAKE)) {
                writeEventfd();
                writes.incrementAndGet();
            }
        } finally {
            writers.decrementAndGet();
        }
    }

    /** Calls {@link #wake()}, for callers that do not know this class. */
    @Override
    public void run() {
        wake();
    }

    /** Whether a thread has ended the sleep that {@link #sleeping()} began. */
    public boolean isWoken() {
        return state.get() != ASLEEP;
    }

    /** How many times the eventfd was written. May be called from any thread. */
    public long writes() {
        return writes.get();
    }

    int fd() {
        return fd;
    }

    void close() {
        state.set(CLOSED);
        while (writers.get() != 0) {
            Thread.onSpinWait(); // for the length of one write(2)
        }
        closeEventfd();
    }

    /** A method, like {@link #closeEventfd}, so that tests can watch the order of the two. */
    void writeEventfd() {
        int result;
        do {
            result = Descriptors.eventfdWrite(fd);
            // Otherwise it fails only if closed behind the loop's back, or if a filter forbids this thread write(2).
        } while (result == -Errno.EINTR);
    }

    /**
     * Writes 0 to an eventfd, which wakes nobody. A loop that cannot be woken should not be opened.
     *
     * @return 0, or {@code -errno} of write(2)
     */
    static int tryWrite(int eventfd) {
        try (Scratch zero = new Scratch(Long.BYTES)) {
            int result;
            do {
                result = Descriptors.write(eventfd, zero.address(), Long.BYTES);
            } while (result == -Errno.EINTR);
            return Math.min(result, 0);
        }
    }

    void closeEventfd() {
        Descriptors.close(fd);
    }
}
