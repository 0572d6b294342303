package io.stepoll;

import java.io.InterruptedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;

/**
 * Work that blocks its thread, on another one, while the task that wants its result waits. An interrupt of the task is
 * passed on, and the task goes on waiting until the work has ended, so that nobody loses what it came to.
 */
final class Offload<T> implements Runnable {
    /* state, under the monitor of this, which is held for a moment only:
     *   QUEUED     the work has not begun
     *   RUNNING    it runs, on the worker
     *   ENDED      with a value or an exception
     *   WITHDRAWN  it will never begin */
    private enum State {
        QUEUED,
        RUNNING,
        ENDED,
        WITHDRAWN
    }

    private final Reactor reactor;
    private final Callable<? extends T> work;
    private final CountDownLatch ended = new CountDownLatch(1);
    private State state = State.QUEUED;
    private Thread worker;
    private T value;
    private Throwable thrown;

    private Offload(Reactor reactor, Callable<? extends T> work) {
        this.reactor = reactor;
        this.work = work;
    }

    /** In a task. */
    static <T> T call(Reactor reactor, Executor executor, Callable<? extends T> work)
            throws InterruptedException, ExecutionException {
        reactor.thread.suspension(reactor, "offload");
        if (Thread.interrupted()) {
            throw new InterruptedException("offload");
        }
        Offload<T> offload = new Offload<>(reactor, work);
        try (VirtualClock.Hold _ = reactor.clock.hold()) {
            executor.execute(offload);
            return offload.result(offload.await());
        }
    }

    /** Returns whether the task was interrupted meanwhile. */
    private boolean await() throws InterruptedException {
        boolean interrupted = false;
        for (;;) {
            try {
                ended.await();
                return interrupted;
            } catch (InterruptedException e) {
                if (interrupt()) {
                    throw e;
                }
                interrupted = true;
            }
        }
    }

    /** Passes an interrupt on. Returns whether the work had not begun, and never will. */
    private synchronized boolean interrupt() {
        if (state == State.QUEUED) {
            state = State.WITHDRAWN;
        } else if (state == State.RUNNING) {
            worker.interrupt();
        }
        return state == State.WITHDRAWN;
    }

    private T result(boolean interrupted) throws InterruptedException, ExecutionException {
        if (interrupted) {
            if (thrown instanceof InterruptedException || thrown instanceof InterruptedIOException
                    || thrown instanceof ClosedByInterruptException) {
                InterruptedException end = new InterruptedException("offload");
                end.initCause(thrown);
                throw end;
            }
            Thread.currentThread().interrupt(); // the work did not mind; the next wait will
        }
        if (thrown != null) {
            throw new ExecutionException(thrown);
        }
        return value;
    }

    /** On the thread of the executor. */
    @Override
    public void run() {
        if (!begin()) {
            return;
        }
        try {
            if (reactor.thread.isCurrent()) {
                throw new IllegalStateException("offload: the executor runs on the loop itself, which would block");
            }
            value = work.call();
        } catch (Throwable e) {
            thrown = e;
        }
        end();
        ended.countDown();
    }

    private synchronized boolean begin() {
        if (state != State.QUEUED) {
            return false;
        }
        state = State.RUNNING;
        worker = Thread.currentThread();
        return true;
    }

    /** From here on no interrupt comes that was meant for the work. One that came is not for the thread's next. */
    private synchronized void end() {
        state = State.ENDED;
        worker = null;
        Thread.interrupted();
    }
}
