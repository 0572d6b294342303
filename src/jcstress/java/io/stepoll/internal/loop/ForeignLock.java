package io.stepoll.internal.loop;

import java.util.concurrent.locks.ReentrantLock;

/** A lock that the other actor holds when it meets the loop. The loop's callbacks need the lock, too. */
abstract class ForeignLock {
    private volatile boolean held;

    /** The owner unparks the callback that waits, and so resumes it itself. */
    static final class Parking extends ForeignLock {
        private final ReentrantLock lock = new ReentrantLock();

        @Override
        void locked(Runnable code) {
            lock.lock();
            try {
                code.run();
            } finally {
                lock.unlock();
            }
        }
    }

    /** As {@link Parking}, but an interrupt ends the wait. Then the code does not run. */
    static final class Interruptible extends ForeignLock {
        private final ReentrantLock lock = new ReentrantLock();

        @Override
        void locked(Runnable code) {
            try {
                lock.lockInterruptibly();
            } catch (InterruptedException e) {
                return;
            }
            try {
                code.run();
            } finally {
                lock.unlock();
            }
        }
    }

    /** A monitor. A thread of the JDK resumes the callback that waits. */
    static final class Blocking extends ForeignLock {
        @Override
        synchronized void locked(Runnable code) {
            code.run();
        }
    }

    /** Runs the code with the lock. */
    abstract void locked(Runnable code);

    /** The other actor: holds the lock while the code runs. */
    void hold(Runnable code) {
        locked(() -> {
            held = true;
            code.run();
        });
    }

    /** The loop's actor: waits until the other actor holds the lock. */
    void awaitHeld() {
        for (int spins = 1; !held; spins++) {
            MeetingClock.spinOrYield(spins);
        }
    }
}
