package io.stepoll.internal.task;

import io.stepoll.ListenerStoppedException;
import io.stepoll.LoopClosedException;
import io.stepoll.Task;
import io.stepoll.internal.jfr.FlightRecords;
import io.stepoll.internal.jfr.TaskRecord;
import io.stepoll.internal.threads.PollerThreads;
import java.nio.channels.ClosedChannelException;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** A {@link Task}. It is also the wait of its thread. */
public class LoopTask<T> extends TaskWait implements Task<T>, Runnable, Chain.Linked<LoopTask<?>> {
    @SuppressWarnings("rawtypes")
    private static final AtomicLongFieldUpdater<LoopTask> CANCELS =
            AtomicLongFieldUpdater.newUpdater(LoopTask.class, "cancels");

    @SuppressWarnings("rawtypes")
    private static final AtomicReferenceFieldUpdater<LoopTask, TaskFuture> FUTURE =
            AtomicReferenceFieldUpdater.newUpdater(LoopTask.class, TaskFuture.class, "future");

    @SuppressWarnings("rawtypes")
    private static final AtomicReferenceFieldUpdater<LoopTask, Joins> END =
            AtomicReferenceFieldUpdater.newUpdater(LoopTask.class, Joins.class, "end");

    private static final long CANCEL_BEGINS = 1L << Integer.SIZE;
    private static final long SHIELDED = 1L << Integer.SIZE - 1;
    private static final long HELD_BACK = 1L << Integer.SIZE - 2;
    private static final long CANCEL_ENDS = 1;

    private Callable<? extends T> body;
    private volatile State outcome = State.NEW;
    private volatile boolean cancelled;
    private T value;
    private Throwable failure;
    private boolean failed;
    private boolean announced;
    private long begunNanos;
    private volatile UnjoinedFailures.Ticket unjoined;
    private volatile TaskFuture<T> future; // null until somebody asks for it

    /* end: what the joiners wait for.
     *   null         nobody waits
     *   others       made by the first who waits
     *   Joins.ENDED  the task has ended, for good */
    private volatile Joins end;

    /* cancels: how many there were. A cancel takes two steps, and other threads look on in between. One field has all
     * of it, so a cancel is either held back or seen by the shield that begins.
     *   upper half   the cancels that have begun
     *   SHIELDED     a shield holds cancels back
     *   HELD_BACK    it has held one back
     *   the rest     those that have begun and whose interrupt was delivered */
    private volatile long cancels;
    private volatile IllegalStateException pinned;

    /* The neighbours in the loop's list of live tasks. */
    private LoopTask<?> previous;
    private LoopTask<?> next;

    LoopTask(LoopTasks tasks, Callable<? extends T> body) {
        super(tasks);
        this.body = body;
    }

    final void start(String name) {
        Thread thread = makeThread();
        if (name != null) {
            thread.setName(name);
        }
        if (isDaemon()) {
            thread.start();
            return;
        }
        announced = true;
        tasks.reactor.announceWork();
        boolean started = false;
        try {
            thread.start();
            started = true;
        } finally {
            if (!started) {
                tasks.reactor.withdrawWork();
            }
        }
    }

    /** Makes the task's thread, which is not started. */
    final Thread makeThread() {
        PollerThreads.await();
        Thread thread = tasks.scheduler.newThread(this);
        thread.setUncaughtExceptionHandler(this);
        setThread(thread);
        return thread;
    }

    /** The thread's body. */
    @Override
    public final void run() {
        Callable<? extends T> work = body;
        body = null; // so that what the body refers to can be collected once the body ends
        tasks.comes(announced);
        if (!mayBegin()) {
            outcome = State.CANCELLED;
            tasks.settled(outcome);
            try {
                ended();
            } finally {
                endJoins();
            }
            return;
        }
        tasks.begun(this);
        begunNanos = tasks.reactor.nowNanos();
        begins();
        outcome = State.RUNNING;
        TaskRecord record = FlightRecords.taskBegins();
        State end;
        try {
            value = work.call();
            end = State.SUCCEEDED;
        } catch (Throwable thrown) {
            failure = thrown;
            end = endWith(thrown);
        }
        if (end == State.FAILED) {
            FlightRecords.taskFailed(tasks.reactor.name(), failure);
            unjoined = reportFailure();
        }
        if (record != null) {
            record.ends(tasks.reactor.name(), end.name());
        }
        outcome = end;
        if (end != State.SUCCEEDED) {
            tasks.settled(end);
        }
        try {
            ended();
        } finally {
            if (!tasks.reactor.thread().isClosed()) { // else this is a late thread, and nobody reads the list any more
                tasks.ended(this);
            }
            endJoins();
        }
    }

    /** Sees to it that somebody is told. Returns null if that needs no join. */
    private UnjoinedFailures.Ticket reportFailure() {
        try {
            if (pinned != null) {
                failure.addSuppressed(pinned);
            }
            return report(failure);
        } catch (OutOfMemoryError full) { // the task must come to its end
            tasks.failures().callbackFailed(this, failure);
            return null;
        }
    }

    /** Reports a failure. Returns null if that needs no join. */
    UnjoinedFailures.Ticket report(Throwable thrown) {
        return canBeJoined() ? tasks.failures().unjoined(this, thrown, joiners())
                : tasks.failures().unjoinable(this, thrown);
    }

    /** The last act of the task. In its thread. */
    private void endJoins() {
        Joins joins = END.getAndSet(this, Joins.ENDED);
        if (joins != null) {
            joins.endAll();
        }
    }

    /** Whether somebody has the task, to join it. */
    boolean canBeJoined() {
        return true;
    }

    /** Whether somebody waits for the end, and will take the failure. Keeps no reference to the task. */
    BooleanSupplier joiners() {
        return joins()::hasJoiners;
    }

    final Joins joins() {
        Joins joins = end;
        if (joins == null) {
            Joins made = new Joins();
            joins = END.compareAndSet(this, null, made) ? made : end; // else another joiner was first, or the end
        }
        return joins;
    }

    /**
     * Waits until the task, and what depends on it, has come to its end, and the thread has ended. Does not wait by
     * {@link Thread#join}: from JDK 27 on that is the wait for a monitor, and another thread of the JDK ends it, later.
     */
    final void awaitEnd() throws InterruptedException {
        Joins joins = joins();
        if (joins != Joins.ENDED) {
            joins.await();
        }
        while (thread().isAlive()) {
            Thread.yield(); // on another thread than the loop's: the task's is about to end
        }
    }

    /** Whether the body runs. In the task's thread. */
    boolean mayBegin() {
        return !cancelled && !tasks.reactor.thread().isClosing();
    }

    /** Notifies those who depend on the task of its end. In the task's thread. */
    void ended() {
        if (future != null) {
            Thread.interrupted(); // a cancel that came too late must not interrupt what follows
            settle(future);
        }
    }

    /** The end of a task that has thrown this. In the task's thread. */
    private State endWith(Throwable thrown) {
        boolean delivered = (int) cancels() != 0; // read before the interrupt status is
        failed = !(thrown instanceof ListenerStoppedException
                || cancelled && (Interruptions.haveEnded(thrown, false) || hasCloseEnded(thrown)));
        return failed && !(cancelled && Interruptions.haveEnded(thrown, delivered)) ? State.FAILED : State.CANCELLED;
    }

    private boolean hasCloseEnded(Throwable thrown) {
        return tasks.reactor.thread().isClosing() && Interruptions.isAmongCauses(thrown,
                cause -> cause instanceof LoopClosedException || cause instanceof ClosedChannelException);
    }

    /** When the body began, by the loop's time. On the loop's thread. */
    public final long begunNanos() {
        return begunNanos;
    }

    @Override
    public final State state() {
        return outcome;
    }

    @Override
    public final T join() throws InterruptedException, ExecutionException {
        if (Thread.currentThread() == thread()) {
            throw new IllegalStateException("a task cannot join itself");
        }
        if (isDone()) {
            return result();
        }
        tasks.reactor.thread().checkMayWait("join");
        Joins joins = joins();
        joins.begin();
        try {
            awaitEnd();
            return result();
        } catch (InterruptedException e) {
            if (end != Joins.ENDED) {
                throw e;
            }
            Thread.currentThread().interrupt(); // for the next wait: this one is over, and its result must not be lost
            return result();
        } finally {
            joins.end();
        }
    }

    private T result() throws ExecutionException {
        return switch (outcome) {
            case SUCCEEDED -> value;
            case CANCELLED -> throw cancellation();
            default -> throw failed();
        };
    }

    /** The exception for a caller that asks for the result of a cancelled task. */
    final CancellationException cancellation() {
        CancellationException cancellation = new CancellationException(thread() + " was cancelled");
        cancellation.initCause(failure);
        return cancellation;
    }

    private ExecutionException failed() {
        return new ExecutionException(takeFailure());
    }

    /** Whether the task has thrown something else than the end of a wait by a cancel: its cleanup may have failed. */
    final boolean hasFailed() {
        return failed;
    }

    /** The failure of the task. Whoever takes it has joined the task. */
    final Throwable takeFailure() {
        UnjoinedFailures.Ticket ticket = unjoined;
        if (ticket != null) {
            ticket.joined();
        }
        return failure;
    }

    /** The group of the task was closed: a failure that nobody has taken is for whoever joins the task itself. */
    final void waitForJoin() {
        UnjoinedFailures.Ticket ticket = unjoined;
        if (ticket != null) {
            tasks.failures().waitForJoin(ticket);
        }
    }

    /** The result of a task that has succeeded. */
    final T value() {
        return value;
    }

    @Override
    public final CompletableFuture<T> toCompletableFuture() {
        if (future == null) {
            FUTURE.compareAndSet(this, null, new TaskFuture<>(this)); // else another thread was first
        }
        TaskFuture<T> made = future;
        if (isDone()) {
            settle(made); // the task may have ended before the future was made
        }
        return made;
    }

    private void settle(TaskFuture<T> asked) {
        switch (outcome) {
            case SUCCEEDED -> asked.complete(value);
            case CANCELLED -> asked.completeExceptionally(cancellation());
            default -> asked.completeExceptionally(takeFailure());
        }
    }

    /**
     * Ends the wait by which the task, which cannot be unmounted, holds the loop, if that is a wait of the loop's. From
     * the watchdog's thread. Allocates nothing.
     *
     * @param beats the loop's last beat when the watchdog saw the task wait
     * @return false for a wait of the JDK's
     */
    public final boolean endPinnedWait(long beats) {
        Object blocker = LockSupport.getBlocker(thread());
        if (blocker != this && !(blocker instanceof Waitable)) {
            return false;
        }
        endWaitPinnedAt(beats);
        return true;
    }

    /** Interrupts the task, which is pinned and waits in the JDK. From the watchdog's thread. */
    public final void interruptPinned() {
        try {
            Object blocker = LockSupport.getBlocker(thread());
            pinned = pinned(blocker == null ? "the JDK" : Objects.toIdentityString(blocker)); // no code of the user's
        } catch (OutOfMemoryError noMemory) {
            // The interrupt matters more than what the exception says about it.
        }
        thread().interrupt();
    }

    @Override
    public final void cancel() {
        if (!isDone()) {
            cancelled = true;
            if (!isHeldBack()) {
                thread().interrupt();
                CANCELS.getAndAdd(this, CANCEL_ENDS);
            }
        }
    }

    /**
     * Counts a cancel that begins. Returns whether a shield holds it back instead; the close of the loop ends shields.
     */
    private boolean isHeldBack() {
        while (true) {
            long before = cancels;
            boolean shielded = (before & SHIELDED) != 0 && !tasks.reactor.thread().isClosing();
            if (CANCELS.compareAndSet(this, before, shielded ? before | HELD_BACK : before + CANCEL_BEGINS)) {
                return shielded;
            }
        }
    }

    @Override
    final boolean holdCancels() {
        if ((cancels & SHIELDED) != 0) {
            return false;
        }
        CANCELS.getAndAdd(this, SHIELDED);
        while (isUnderWay(cancels())) {
            Thread.yield(); // another thread is about to interrupt this one: that belongs before the shield
        }
        return true;
    }

    @Override
    final void releaseCancels() {
        long before = cancels;
        while (!CANCELS.compareAndSet(this, before, released(before))) {
            before = cancels;
        }
        if ((before & HELD_BACK) != 0) {
            Thread.currentThread().interrupt();
            CANCELS.getAndAdd(this, CANCEL_ENDS);
        }
    }

    private static long released(long held) {
        long open = held & ~(SHIELDED | HELD_BACK);
        return (held & HELD_BACK) == 0 ? open : open + CANCEL_BEGINS;
    }

    /** Without what belongs to the shield. */
    @Override
    final long cancels() {
        return cancels & ~(SHIELDED | HELD_BACK);
    }

    /** Whether one of these cancels may still be about to interrupt the thread. */
    static boolean isUnderWay(long cancels) {
        return (int) (cancels >>> Integer.SIZE) != (int) cancels;
    }

    @Override
    public final LoopTask<?> previous() {
        return previous;
    }

    @Override
    public final LoopTask<?> next() {
        return next;
    }

    @Override
    public final void setPrevious(LoopTask<?> task) {
        previous = task;
    }

    @Override
    public final void setNext(LoopTask<?> task) {
        next = task;
    }

    @Override
    public final String toString() {
        return "Task[" + thread() + ", " + outcome + "]";
    }
}
