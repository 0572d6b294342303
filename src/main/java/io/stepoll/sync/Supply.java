package io.stepoll.sync;

import io.stepoll.EventLoop;
import io.stepoll.internal.task.TaskWait;
import io.stepoll.internal.task.ThreadWait;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import org.jspecify.annotations.Nullable;

/**
 * A number of things that are alike, of which each taker takes one. Takers wait while there is none, and are served in
 * the order in which they came. Without a lock.
 *
 * <p>Whoever brings a thing first puts it down, then looks for somebody who waits. Whoever waits first joins those who
 * wait, then looks for a thing. So one of the two sees the other, and {@link #handOn} brings the thing to the one who
 * has waited longest.
 */
abstract class Supply {
    /** In place of a thing: there is none. */
    static final int NONE = -1;

    /** In place of a thing: the supply is closed. */
    static final int CLOSED = -2;

    private static final AtomicReferenceFieldUpdater<Supply, @Nullable Waiters> WAITERS =
            AtomicReferenceFieldUpdater.newUpdater(Supply.class, Waiters.class, "waiters");

    /** Null until somebody has to wait. */
    private volatile @Nullable Waiters waiters;

    private volatile boolean closed;

    /** Takes a thing, or returns {@link #NONE}. */
    abstract int tryTake();

    /** Puts a thing down. */
    abstract void put(int thing);

    /** {@return a thing, or {@link #NONE}, or {@link #CLOSED}} Does not wait, and so comes before those who do. */
    final int takeNow() {
        return closed ? CLOSED : tryTake();
    }

    /**
     * Takes a thing, and waits while there is none.
     *
     * @param task what {@link ThreadWait#operationBegins} has returned
     * @param call for messages
     * @param blocker what thread dumps show
     * @param timeout how long to wait; null for as long as it takes
     * @return a thing, or {@link #CLOSED}
     * @throws TimeoutException past the timeout
     */
    final int take(TaskWait task, String call, Object blocker, @Nullable Duration timeout)
            throws InterruptedException, TimeoutException {
        if (closed) {
            return CLOSED;
        }
        if (nobodyWaits()) {
            int taken = tryTake();
            if (taken != NONE) {
                return taken;
            }
        }
        long deadlineNanos = timeout == null ? EventLoop.NO_DEADLINE : ThreadWait.deadlineNanos(task, timeout);
        Waiters all = waiters();
        Waiters.Waiter waiter = all.enter();
        handOn();
        boolean granted;
        try {
            granted = ThreadWait.await(task, call, waiter, blocker, deadlineNanos);
        } catch (InterruptedException e) {
            if (all.giveUp(waiter)) {
                throw e;
            }
            Thread.currentThread().interrupt(); // for the next wait: this one is over, and what it got must not be lost
            granted = true;
        } catch (Throwable e) { // the loop closes, or the task is pinned
            if (!all.giveUp(waiter)) {
                bring(all.leave(waiter));
            }
            throw e;
        }
        if (!granted && all.giveUp(waiter)) {
            throw new TimeoutException(call + " on " + blocker + ": timed out");
        }
        return all.leave(waiter);
    }

    private Waiters waiters() {
        Waiters all = waiters;
        if (all == null) {
            WAITERS.compareAndSet(this, null, new Waiters());
            all = waiters;
            assert all != null;
        }
        return all;
    }

    private boolean nobodyWaits() {
        Waiters all = waiters;
        return all == null || all.isEmpty();
    }

    /** Brings a thing: to the one who has waited longest, or else for whoever comes. */
    final void bring(int thing) {
        if (thing != CLOSED) {
            put(thing);
        }
        handOn();
    }

    /** Grants what there is to those who wait. */
    private void handOn() {
        while (!nobodyWaits()) {
            int thing = takeNow();
            if (thing == NONE) {
                return;
            }
            if (!grant(thing) && thing != CLOSED) {
                put(thing); // all have given up, or got theirs from others
            }
        }
    }

    /** Closes the supply, for those who wait and for those who come. */
    final void close() {
        closed = true;
        handOn();
    }

    /** Grants the thing to the one who has waited longest, and to nobody else. Returns false if nobody waits. */
    final boolean grant(int thing) {
        Waiters all = waiters;
        return all != null && all.grant(thing);
    }

    /** Grants a thing to all who wait. */
    final void grantAll(int thing) {
        Waiters all = waiters;
        if (all != null) {
            all.grantAll(thing);
        }
    }
}
