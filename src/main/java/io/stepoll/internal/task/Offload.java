package io.stepoll.internal.task;

import io.stepoll.VirtualClock;
import io.stepoll.internal.metrics.LoopCounters;
import java.io.InterruptedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;

/**
 * Work that blocks its thread. Another thread runs it, while the task that wants the result waits. An interrupt of the
 * task is passed on to the work, and the task goes on waiting until the work has ended, so that no result is lost.
 */
public final class Offload<T> implements Runnable {
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

    private final LoopTasks tasks;
    private final Callable<? extends T> work;
    private final CountDownLatch ended = new CountDownLatch(1);
    private State state = State.QUEUED;
    private Thread worker;
    private T value;
    private Throwable thrown;

    private Offload(LoopTasks tasks, Callable<? extends T> work) {
        this.tasks = tasks;
        this.work = work;
    }

    /** In a task. */
    public static <T> T call(LoopTasks tasks, Executor executor, Callable<? extends T> work)
            throws InterruptedException, ExecutionException {
        tasks.current("offload");
        if (Thread.interrupted()) {
            throw new InterruptedException("offload");
        }
        Offload<T> offload = new Offload<>(tasks, work);
        LoopCounters counters = tasks.reactor.counters();
        counters.increment(LoopCounters.OFFLOADS);
        try (VirtualClock.Hold _ = tasks.reactor.holdClock()) {
            executor.execute(offload);
            return offload.result(offload.await());
        } finally {
            if (offload.neverBegins() && !tasks.reactor.thread().isClosed()) { // else this is a late thread
                counters.offloadIsWithdrawn();
            }
        }
    }

    /** Sees to it that the work does not begin if it has not, as the task has gone on. Returns whether that is so. */
    private synchronized boolean neverBegins() {
        if (state == State.QUEUED) {
            state = State.WITHDRAWN; // the executor has thrown, and may have kept the work
        }
        return state == State.WITHDRAWN;
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
            Thread.currentThread().interrupt(); // the work has ignored it; the next wait will not
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
        tasks.reactor.counters().offloadBegins();
        try {
            if (tasks.reactor.thread().isCurrent()) {
                throw new IllegalStateException("offload: the executor runs on the loop itself, which would block");
            }
            value = work.call();
        } catch (Throwable e) {
            thrown = e;
        }
        tasks.reactor.counters().offloadEnds();
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

    /** From now on no interrupt for the work comes. One that has come must not interrupt the thread's next work. */
    private synchronized void end() {
        state = State.ENDED;
        worker = null;
        Thread.interrupted();
    }
}
