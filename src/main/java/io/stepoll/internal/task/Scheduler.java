package io.stepoll.internal.task;

import io.stepoll.internal.sys.VirtualThreads;
import java.util.ArrayDeque;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * The queue of a loop, and the scheduler of its virtual threads: a callback to be run soon, a submit from another
 * thread and the continuation of a task are one thing, a transient.
 *
 * <p>What the JDK does to it, and what is kept for that:
 * <ol>
 * <li>{@link #execute} never throws, at any time, closed included. One exception out of it kills the JDK's own
 *     unblocker thread, and with it every contended monitor of the process. (An OutOfMemoryError the JDK waits out.)
 * <li>{@link #execute} is called with the task as the current thread, not with its carrier; so is the rest of a task.
 *     Whether that is on the loop's thread is told by the thread itself where it is one of ours, else by a thread-local
 *     of the shim.
 * <li>{@link #resume} runs the task in place, by catching the continuation that {@code unpark} hands to
 *     {@link #execute}. That is a hint: while somebody takes the thread's stack trace, nothing is handed over, or what
 *     is runs nothing, and the task comes later, by the queue. So continuations are never counted as tasks, and
 *     whoever parks looks again at what it waits for.
 * </ol>
 */
public final class Scheduler implements Executor {
    /** How much of the inbox one look takes at the most, so that submitters who outrun the loop cannot hold it. */
    private static final int INBOX_BATCH = 1 << 16;

    private static final AtomicLong LAST_ID = new AtomicLong();

    private final long id = LAST_ID.incrementAndGet();
    private final ArrayDeque<Runnable> transients = new ArrayDeque<>();
    private final ConcurrentLinkedQueue<Runnable> inbox = new ConcurrentLinkedQueue<>();
    private final Runnable wakeup;
    private final LateThreads lateThreads;

    /** Until the loop first runs its opener stands for its thread, and hands what it has queued over under this. */
    private final Object handOver = new Object();

    private volatile Thread loopThread = Thread.currentThread();
    private volatile boolean bound;
    private volatile boolean closed;
    private boolean capturing;
    private Runnable captured;
    private volatile Thread.Builder.OfVirtual builder;

    /**
     * @param name of the loop
     * @param wakeup ends the loop's sleep, if it sleeps; called by any thread
     */
    public Scheduler(String name, Runnable wakeup) {
        this(wakeup, new LateThreads(name + "-late-"));
    }

    Scheduler(Runnable wakeup, LateThreads lateThreads) {
        this.wakeup = wakeup;
        this.lateThreads = lateThreads;
    }

    /** The loop's thread, until another takes it over: the one that opened it. */
    public Thread loopThread() {
        return loopThread;
    }

    /** Whether the loop has run, so that its thread is settled. */
    public boolean isBound() {
        return bound;
    }

    /** Whether the current thread may run the loop: it is its thread, or that is not settled yet, or has ended. */
    public boolean mayBind() {
        return !bound || Thread.currentThread() == loopThread || !loopThread.isAlive();
    }

    /** The current thread, a platform thread, is the loop's from here on; false if it may not be. */
    public boolean bind() {
        if (bound && Thread.currentThread() == loopThread) {
            return true;
        }
        synchronized (handOver) {
            if (!mayBind()) {
                return false;
            }
            loopThread = Thread.currentThread();
            bound = true;
            return true;
        }
    }

    /**
     * Does what belongs to the loop's thread, for its opener, as long as no other thread runs the loop.
     *
     * @return false if one does by now: then it is to be submitted
     */
    public boolean beforeBinding(Runnable change) {
        synchronized (handOver) {
            if (!bound) {
                change.run();
            }
            return !bound;
        }
    }

    /** The loop begins to run on this OS thread. Returns what {@link #leave} takes. */
    public long enter() {
        return VirtualThreads.setLoopOfThread(id);
    }

    /** The loop no longer runs on this OS thread; if it was entered from within another loop, that one does again. */
    public void leave(long entered) {
        VirtualThreads.setLoopOfThread(entered);
    }

    /** Whether the current thread is the loop's, or a virtual one that the loop carries at this moment. */
    public boolean isOnLoop() {
        Thread current = Thread.currentThread();
        return current == loopThread || current.isVirtual() && carries(current);
    }

    /** Whether the current thread, which is virtual, is carried by the loop at this moment. */
    public boolean carries(Thread current) {
        if (current.getUncaughtExceptionHandler() instanceof Carried carried && carried.thread() == current) {
            return carried.scheduler() == this && !closed;
        }
        return VirtualThreads.loopOfThread() == id && !closed;
    }

    /**
     * A virtual thread that the loop carries, not yet started. May be called from any thread.
     *
     * @throws UnsupportedOperationException if this JDK cannot give one
     */
    public Thread newThread(Runnable body) {
        Thread.Builder.OfVirtual made = builder;
        if (made == null) {
            made = VirtualThreads.scheduledBy(this);
            builder = made; // a race makes two, equal ones
        }
        return made.unstarted(body);
    }

    /** Queues a continuation: the JDK calls this, from any thread. See the head of this class. */
    @Override
    public void execute(Runnable continuation) {
        if (capturing && Thread.currentThread() == loopThread) {
            captured = continuation;
        } else if (!add(continuation)) {
            lateThreads.execute(continuation);
        }
    }

    /**
     * Queues a transient, from any thread: at once where that is the loop's, else through the inbox.
     *
     * @return false if the loop is closed, and then it was not and will not be run
     */
    public boolean add(Runnable transientWork) {
        if (closed) {
            return false;
        }
        boolean settled = bound; // first: the opener may lose its place between the two looks, and not get it back
        if (!isOnLoop()) {
            return submit(transientWork);
        }
        if (settled) {
            transients.addLast(transientWork);
            return true;
        }
        synchronized (handOver) {
            if (!bound) {
                transients.addLast(transientWork);
                return true;
            }
        }
        return submit(transientWork);
    }

    /**
     * Queues a transient, from any thread, and ends the loop's sleep.
     *
     * @return false if the loop was closed meanwhile, and then it was not and will not be run
     */
    public boolean submit(Runnable transientWork) {
        inbox.add(transientWork);
        wakeup.run();
        return !(closed && inbox.remove(transientWork)); // what is not there any more, close has taken
    }

    /** Moves what has come into the inbox behind the transients. */
    public void drainInbox() {
        for (int n = 0; n < INBOX_BATCH; n++) {
            Runnable next = inbox.poll();
            if (next == null) {
                return;
            }
            transients.addLast(next);
        }
    }

    /** How many transients are queued, not counting the inbox. */
    public int queued() {
        return transients.size();
    }

    /** Whether anything is queued, the inbox included. */
    public boolean hasWork() {
        return !transients.isEmpty() || !inbox.isEmpty();
    }

    /**
     * Shows what is queued: the inbox, and on the loop's thread, or in a task, also what was moved out of it. May be
     * called from any thread; what the loop takes meanwhile may be shown or not.
     */
    public void forEachQueued(Consumer<Runnable> consumer) {
        if (bound && isOnLoop()) {
            transients.forEach(consumer);
        } else if (isOnLoop()) {
            beforeBinding(() -> transients.forEach(consumer));
        }
        inbox.forEach(consumer);
    }

    /** The next transient, or null. */
    public Runnable next() {
        return transients.pollFirst();
    }

    /**
     * Lets a parked virtual thread of this loop go on, and runs it until it parks again or ends, before this returns.
     * See the head of this class for when it comes later instead. Only from the loop's thread itself.
     */
    public void resume(Thread thread) {
        capturing = true;
        try {
            LockSupport.unpark(thread);
        } finally {
            capturing = false;
        }
        Runnable continuation = captured;
        if (continuation != null) {
            captured = null;
            continuation.run();
        }
    }

    /** From here on continuations run on threads of their own. What is queued the closer runs, by {@link #leftOver}. */
    public void close() {
        closed = true;
    }

    /** After {@link #close}: what was queued before it and has not been run; null at the end. */
    public Runnable leftOver() {
        Runnable next = transients.pollFirst();
        return next != null ? next : inbox.poll();
    }
}
