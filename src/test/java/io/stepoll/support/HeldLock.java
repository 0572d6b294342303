package io.stepoll.support;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.ReentrantLock;

/** A lock that a platform thread holds from the beginning until {@link #release}. */
public final class HeldLock implements AutoCloseable {
    private final Object monitor = new Object();
    private final ReentrantLock lock = new ReentrantLock();
    private final CountDownLatch held = new CountDownLatch(1);
    private final CountDownLatch released = new CountDownLatch(1);
    private volatile Thread waiter;

    public HeldLock() throws InterruptedException {
        Thread.ofPlatform().name("holder of a lock").start(this::hold);
        held.await();
    }

    private void hold() {
        lock.lock();
        try {
            synchronized (monitor) {
                held.countDown();
                released.await();
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        } finally {
            lock.unlock();
        }
    }

    /** Waits for the monitor. An interrupt does not end that. */
    public void await() {
        waiter = Thread.currentThread();
        synchronized (monitor) {
            waiter = null;
        }
    }

    /** Waits for the lock, until an interrupt. */
    public void awaitInterruptibly() throws InterruptedException {
        waiter = Thread.currentThread();
        lock.lockInterruptibly();
        lock.unlock();
    }

    public void release() {
        released.countDown();
    }

    /** Releases the lock, on another thread, once a thread waits for the lock. */
    public void releaseOnceAwaited() {
        Thread.ofPlatform().start(() -> {
            for (Thread now = waiter; now == null || !isParked(now); now = waiter) {
                Thread.onSpinWait();
            }
            release();
        });
    }

    private static boolean isParked(Thread thread) {
        return thread.getState() == Thread.State.BLOCKED || thread.getState() == Thread.State.WAITING;
    }

    @Override
    public void close() {
        release();
    }
}
