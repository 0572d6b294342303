package io.stepoll.internal.executor;

import io.stepoll.internal.time.Nanos;
import io.stepoll.internal.timer.TimerQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.Delayed;
import java.util.concurrent.RunnableScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A callback that an executor runs when its time has come, once or again and again. Any thread may cancel it or take it
 * back; the rest happens on the loop's thread.
 */
final class ScheduledLoopFuture<V> extends LoopFuture<V> implements RunnableScheduledFuture<V> {
    /** In place of a period: it runs once. */
    static final long ONCE = 0;

    /* state:
     *   WAITING  for its time
     *   RUNNING  on the loop's thread, which alone leaves this state: for WAITING again if it is periodic
     *   ENDED    it will not run again, and the executor no longer counts it */
    private static final int WAITING = 0;
    private static final int RUNNING = 1;
    private static final int ENDED = 2;

    /** Its place in the executor's queue. */
    static final class Place extends TimerQueue.Entry implements Runnable {
        final ScheduledLoopFuture<?> future;
        long dueSequence;

        private Place(ScheduledLoopFuture<?> future) {
            this.future = future;
        }

        /** Its time has come, and then its turn. */
        @Override
        public void run() {
            future.fire();
        }
    }

    final Place place = new Place(this);

    /** No other future of its executor has this number. */
    final long number;

    private final LoopExecutor executor;
    private final AtomicInteger state = new AtomicInteger(WAITING);
    /**
     * From the begin of one run to the begin of the next; if negative, from the end of one to the begin of the next.
     */
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
        return unit.convert(deadlineNanos - reactor.clockNanos(), TimeUnit.NANOSECONDS);
    }

    @Override
    public int compareTo(Delayed other) {
        return Long.compare(getDelay(TimeUnit.NANOSECONDS), other.getDelay(TimeUnit.NANOSECONDS));
    }

    /** Its time has come. On the loop's thread. */
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
        long from = periodNanos > 0 ? deadlineNanos : reactor.clockNanos();
        deadlineNanos = Nanos.plus(from, Math.abs(periodNanos));
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

    /** Ends it, unless it runs just now. Returns whether this call has ended it. */
    boolean end() {
        if (!state.compareAndSet(WAITING, ENDED)) {
            return false;
        }
        executor.ended(this);
        return true;
    }

    /** Ends it by an error. On the loop's thread. */
    void fail(Throwable error) {
        setException(error);
        end();
    }

    @Override
    public boolean cancel(boolean mayInterrupt) {
        boolean cancelled = super.cancel(mayInterrupt);
        if (cancelled) {
            end();
        }
        return cancelled;
    }

    /** Few users look at the future of a periodic callback, so its failure is reported as a callback's, too. */
    @Override
    protected void setException(Throwable thrown) {
        super.setException(thrown);
        if (isPeriodic()) {
            reactor.callbackFailed(this, thrown);
        }
    }
}
