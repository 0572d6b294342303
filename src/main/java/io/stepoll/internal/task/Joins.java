package io.stepoll.internal.task;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;

/** What those wait for who join a task: its end. Knows how many of them are about to get the result. */
final class Joins extends CountDownLatch {
    /** Of a task that has ended. */
    static final Joins ENDED = new Joins(0);

    private static final AtomicIntegerFieldUpdater<Joins> JOINERS =
            AtomicIntegerFieldUpdater.newUpdater(Joins.class, "joiners");

    private volatile int joiners;

    private Joins(int count) {
        super(count);
    }

    /** Of a task that has not ended. */
    Joins() {
        this(1);
    }

    /** A thread joins the task: it waits for the end, then takes the result. */
    void begin() {
        JOINERS.incrementAndGet(this);
    }

    /** The thread has taken the result, or waits no more. */
    void end() {
        JOINERS.decrementAndGet(this);
    }

    boolean hasJoiners() {
        return joiners > 0;
    }
}
