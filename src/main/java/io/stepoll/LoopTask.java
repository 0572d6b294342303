package io.stepoll;

import java.io.InterruptedIOException;
import java.net.SocketException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;

/** A {@link Task}, which is also the wait of its thread. */
final class LoopTask<T> extends Suspension implements Task<T> {
    private Callable<? extends T> body;
    private volatile State outcome = State.NEW;
    private volatile boolean cancelled;
    private T value;
    private Throwable failure;
    private volatile UnjoinedFailures.Ticket unjoined;

    /* The loop's list of live tasks. */
    LoopTask<?> previous;
    LoopTask<?> next;

    LoopTask(Reactor reactor, Callable<? extends T> body) {
        super(reactor);
        this.body = body;
    }

    void start(String name) {
        PollerThreads.await();
        Thread thread = reactor.scheduler.newThread(this::run);
        if (name != null) {
            thread.setName(name);
        }
        thread.setUncaughtExceptionHandler(this);
        setThread(thread);
        thread.start();
    }

    /** The thread's body. */
    private void run() {
        Callable<? extends T> work = body;
        body = null; // what it holds on to is free once it ends
        if (cancelled || reactor.thread.isClosing()) {
            outcome = State.CANCELLED;
            return;
        }
        reactor.liveTasks.add(this);
        outcome = State.RUNNING;
        State end;
        try {
            value = work.call();
            end = State.SUCCEEDED;
        } catch (Throwable thrown) {
            failure = thrown;
            end = cancelled && isInterruption(thrown) ? State.CANCELLED : State.FAILED;
        }
        if (!reactor.thread.isClosed()) { // else this is a late thread, and the list is nobody's
            reactor.liveTasks.remove(this);
        }
        if (end == State.FAILED) {
            unjoined = reactor.failures.unjoined(this, failure);
        }
        outcome = end;
    }

    /** Whether it is what a cancelled task ends with, of its own or as the loop is closed. */
    private boolean isInterruption(Throwable thrown) {
        if (reactor.thread.isClosing()
                && (thrown instanceof LoopClosedException || thrown instanceof ClosedChannelException)) {
            return true;
        }
        if (thrown instanceof SocketException && Thread.currentThread().isInterrupted()) {
            return true; // of the JDK's blocking sockets, which an interrupt closes
        }
        return thrown instanceof InterruptedException || thrown instanceof InterruptedIOException
                || thrown instanceof ClosedByInterruptException || thrown instanceof CancellationException;
    }

    @Override
    public State state() {
        return outcome;
    }

    @Override
    public T join() throws InterruptedException, ExecutionException {
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

    private CancellationException cancellation() {
        CancellationException cancellation = new CancellationException(thread() + " was cancelled");
        cancellation.initCause(failure);
        return cancellation;
    }

    private ExecutionException failed() {
        UnjoinedFailures.Ticket ticket = unjoined;
        if (ticket != null) {
            ticket.joined();
        }
        return new ExecutionException(failure);
    }

    @Override
    public void cancel() {
        if (!isDone()) {
            cancelled = true;
            thread().interrupt();
        }
    }

    @Override
    public String toString() {
        return "Task[" + thread() + ", " + outcome + "]";
    }
}
