package io.stepoll;

import java.nio.channels.ClosedChannelException;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import java.util.concurrent.locks.LockSupport;

/** A {@link Task}, which is also the wait of its thread. */
sealed class LoopTask<T> extends Suspension implements Task<T>, Runnable permits GroupTask {
    @SuppressWarnings("rawtypes")
    private static final AtomicLongFieldUpdater<LoopTask> CANCELS =
            AtomicLongFieldUpdater.newUpdater(LoopTask.class, "cancels");

    @SuppressWarnings("rawtypes")
    private static final AtomicReferenceFieldUpdater<LoopTask, TaskFuture> FUTURE =
            AtomicReferenceFieldUpdater.newUpdater(LoopTask.class, TaskFuture.class, "future");

    private static final long CANCEL_BEGINS = 1L << Integer.SIZE;
    private static final long CANCEL_ENDS = 1;

    private Callable<? extends T> body;
    private volatile State outcome = State.NEW;
    private volatile boolean cancelled;
    private T value;
    private Throwable failure;
    private long begunNanos;
    private volatile UnjoinedFailures.Ticket unjoined;
    private volatile TaskFuture<T> future; // null until somebody asks for it

    /* cancels: how many there were. One consists of an interrupt and what leads to it, and other threads look on.
     *   upper half   those that have begun
     *   lower half   those of them whose interrupt was delivered */
    private volatile long cancels;
    private volatile IllegalStateException pinned;

    /* The loop's list of live tasks. */
    LoopTask<?> previous;
    LoopTask<?> next;

    LoopTask(Reactor reactor, Callable<? extends T> body) {
        super(reactor);
        this.body = body;
    }

    final void start(String name) {
        PollerThreads.await();
        Thread thread = reactor.scheduler.newThread(this);
        if (name != null) {
            thread.setName(name);
        }
        thread.setUncaughtExceptionHandler(this);
        setThread(thread);
        thread.start();
    }

    /** The thread's body. */
    @Override
    public final void run() {
        Callable<? extends T> work = body;
        body = null; // what it holds on to is free once it ends
        if (cancelled || reactor.thread.isClosing()) {
            outcome = State.CANCELLED;
            ended();
            return;
        }
        reactor.liveTasks.add(this);
        begunNanos = reactor.nowNanos();
        outcome = State.RUNNING;
        State end;
        try {
            value = work.call();
            end = State.SUCCEEDED;
        } catch (Throwable thrown) {
            failure = thrown;
            end = cancelled && isInterruption(thrown) || thrown instanceof ListenerStoppedException ? State.CANCELLED
                    : State.FAILED;
        }
        if (end == State.FAILED) {
            if (pinned != null) {
                failure.addSuppressed(pinned);
            }
            unjoined = reactor.failures.unjoined(this, failure);
        }
        outcome = end;
        try {
            ended();
        } finally {
            if (!reactor.thread.isClosed()) { // else this is a late thread, and the list is nobody's
                reactor.liveTasks.remove(this);
            }
        }
    }

    /** In the task's thread, at its end: for those who want to know. */
    void ended() {
        if (future != null) {
            Thread.interrupted(); // a cancel that came too late is not for what follows
            settle(future);
        }
    }

    /** Whether it is what a cancelled task ends with, of its own or as the loop is closed. */
    private boolean isInterruption(Throwable thrown) {
        if (reactor.thread.isClosing()
                && (thrown instanceof LoopClosedException || thrown instanceof ClosedChannelException)) {
            return true;
        }
        return Interruptions.isOne(thrown);
    }

    /** When its body began, by the loop's time. On the loop's thread. */
    long begunNanos() {
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
        if (!isDone()) {
            if (reactor.thread.isCarrier()) {
                throw new IllegalStateException("join() waits, and a callback cannot: join in a task");
            }
            thread().join();
        }
        return switch (outcome) {
            case SUCCEEDED -> value;
            case CANCELLED -> throw cancellation();
            default -> throw failed();
        };
    }

    /** What whoever asks for the result of a cancelled task gets. */
    final CancellationException cancellation() {
        CancellationException cancellation = new CancellationException(thread() + " was cancelled");
        cancellation.initCause(failure);
        return cancellation;
    }

    private ExecutionException failed() {
        return new ExecutionException(takeFailure());
    }

    /** What it failed with; whoever takes it has joined. */
    final Throwable takeFailure() {
        UnjoinedFailures.Ticket ticket = unjoined;
        if (ticket != null) {
            ticket.joined();
        }
        return failure;
    }

    /** The result of one that has succeeded. */
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
            settle(made); // its end may have come before the future
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
     * Ends the wait by which the task, which is pinned, holds the loop. From the watchdog's thread.
     *
     * @param beats of the loop, still, when it was seen to wait
     */
    void endPinned(long beats) {
        Object blocker = LockSupport.getBlocker(thread());
        if (blocker == this || blocker instanceof Descriptor) {
            endWaitPinnedAt(beats);
        } else { // a wait of the JDK's: an interrupt is all that it knows
            pinned = pinned(String.valueOf(blocker));
            thread().interrupt();
        }
    }

    @Override
    public final void cancel() {
        if (!isDone()) {
            cancelled = true;
            CANCELS.getAndAdd(this, CANCEL_BEGINS);
            thread().interrupt();
            CANCELS.getAndAdd(this, CANCEL_ENDS);
        }
    }

    @Override
    final long cancels() {
        return cancels;
    }

    /** Whether one of these cancels may still be about to interrupt. */
    static boolean isUnderWay(long cancels) {
        return (int) (cancels >>> Integer.SIZE) != (int) cancels;
    }

    @Override
    public final String toString() {
        return "Task[" + thread() + ", " + outcome + "]";
    }
}
