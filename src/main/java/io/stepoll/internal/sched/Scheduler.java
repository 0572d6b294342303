package io.stepoll.internal.sched;

import io.stepoll.internal.metrics.LoopCounters;
import io.stepoll.internal.metrics.Recorder;
import io.stepoll.internal.sys.VirtualThreads;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * The run queue of a loop, and the scheduler of its virtual threads. A callback of the loop's own, a submit from
 * another thread and the continuation of a task are all the same here: a queued callback.
 *
 * <p>How the JDK uses a scheduler, and the rules that follow:
 * <ol>
 * <li>{@link #execute} never throws, not even on a closed loop. One exception from it kills the JDK's own unblocker
 *     thread, and with it every contended monitor of the process. (After an OutOfMemoryError the JDK waits and tries
 *     again.)
 * <li>The JDK calls {@link #execute} with the task, not its carrier, as the current thread. The same holds for all code
 *     of a task. A task of a loop finds out through {@link Carried} whether it is on the loop's thread. For any other
 *     virtual thread, a thread-local of the shim has the answer.
 * <li>{@link #resume} runs the task in place: it catches the continuation that {@code unpark} hands to
 *     {@link #execute}, and runs it. This does not always work. While another thread takes the task's stack trace,
 *     {@code unpark} hands over nothing, or a continuation that runs nothing, and the task comes later through the
 *     queue. So no code counts continuations as tasks, and a task that was parked checks again whether its wait is
 *     over.
 * </ol>
 */
public final class Scheduler implements Executor {
    /**
     * How many items one look at the inbox takes at most. Submitters that outrun the loop do not keep it from its poll:
     * so many short callbacks take less than a millisecond, and a poll in between costs less than a thousandth of that.
     */
    public static final int INBOX_BATCH = 1 << 12;

    private final long id;
    private final RunQueue runQueue;
    private final ConcurrentLinkedQueue<Runnable> inbox = new ConcurrentLinkedQueue<>();
    private final Runnable wakeup;
    private final LateThreads lateThreads;

    private final LoopCounters counters;

    /** Records how long items are queued; null if nobody does. */
    private final Recorder lag;

    /** How many items may wait in the inbox before submits are refused; 0 for no limit. */
    private final int inboxLimit;

    /** How many items are in the inbox, where there is a limit. */
    private final AtomicInteger inInbox = new AtomicInteger();

    /** Of the items that the loop has last counted in the inbox: how many it has not taken yet. */
    private int countedInInbox;

    /** Guards the change from the opener, which stands in for the loop's thread, to the thread that runs the loop. */
    private final Object handOver = new Object();

    private volatile Thread loopThread = Thread.currentThread();
    private volatile boolean bound;
    private volatile boolean closed;
    private boolean capturing;
    private Runnable captured;
    private volatile Thread.Builder.OfVirtual builder;

    /** The class of the continuations that the JDK hands over: they must run on the loop's thread itself. */
    private static volatile Class<?> continuationClass;

    /** A continuation of another class than the first one, so that the queue still knows it. */
    private record Continuation(Runnable continuation) implements Runnable {
        @Override
        public void run() {
            continuation.run();
        }
    }

    /** An item of the inbox, with the time when it came, where somebody records that. */
    private record TimedItem(Runnable item, long nanos) implements Runnable {
        @Override
        public void run() {
            item.run();
        }
    }

    /**
     * @param name of the loop
     * @param id of the loop, above 0; no other open loop has the same
     * @param wakeup ends the loop's sleep, if it sleeps; any thread may call it
     * @param inboxLimit how many items may wait in the inbox before submits are refused; 0 for no limit
     */
    public Scheduler(String name, long id, Runnable wakeup, int inboxLimit, LoopCounters counters) {
        this(id, wakeup, new LateThreads(name + "-late-"), inboxLimit, counters);
    }

    Scheduler(long id, Runnable wakeup, LateThreads lateThreads) {
        this(id, wakeup, lateThreads, 0, new LoopCounters());
    }

    private Scheduler(long id, Runnable wakeup, LateThreads lateThreads, int inboxLimit, LoopCounters counters) {
        Continuation _ = new Continuation(wakeup); // loads the class here, and not on the loop's thread
        this.id = id;
        this.wakeup = wakeup;
        this.lateThreads = lateThreads;
        this.inboxLimit = inboxLimit;
        this.counters = counters;
        lag = counters.callbackLag();
        runQueue = new RunQueue(lag != null);
        TimedItem _ = new TimedItem(wakeup, 0); // loads this class, too
    }

    /** The loop's thread; before the loop first runs, the thread that opened it. */
    public Thread loopThread() {
        return loopThread;
    }

    /** Whether the loop has run. Its thread is settled then. */
    public boolean isBound() {
        return bound;
    }

    /**
     * Whether the current thread may run the loop. The loop's thread may. Any other may while the loop's thread is not
     * settled, or after the loop's thread has ended.
     */
    public boolean mayBind() {
        return !bound || Thread.currentThread() == loopThread || !loopThread.isAlive();
    }

    /** Makes the current thread, a platform thread, the loop's thread. Returns false if it may not run the loop. */
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
     * Makes a change that belongs to the loop's thread, on behalf of the opener, as long as no thread has run the loop.
     *
     * @return false if a thread has run the loop by now: then the caller submits the change
     */
    public boolean beforeBinding(Runnable change) {
        synchronized (handOver) {
            if (!bound) {
                change.run();
            }
            return !bound;
        }
    }

    /** The loop begins to run on this OS thread. Returns the argument for {@link #leave}. */
    public long enter() {
        return VirtualThreads.setLoopOfThread(id);
    }

    /** The loop no longer runs on this OS thread. If another loop's step entered this one, that loop runs again. */
    public void leave(long entered) {
        VirtualThreads.setLoopOfThread(entered);
    }

    /** Whether the current thread is the loop's thread, or a virtual thread that the loop carries at this moment. */
    public boolean isOnLoop() {
        Thread current = Thread.currentThread();
        return current == loopThread || current.isVirtual() && carries(current);
    }

    /** Whether the loop carries the current thread, a virtual one, at this moment. */
    public boolean carries(Thread current) {
        if (current.getUncaughtExceptionHandler() instanceof Carried carried && carried.thread() == current) {
            return carried.scheduler() == this && !closed;
        }
        return VirtualThreads.loopOfThread() == id && !closed;
    }

    /**
     * Whether a virtual thread of the loop, which calls this, runs on the loop's thread, also in the last part of the
     * close. It runs on a late thread otherwise.
     */
    boolean isOnLoopThread() {
        return !closed || VirtualThreads.loopOfThread() == id;
    }

    /**
     * A new virtual thread that the loop carries, not yet started. May be called from any thread.
     *
     * @throws UnsupportedOperationException if this JDK cannot make one
     */
    public Thread newThread(Runnable body) {
        Thread.Builder.OfVirtual made = builder;
        if (made == null) {
            made = VirtualThreads.scheduledBy(this);
            builder = made; // a race makes two equal builders
        }
        return made.unstarted(body);
    }

    /** Queues a continuation. The JDK calls this from any thread; see the head of this class. */
    @Override
    public void execute(Runnable continuation) {
        if (capturing && Thread.currentThread() == loopThread) {
            captured = continuation;
        } else if (!add(marked(continuation))) {
            executeLate(continuation);
        }
    }

    /** Runs a continuation on a thread of its own, as the loop is closed. */
    void executeLate(Runnable continuation) {
        lateThreads.execute(continuation);
    }

    /** All continuations of a JDK are of one class, so nothing is allocated to tell them from callbacks. */
    private static Runnable marked(Runnable continuation) {
        Class<?> type = continuation.getClass();
        if (continuationClass == null) {
            continuationClass = type; // a race sets it twice, to the same class
        }
        return continuationClass == type ? continuation : new Continuation(continuation);
    }

    /** Whether the next item of the run queue is a callback, and not a continuation. */
    public boolean isCallbackNext() {
        Runnable next = runQueue.peek();
        return next != null && !isContinuation(next);
    }

    /** Whether an item is the continuation of a virtual thread, and no callback. From any thread. */
    public boolean isContinuation(Runnable item) {
        return item.getClass() == continuationClass || item instanceof Continuation;
    }

    /** Whether the current thread runs a callback of this loop, or is the loop's own thread. */
    public boolean isInCallback() {
        Thread current = Thread.currentThread();
        return current == loopThread || current.isVirtual() && CallbackRunners.isRunner(current, this);
    }

    /**
     * Queues a callback, from any thread: for the loop's thread and its tasks at once, else through the inbox.
     *
     * @return false if the loop is closed: then the callback has not run and never will
     */
    public boolean add(Runnable callback) {
        if (closed) {
            return false;
        }
        boolean settled = bound; // read before isOnLoop(): the opener may lose its place in between, for good
        if (!isOnLoop()) {
            return submit(callback);
        }
        if (settled) {
            runQueue.addLast(callback, timeOfItem());
            return true;
        }
        synchronized (handOver) {
            if (!bound) {
                runQueue.addLast(callback, timeOfItem());
                return true;
            }
        }
        return submit(callback);
    }

    private long timeOfItem() {
        return lag == null ? 0 : counters.nowNanos();
    }

    /**
     * Puts a callback into the inbox, from any thread, and ends the loop's sleep.
     *
     * @return false if the loop was closed meanwhile: then the callback has not run and never will
     */
    public boolean submit(Runnable callback) {
        Runnable item = lag == null ? callback : new TimedItem(callback, timeOfItem());
        inbox.add(item);
        if (inboxLimit != 0) { // behind the add, which may fail; until then the count may be too small by one
            inInbox.incrementAndGet();
        }
        wakeup.run();
        return !(closed && inbox.remove(item)); // if the inbox has lost the callback, the close has taken it
    }

    /** Takes back what was submitted and is still in the inbox. From any thread; it walks through all of the inbox. */
    public void takeBack(Runnable submitted) {
        boolean removed = inbox.removeIf(item -> item == submitted
                || item instanceof TimedItem timed && timed.item == submitted);
        if (removed && inboxLimit != 0) {
            inInbox.decrementAndGet();
        }
    }

    /**
     * Whether a submit is to be refused: the inbox is full, and the current thread would add to it. Where several
     * threads submit at once, each of them may still add one. Continuations are never refused, nor what belongs to
     * something that was accepted, such as the cancel of a timer. From any thread.
     */
    public boolean refusesSubmits() {
        return inboxLimit != 0 && inInbox.get() >= inboxLimit && !isOnLoop();
    }

    /** Moves the inbox's items to the end of the run queue. */
    public void drainInbox() {
        int taken = 0;
        while (taken < INBOX_BATCH) {
            try {
                runQueue.makeRoom();
            } catch (OutOfMemoryError full) { // the rest waits in the inbox, until what is queued has run
                break;
            }
            Runnable next = inbox.poll();
            if (next == null) {
                break;
            }
            taken++;
            if (lag != null && next instanceof TimedItem timed) {
                runQueue.addLast(timed.item, timed.nanos);
            } else {
                runQueue.addLast(next, 0);
            }
        }
        if (taken > 0) {
            counters.submitsTaken(taken, depthBefore(taken));
        }
    }

    /**
     * How many items the inbox had when these were taken. A count walks through the inbox. So a long one is counted
     * once, and again when as many items have been taken: in between the depth may be more.
     */
    private int depthBefore(int taken) {
        if (inboxLimit != 0) {
            return inInbox.getAndAdd(-taken);
        }
        countedInInbox -= taken;
        if (taken == INBOX_BATCH && countedInInbox <= 0) {
            countedInInbox = inbox.size();
            return taken + countedInInbox;
        }
        return taken;
    }

    /** How many items are in the inbox. From any thread; it walks through all of them. */
    public int inboxDepth() {
        return inbox.size();
    }

    /** How many callbacks are in the run queue, not counting the inbox. */
    public int queued() {
        return runQueue.size();
    }

    /** Whether anything is queued, the inbox included. */
    public boolean hasWork() {
        return !runQueue.isEmpty() || !inbox.isEmpty();
    }

    /**
     * Shows the items of the inbox. On the loop's thread and in its tasks, shows the run queue as well. May be called
     * from any thread. An item that the loop takes meanwhile is shown or not.
     */
    public void forEachQueued(Consumer<Runnable> consumer) {
        if (bound && isOnLoop()) {
            runQueue.forEach(consumer);
        } else if (isOnLoop()) {
            beforeBinding(() -> runQueue.forEach(consumer));
        }
        forEachInInbox(consumer);
    }

    private void forEachInInbox(Consumer<Runnable> consumer) {
        inbox.forEach(item -> consumer.accept(item instanceof TimedItem timed ? timed.item : item));
    }

    /** What is queued, then what is in the inbox. From any thread: what the loop takes meanwhile may be missing. */
    public List<Runnable> copyQueued() {
        List<Runnable> copied = new ArrayList<>();
        runQueue.copyTo(copied);
        forEachInInbox(copied::add);
        return copied;
    }

    /** Queues a callback before all others. Only the loop's thread itself may call this. */
    public void addFirst(Runnable callback) {
        runQueue.addFirst(callback, timeOfItem());
    }

    /** Takes the next callback of the run queue, or null. */
    public Runnable next() {
        if (lag != null && !runQueue.isEmpty()) {
            lag.record(counters.nowNanos() - runQueue.timeOfNext());
        }
        return runQueue.poll();
    }

    /**
     * Resumes a parked virtual thread of this loop, or starts one: runs it until it parks again or ends. The head of
     * this class says when the thread comes later instead. Only the loop's thread itself may call this.
     *
     * @param counter what counts it if the thread runs here
     */
    public void resume(Thread thread, int counter) {
        capturing = true;
        try {
            if (thread.getState() == Thread.State.NEW) {
                thread.start();
            } else {
                LockSupport.unpark(thread);
            }
        } finally {
            capturing = false;
        }
        Runnable continuation = captured;
        if (continuation != null) {
            captured = null;
            counters.increment(counter);
            continuation.run();
        }
    }

    /** From now on continuations run on threads of their own. The caller runs queued items. */
    public void close() {
        closed = true;
    }
}
