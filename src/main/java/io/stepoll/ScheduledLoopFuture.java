package io.stepoll;

import io.stepoll.internal.timer.TimerQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.Delayed;
import java.util.concurrent.RunnableScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What an executor runs when its time has come, once or again and again. It may be cancelled, and taken back, by any
 * thread; the rest happens on the loop's.
 */
final class ScheduledLoopFuture<V> extends LoopFuture<V> implements RunnableScheduledFuture<V> {
    /** Instead of a period: it runs once. */
    static final long ONCE = 0;

    /* state:
     *   WAITING  for its time
     *   RUNNING  on the loop's thread, which alone leads out of here: to WAITING again if it is periodic
     *   ENDED    it will not run again, and the executor no longer counts it */
    private static final int WAITING = 0;
    private static final int RUNNING = 1;
    private static final int ENDED = 2;

    /** Its place in the executor's queue. */
    static final class Place extends TimerQueue.Entry {
        final ScheduledLoopFuture<?> future;
        long dueSequence;

        private Place(ScheduledLoopFuture<?> future) {
            this.future = future;
        }
    }

    final Place place = new Place(this);

    /** No other of its executor has it. */
    final long number;

    private final LoopExecutor executor;
    private final AtomicInteger state = new AtomicInteger(WAITING);
    /** From begin to begin; negated, from a run's end to the begin of the next. */
    private final long periodNanos;

    private volatile long deadlineNanos;

    ScheduledLoopFuture(LoopExecutor executor, long number, Callable<V> body, long deadlineNanos, long periodNanos) {
        super(executor.reactor, body);
        this.number = number;
        this.executor = executor;
        this.deadlineNanos = deadlineNanos;
        this.periodNanos = periodNanos;
    }

    long deadlineNanos() {
        return deadlineNanos;
    }

    @Override
    public boolean isPeriodic() {
        return periodNanos != ONCE;
    }

    @Override
    public long getDelay(TimeUnit unit) {
        return unit.convert(deadlineNanos - reactor.clock.nanoTime(), TimeUnit.NANOSECONDS);
    }

    @Override
    public int compareTo(Delayed other) {
        return Long.compare(getDelay(TimeUnit.NANOSECONDS), other.getDelay(TimeUnit.NANOSECONDS));
    }

    /** On the loop's thread: its time has come. */
    void fire() {
        if (!state.compareAndSet(WAITING, RUNNING)) {
            return;
        }
        if (isPeriodic()) {
            if (runAndReset()) {
                waitAgain();
                return;
            }
        } else {
            run();
        }
        state.set(ENDED);
        executor.ended(this);
    }

    private void waitAgain() {
        long from = periodNanos > 0 ? deadlineNanos : reactor.clock.nanoTime();
        deadlineNanos = Reactor.plus(from, Math.abs(periodNanos));
        state.set(WAITING);
        if (isDone()) {
            end(); // cancelled while it ran
        } else {
            executor.insert(this);
        }
    }

    boolean hasEnded() {
        return state.get() == ENDED;
    }

    /** It will not run any more, if it does not run just now. Returns whether that was this call's doing. */
    boolean end() {
        if (!state.compareAndSet(WAITING, ENDED)) {
            return false;
        }
        executor.ended(this);
        return true;
    }

    @Override
    public boolean cancel(boolean mayInterrupt) {
        boolean cancelled = super.cancel(mayInterrupt);
        if (cancelled) {
            end();
        }
        return cancelled;
    }

    /** Whoever lets something run again and again seldom looks at its future. */
    @Override
    protected void setException(Throwable thrown) {
        super.setException(thrown);
        if (isPeriodic()) {
            reactor.failures.callbackFailed(this, thrown);
        }
    }
}
