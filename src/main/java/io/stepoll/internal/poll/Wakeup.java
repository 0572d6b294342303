package io.stepoll.internal.poll;

import io.stepoll.internal.sys.Descriptors;
import io.stepoll.internal.sys.Errno;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Ends the sleep of a loop, from any thread, by an eventfd that is written only when the loop sleeps: once a sleep.
 *
 * <p>The loop: {@code sleeping()}, then a last look at its inbox, then the poll, then {@code awake()}.
 * A submitter: its item into the inbox, then {@link #wake()}. Both sides write, then read what the other wrote, in
 * the total order of volatile accesses: either the submitter sees the loop asleep and writes the eventfd, or the loop
 * sees the item and does not sleep.
 *
 * <p>The eventfd is edge-triggered and never read: each write is an edge of its own, and its counter does not fill up
 * within the life of a machine (2^64 - 1 writes).
 */
public class Wakeup implements Runnable {
    /* state:
     *   AWAKE    the loop will look at its inbox before it sleeps; nothing to do
     *   ASLEEP   it sleeps or is about to, or control is outside of its step: whoever sets AWAKE writes the eventfd
     *   CLOSED   for good; the eventfd may be closed, or already be another's descriptor */
    private static final int AWAKE = 0;
    private static final int ASLEEP = 1;
    private static final int CLOSED = 2;

    private final AtomicInteger state = new AtomicInteger(ASLEEP);

    /** Submitters between their decision to write and the end of the write; the eventfd outlives them. */
    private final AtomicInteger writers = new AtomicInteger();

    private final AtomicInteger writes = new AtomicInteger();
    private final int fd;

    Wakeup(int fd) {
        this.fd = fd;
    }

    /** From here on until {@link #awake()} the loop must be woken. */
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

    /** {@link #wake()}, as one who knows no epoll calls it. */
    @Override
    public void run() {
        wake();
    }

    /** Whether somebody has ended the sleep that {@link #sleeping()} began. */
    public boolean isWoken() {
        return state.get() != ASLEEP;
    }

    /** How many times the eventfd was written. May be called from any thread. */
    public int writes() {
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

    /** Apart, as the next, for tests that watch in what order they come. */
    void writeEventfd() {
        int result;
        do {
            result = Descriptors.eventfdWrite(fd); // fails else only where the eventfd was closed behind our back
        } while (result == -Errno.EINTR);
    }

    void closeEventfd() {
        Descriptors.close(fd);
    }
}
