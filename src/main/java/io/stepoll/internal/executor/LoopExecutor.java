package io.stepoll.internal.executor;

import io.stepoll.internal.reactor.Deadline;
import io.stepoll.internal.reactor.Reactor;
import io.stepoll.internal.sched.Scheduler;
import io.stepoll.internal.timer.TimerQueue;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.RunnableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A loop as an executor of callbacks, which can be shut down while the loop goes on.
 *
 * <p>Users of an executor expect the earliest deadline first, and of equal deadlines the one that was scheduled first.
 * The loop's timers run newest first. So the executor has a queue of its own, which one timer of the loop serves.
 */
public final class LoopExecutor extends AbstractExecutorService implements ScheduledExecutorService {
    private static final Comparator<ScheduledLoopFuture.Place> EARLIEST_FIRST =
            Comparator.<ScheduledLoopFuture.Place>comparingLong(place -> place.future.deadlineNanos())
                    .thenComparingLong(place -> place.dueSequence);

    private static final int FEW = 16;

    private static final AtomicLong LAST_NUMBER = new AtomicLong();

    final Reactor reactor;
    private final long number = LAST_NUMBER.incrementAndGet();
    private final Scheduler scheduler;
    private final Set<LoopExecutor> siblings;

    /** How many items were accepted and have neither ended nor been returned. */
    private final AtomicInteger unfinished = new AtomicInteger();

    private final CountDownLatch terminated = new CountDownLatch(1);
    private volatile boolean shutdown;
    private volatile boolean shutdownNow;

    /** Numbers what is scheduled. */
    private final AtomicLong numbers = new AtomicLong();

    /**
     * What is scheduled and has not ended, for any thread. Without a lock: callbacks and tasks would wait for it in
     * turn.
     */
    private final Set<ScheduledLoopFuture<?>> scheduled =
            new ConcurrentSkipListSet<>(Comparator.comparingLong(future -> future.number));

    /* For the loop's thread. */
    private final TimerQueue queue = new TimerQueue();
    private final Alarm alarm = new Alarm();

    /**
     * @param siblings the loop's executors that have not terminated; the loop's close ends them
     */
    public LoopExecutor(Reactor reactor, Scheduler scheduler, Set<LoopExecutor> siblings) {
        this.reactor = reactor;
        this.scheduler = scheduler;
        this.siblings = siblings;
        siblings.add(this);
        if (reactor.thread().isClosing()) {
            loopClosed();
        }
    }

    /** A number that no other executor has. */
    public long number() {
        return number;
    }

    /** An item that was executed and has not begun. */
    private final class Queued implements Runnable {
        private final AtomicBoolean taken = new AtomicBoolean();
        private final Runnable command;

        Queued(Runnable command) {
            this.command = command;
        }

        LoopExecutor executor() {
            return LoopExecutor.this;
        }

        @Override
        public void run() {
            if (taken.compareAndSet(false, true)) {
                reactor.runGuarded(command);
                leave();
            }
        }
    }

    /** The loop's timer for the earliest of the items that are scheduled. */
    private final class Alarm extends Deadline implements TimerQueue.DueSink<ScheduledLoopFuture.Place> {
        /** Empty but while this fires. There is room for a few from the first on, so a full heap stops nothing. */
        private final ArrayList<ScheduledLoopFuture.Place> due = new ArrayList<>(FEW);

        /** What finds no memory stays in the queue, and comes later. Only the order of a few may suffer. */
        @Override
        protected void fire() {
            try {
                queue.takeDue(reactor.deadlineNanos(0), this);
                due.sort(EARLIEST_FIRST);
            } catch (OutOfMemoryError full) {
                // The rest stays in the queue, or what is due is not all in order.
            }
            for (int i = 0; i < due.size(); i++) { // without an iterator, which would need memory
                ScheduledLoopFuture.Place place = due.get(i);
                queue.claim(place, place.dueSequence);
                run(place);
            }
            due.clear();
            setAlarm(); // the loop's queue has kept room for it
        }

        /** As a callback of its own, as it may wait for a lock. */
        private void run(ScheduledLoopFuture.Place place) {
            try {
                scheduler.add(place);
            } catch (OutOfMemoryError full) { // once more in the next step; the queue has kept room for it
                queue.add(place, place.future.deadlineNanos());
            }
        }

        @Override
        public void prepare(long deadlineNanos) {
            due.ensureCapacity(due.size() + 1);
        }

        @Override
        public void add(long sequence, ScheduledLoopFuture.Place place) {
            place.dueSequence = sequence;
            due.add(place);
        }

        @Override
        protected void abandon() {
            cancelScheduled();
        }
    }

    /** Accepts one item, or refuses. */
    private void enter() {
        unfinished.incrementAndGet();
        if (shutdown || reactor.thread().isClosing()) {
            leave();
            throw rejected();
        }
        if (scheduler.refusesSubmits()) {
            leave();
            throw reactor.thread().inboxFull();
        }
    }

    private RejectedExecutionException rejected() {
        return new RejectedExecutionException(this + (reactor.thread().isClosing() ? ": the loop is closed"
                : " was shut down"));
    }

    private void leave() {
        if (unfinished.decrementAndGet() == 0 && shutdown) {
            terminate();
        }
    }

    private void terminate() {
        siblings.remove(this);
        terminated.countDown();
    }

    @Override
    public void execute(Runnable command) {
        Objects.requireNonNull(command, "command");
        enter();
        boolean added;
        try {
            added = scheduler.add(new Queued(command));
        } catch (OutOfMemoryError full) {
            leave();
            throw full;
        }
        if (!added) {
            leave();
            throw rejected();
        }
    }

    @Override
    protected <T> RunnableFuture<T> newTaskFor(Callable<T> callable) {
        return new LoopFuture<>(reactor, callable);
    }

    @Override
    protected <T> RunnableFuture<T> newTaskFor(Runnable runnable, T value) {
        return new LoopFuture<>(reactor, Executors.callable(runnable, value));
    }

    @Override
    public ScheduledFuture<?> schedule(Runnable command, long delay, TimeUnit unit) {
        return schedule(Executors.callable(command), unit.toNanos(delay), ScheduledLoopFuture.ONCE);
    }

    @Override
    public <V> ScheduledFuture<V> schedule(Callable<V> callable, long delay, TimeUnit unit) {
        return schedule(Objects.requireNonNull(callable, "callable"), unit.toNanos(delay), ScheduledLoopFuture.ONCE);
    }

    @Override
    public ScheduledFuture<?> scheduleAtFixedRate(Runnable command, long initialDelay, long period, TimeUnit unit) {
        return schedule(Executors.callable(command), unit.toNanos(initialDelay), positive("period", period, unit));
    }

    @Override
    public ScheduledFuture<?> scheduleWithFixedDelay(Runnable command, long initialDelay, long delay, TimeUnit unit) {
        return schedule(Executors.callable(command), unit.toNanos(initialDelay), -positive("delay", delay, unit));
    }

    private static long positive(String what, long value, TimeUnit unit) {
        if (value <= 0) {
            throw new IllegalArgumentException("a " + what + " must be more than 0: " + value);
        }
        return unit.toNanos(value);
    }

    private <V> ScheduledFuture<V> schedule(Callable<V> body, long delayNanos, long periodNanos) {
        ScheduledLoopFuture<V> future = new ScheduledLoopFuture<>(this, numbers.getAndIncrement(), body,
                reactor.deadlineNanos(delayNanos), periodNanos);
        enter();
        boolean accepted;
        try {
            scheduled.add(future);
            boolean refused = shutdownNow || shutdown && future.isPeriodic(); // shut down since enter() asked
            accepted = !refused && onLoop(() -> insert(future));
        } catch (OutOfMemoryError full) {
            future.end();
            throw full;
        }
        if (!accepted && future.end()) {
            throw rejected();
        }
        return future;
    }

    /** Returns false if the loop is closed. */
    private boolean onLoop(Runnable change) {
        if (reactor.thread().isCarrierOrTask()) {
            change.run();
            return true;
        }
        return reactor.change(change);
    }

    /** On the loop's thread. */
    void insert(ScheduledLoopFuture<?> future) {
        if (reactor.thread().isClosing()) {
            future.cancel(false);
        } else if (!future.hasEnded()) { // it may have on its way here
            try {
                queue.add(future.place, future.deadlineNanos());
                setAlarm();
            } catch (OutOfMemoryError full) { // it would never run
                future.fail(full);
            }
        }
    }

    /** The future will not run any more. From any thread. */
    void ended(ScheduledLoopFuture<?> future) {
        try {
            scheduled.remove(future);
            onLoop(() -> {
                if (queue.cancel(future.place)) {
                    setAlarm();
                }
            });
        } finally { // a full heap leaves behind what does nothing any more
            leave();
        }
    }

    private void setAlarm() {
        if (reactor.thread().isClosing()) {
            return;
        }
        long earliestNanos = queue.earliestDeadlineNanos();
        if (earliestNanos == TimerQueue.NONE) {
            reactor.unschedule(alarm);
        } else {
            reactor.schedule(alarm, earliestNanos);
        }
    }

    private void cancelScheduled() {
        scheduled.forEach(future -> future.cancel(false));
    }

    @Override
    public void shutdown() {
        shutdown = true;
        for (ScheduledLoopFuture<?> future : scheduled) {
            if (future.isPeriodic()) {
                future.cancel(false);
            }
        }
        if (unfinished.get() == 0) {
            terminate();
        }
    }

    @Override
    public List<Runnable> shutdownNow() {
        shutdownNow = true;
        shutdown = true;
        List<Runnable> notBegun = new ArrayList<>();
        scheduler.forEachQueued(item -> {
            if (item instanceof Queued queued && queued.executor() == this && queued.taken.compareAndSet(false, true)) {
                notBegun.add(queued.command);
                leave();
            }
        });
        for (ScheduledLoopFuture<?> future : scheduled) {
            if (future.end()) {
                notBegun.add(future);
            }
        }
        shutdown();
        return notBegun;
    }

    /** The loop is closed, and all that was queued has run. */
    public void loopClosed() {
        shutdown = true;
        cancelScheduled();
        shutdown();
    }

    @Override
    public boolean isShutdown() {
        return shutdown;
    }

    @Override
    public boolean isTerminated() {
        return terminated.getCount() == 0;
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
        if (!isTerminated()) {
            reactor.thread().checkMayWait("awaitTermination");
        }
        return terminated.await(timeout, unit);
    }

    @Override
    public <T> List<Future<T>> invokeAll(Collection<? extends Callable<T>> tasks) throws InterruptedException {
        reactor.thread().checkMayWait("invokeAll");
        return super.invokeAll(tasks);
    }

    @Override
    public <T> List<Future<T>> invokeAll(Collection<? extends Callable<T>> tasks, long timeout, TimeUnit unit)
            throws InterruptedException {
        reactor.thread().checkMayWait("invokeAll");
        return super.invokeAll(tasks, timeout, unit);
    }

    @Override
    public <T> T invokeAny(Collection<? extends Callable<T>> tasks) throws InterruptedException, ExecutionException {
        reactor.thread().checkMayWait("invokeAny");
        return super.invokeAny(tasks);
    }

    @Override
    public <T> T invokeAny(Collection<? extends Callable<T>> tasks, long timeout, TimeUnit unit)
            throws InterruptedException, ExecutionException, TimeoutException {
        reactor.thread().checkMayWait("invokeAny");
        return super.invokeAny(tasks, timeout, unit);
    }

    @Override
    public String toString() {
        return "the executor of " + reactor.name();
    }
}
