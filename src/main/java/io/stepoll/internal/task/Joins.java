package io.stepoll.internal.task;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.concurrent.locks.LockSupport;

/**
 * What those wait for who join a task: its end. Knows how many of them are about to get the result.
 *
 * <p>The task wakes all who wait. A CountDownLatch would wake the first one, which wakes the next, and so on: a thread
 * whose own loop stands still would hold up all behind it, on other loops too.
 */
final class Joins {
    /** Of a task that has ended. */
    static final Joins ENDED = new Joins();

    static {
        ENDED.ended = true;
    }

    private static final AtomicIntegerFieldUpdater<Joins> JOINERS =
            AtomicIntegerFieldUpdater.newUpdater(Joins.class, "joiners");

    private final ConcurrentLinkedQueue<Thread> waiting = new ConcurrentLinkedQueue<>();
    private volatile boolean ended;
    private volatile int joiners;

    /** Waits for the end. An interrupt counts, even if the end has come as well. From any thread but the task's. */
    void await() throws InterruptedException {
        checkInterrupt();
        Thread current = Thread.currentThread();
        waiting.add(current); // and then the look: the end is set before the threads are woken
        try {
            while (!ended) {
                LockSupport.park(this);
                checkInterrupt();
            }
        } catch (InterruptedException e) {
            waiting.remove(current);
            throw e;
        }
    }

    private static void checkInterrupt() throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException("join");
        }
    }

    /** The task has ended: wakes all who wait. In its thread. */
    void endAll() {
        ended = true;
        for (Thread next = waiting.poll(); next != null; next = waiting.poll()) {
            LockSupport.unpark(next);
        }
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
