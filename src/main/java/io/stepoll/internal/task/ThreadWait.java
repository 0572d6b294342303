package io.stepoll.internal.task;

import io.stepoll.EventLoop;
import io.stepoll.internal.sys.RunningLoops;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * How any thread waits for what another thread does. A virtual thread on a loop waits by its {@link TaskWait}, and by
 * the loop's time. Any other thread parks, and goes by {@link System#nanoTime}; in place of its wait there is null.
 */
public final class ThreadWait {
    private ThreadWait() {}

    /**
     * An operation begins that may have to wait. In a task it counts against the budget, and may yield first.
     *
     * @param call for messages
     * @return the wait of the current thread; null if the thread is on no loop
     * @throws InterruptedException if the thread has been interrupted
     * @throws IllegalStateException in a callback, which must not wait
     */
    public static TaskWait operationBegins(String call) throws InterruptedException {
        TaskWait task = current(call);
        if (task != null) {
            task.operationBegins(call);
        } else if (Thread.interrupted()) {
            throw new InterruptedException(call);
        }
        return task;
    }

    private static TaskWait current(String call) {
        Thread current = Thread.currentThread();
        if (current.getUncaughtExceptionHandler() instanceof TaskWait own && own.thread() == current) {
            return own.tasks.reactor.thread().isClosed() ? null : own; // after the close it is on a thread of its own
        }
        return RunningLoops.current() instanceof TaskLoop loop ? loop.tasks().current(call) : null;
    }

    /** The deadline after a timeout from now; {@link EventLoop#NO_DEADLINE} for one of more than 292 years. */
    public static long deadlineNanos(TaskWait task, Duration timeout) {
        if (task != null) {
            return task.tasks.reactor.deadlineNanos(timeout);
        }
        long nanos = TimeUnit.NANOSECONDS.convert(timeout);
        return nanos == Long.MAX_VALUE ? EventLoop.NO_DEADLINE : System.nanoTime() + Math.max(0, nanos);
    }

    /**
     * Waits until the condition is true; see {@link TaskWait#await(String, BooleanSupplier, Object, long)}.
     *
     * @param task what {@link #operationBegins} has returned
     */
    public static boolean await(TaskWait task, String call, BooleanSupplier condition, Object blocker,
            long deadlineNanos) throws InterruptedException {
        if (task != null) {
            return task.await(call, condition, blocker, deadlineNanos);
        }
        while (!condition.getAsBoolean()) {
            if (Thread.interrupted()) {
                throw new InterruptedException(call);
            }
            if (deadlineNanos == EventLoop.NO_DEADLINE) {
                LockSupport.park(blocker);
                continue;
            }
            long leftNanos = deadlineNanos - System.nanoTime();
            if (leftNanos <= 0) {
                return condition.getAsBoolean();
            }
            LockSupport.parkNanos(blocker, leftNanos);
        }
        return true;
    }
}
