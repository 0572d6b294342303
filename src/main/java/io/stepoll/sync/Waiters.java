package io.stepoll.sync;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * The threads that wait, first come first served. Another thread grants one of them what it waits for, as a number. A
 * thread may give up; then its grant goes to the next. Nobody waits for a lock, or for a thread that was held up.
 *
 * <p>A few waiters have places that are used again and again, so that they cost no allocation. Waiters beyond these are
 * in a linked queue. Whoever comes while that queue has somebody goes behind it. A waiter in a place that gives up
 * stays there as long as somebody waits before it. Its place is free afterwards.
 */
final class Waiters {
    /** How many waiters have places. A channel mostly has one receiver, and seldom more of them than that. */
    private static final int PLACES = 16;

    private static final int WITHOUT_PLACE = -1;

    /** A thread that waits. The condition is true as soon as it waits no more. */
    static final class Waiter implements BooleanSupplier {
        /* state:
         *   WAITING        it waits
         *   GIVEN_UP       the thread does not want it any more
         *   anything else  what it was granted */
        private static final int WAITING = Integer.MIN_VALUE;
        private static final int GIVEN_UP = Integer.MIN_VALUE + 1;

        private static final AtomicIntegerFieldUpdater<Waiter> STATE =
                AtomicIntegerFieldUpdater.newUpdater(Waiter.class, "state");

        private final int place;
        private volatile @Nullable Thread thread;
        private volatile int state;
        private long round;

        private Waiter(int place) {
            this.place = place;
        }

        private void begin(long newRound) {
            thread = Thread.currentThread();
            round = newRound;
            state = WAITING;
        }

        private boolean grant(int what) {
            Thread waiting = thread; // read before the grant: afterwards the place may be another thread's
            if (!STATE.compareAndSet(this, WAITING, what)) {
                return false;
            }
            LockSupport.unpark(waiting);
            return true;
        }

        @Override
        public boolean getAsBoolean() {
            return state != WAITING;
        }
    }

    private final IndexRing queue = new IndexRing(PLACES);
    private final IndexStack free = new IndexStack(PLACES);
    private final Waiter[] placed = new Waiter[PLACES];
    private final ConcurrentLinkedQueue<Waiter> further = new ConcurrentLinkedQueue<>();

    private final IntPredicate hasGivenUp = place -> placed[place].state == Waiter.GIVEN_UP;

    /** How often all were granted something at once. */
    private final AtomicLong rounds = new AtomicLong();

    /** The current thread waits from now on. It is to look once more, after this, whether it has to. */
    Waiter enter() {
        long round = rounds.get();
        int place = further.isEmpty() ? free.pop() : IndexStack.EMPTY;
        if (place == IndexStack.EMPTY) {
            Waiter waiter = new Waiter(WITHOUT_PLACE);
            waiter.begin(round);
            further.add(waiter);
            return waiter;
        }
        Waiter waiter = placed[place];
        if (waiter == null) {
            waiter = firstIn(place);
        }
        waiter.begin(round);
        queue.add(place);
        return waiter;
    }

    private Waiter firstIn(int place) {
        try {
            Waiter first = new Waiter(place);
            placed[place] = first;
            return first;
        } catch (OutOfMemoryError full) {
            free.push(place);
            throw full;
        }
    }

    /**
     * The waiter does not want it any more. In its thread.
     *
     * @return false if it was granted before: {@link #leave} has what
     */
    boolean giveUp(Waiter waiter) {
        waiter.thread = null; // while the place is this thread's
        if (!Waiter.STATE.compareAndSet(waiter, Waiter.WAITING, Waiter.GIVEN_UP)) {
            return false;
        }
        if (waiter.place == WITHOUT_PLACE) {
            further.remove(waiter);
        } else {
            freeFirst();
        }
        return true;
    }

    /** Frees the places of those that have given up, as far as nobody waits before them. */
    private void freeFirst() {
        int place = queue.pollIf(hasGivenUp);
        while (place >= 0) {
            free.push(place);
            place = queue.pollIf(hasGivenUp);
        }
    }

    /** The waiter goes. In its thread. Returns what it was granted. */
    int leave(Waiter waiter) {
        int granted = waiter.state;
        if (waiter.place != WITHOUT_PLACE) {
            waiter.thread = null;
            free.push(waiter.place);
        }
        return granted;
    }

    /** Whether nobody waits. Somebody who has given up may still count. */
    boolean isEmpty() {
        return queue.isEmpty() && further.isEmpty();
    }

    /** How many waiters there are, those with a place that have given up included. For tests. */
    int size() {
        return PLACES - free.size() + further.size();
    }

    /**
     * Grants something to the one who has waited longest.
     *
     * @return false if nobody waits
     */
    boolean grant(int what) {
        Waiter next = next();
        while (next != null) {
            if (grant(next, what)) {
                return true;
            }
            next = next();
        }
        return false;
    }

    /** Grants something to all who wait. Of those who come meanwhile, at most a few get it. */
    void grantAll(int what) {
        long round = rounds.incrementAndGet();
        Waiter next = next();
        while (next != null) {
            boolean isNew = next.round >= round;
            if (grant(next, what) && isNew) {
                return;
            }
            next = next();
        }
    }

    private Waiter next() {
        int place = queue.poll();
        return place >= 0 ? placed[place] : further.poll();
    }

    private boolean grant(Waiter waiter, int what) {
        if (waiter.grant(what)) {
            return true;
        }
        if (waiter.place != WITHOUT_PLACE) {
            free.push(waiter.place);
        }
        return false;
    }
}
