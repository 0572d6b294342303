package io.stepoll.internal.task;

import io.stepoll.FailureHandler;
import io.stepoll.Task;
import io.stepoll.internal.metrics.LoopCounters;
import io.stepoll.internal.reactor.LoopThread;
import io.stepoll.internal.reactor.LoopTimer;
import io.stepoll.internal.reactor.Reactor;
import io.stepoll.internal.sched.Scheduler;
import java.time.Duration;
import java.util.Objects;
import java.util.StringJoiner;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadFactory;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * The tasks of one loop: who is alive, which one runs the current code, what they may do at a time, and their failures.
 */
public final class LoopTasks {
    /** After this, failures are reported that neither a task nor a thread could be started for. */
    private static final Duration RETRY = Duration.ofMillis(100);

    final Reactor reactor;
    final Scheduler scheduler;
    final int ioBudget;
    private final LoopCounters counters;
    private final Failures failures;

    /** The tasks whose bodies have begun and not ended, in the order in which they began. */
    private final Chain<LoopTask<?>> live = new Chain<>();

    /** How many of them are daemons. */
    private int daemons;

    /** The waits of foreign threads: virtual threads that a task started by itself, whose handler leads to no wait. */
    private final ThreadLocal<TaskWait> foreignThreads = new ThreadLocal<>();

    /**
     * @param handler gets what callbacks throw; null for the log
     * @param ioBudget how many operations on descriptors a task does in a row; 0 for no limit
     */
    public LoopTasks(Reactor reactor, Scheduler scheduler, FailureHandler handler, int ioBudget) {
        this.reactor = reactor;
        this.scheduler = scheduler;
        this.ioBudget = ioBudget;
        counters = reactor.counters();
        LoopTimer retry = new LoopTimer(reactor, this::reportFailures);
        failures = new Failures(reactor, handler, this::start, () -> retryLater(retry));
        // Loads the class that the first failure needs. A load on the loop's thread later might wait for a task's lock.
        LoopTask<?> _ = new LoopTask<>(this, () -> null);
        reactor.reportFailuresTo(failures);
    }

    /** Starts a task; null for a thread without a name. From any thread. */
    public <T> LoopTask<T> start(String name, Callable<? extends T> body) {
        LoopTask<T> task = new LoopTask<>(this, body);
        task.start(name);
        return task;
    }

    /** Starts a task that does not keep the loop from being done; otherwise as {@link #start}. */
    public <T> LoopTask<T> startDaemon(String name, Callable<? extends T> body) {
        LoopTask<T> task = new LoopTask<>(this, body);
        task.makeDaemon();
        task.start(name);
        return task;
    }

    /**
     * Starts a task that nobody joins. From any thread.
     *
     * @param end is told of the failure and of the end; null if the failure is to be logged at once
     */
    public LoopTask<?> startUnjoinable(String name, Callable<?> body, TaskEnd end) {
        LoopTask<?> task = new UnjoinableTask<>(this, body, end);
        task.start(name);
        return task;
    }

    /** Makes threads that are tasks and not started; null once the loop closes, or while its inbox is full. */
    public ThreadFactory threadFactory() {
        return body -> {
            Objects.requireNonNull(body, "body");
            return reactor.thread().isClosing() || scheduler.refusesSubmits() ? null
                    : new TaskOfThread(this, body).makeThread();
        };
    }

    private void reportFailures() {
        failures.begin();
    }

    private static void retryLater(LoopTimer retry) {
        try {
            retry.reset(RETRY);
        } catch (OutOfMemoryError | IllegalStateException full) {
            // The next failure tries again, or the close.
        }
    }

    /** How many operations on descriptors a task or a handler does in a row; 0 for no limit. */
    public int ioBudget() {
        return ioBudget;
    }

    /** The step of the loop. */
    public Reactor reactor() {
        return reactor;
    }

    /** The scheduler of the tasks. */
    public Scheduler scheduler() {
        return scheduler;
    }

    /** What callbacks and tasks have thrown. */
    public Failures failures() {
        return failures;
    }

    /**
     * The wait of the current thread, which must be a virtual thread on this loop.
     *
     * @param call for messages
     * @throws IllegalStateException on the loop's own thread, or if the loop is closed
     * @throws WrongThreadException on any other thread
     */
    public TaskWait current(String call) {
        Thread current = Thread.currentThread();
        LoopThread thread = reactor.thread();
        if (current.getUncaughtExceptionHandler() instanceof TaskWait own && own.thread() == current
                && own.tasks == this && !thread.isClosed()) {
            return own;
        }
        thread.checkOpen();
        if (scheduler.isInCallback()) {
            throw LoopThread.mustNotWait(call);
        }
        if (!current.isVirtual() || !scheduler.carries(current)) {
            throw thread.wrongThread(call);
        }
        TaskWait foreign = foreignThreads.get();
        if (foreign == null) {
            foreign = new TaskWait(this);
            foreign.setThread(current);
            foreignThreads.set(foreign);
        }
        return foreign;
    }

    /** Whether the current thread is a task of these. Finds that out with two field reads. */
    public boolean haveCurrentThread() {
        Thread current = Thread.currentThread();
        return current.getUncaughtExceptionHandler() instanceof TaskWait own && own.thread() == current
                && own.tasks == this;
    }

    /** The thread of a task has come to its body, perhaps long after the start: the JDK itself may have it wait. */
    void comes(boolean announced) {
        if (announced && !reactor.thread().isClosed()) { // else this is a late thread, and nobody counts any more
            reactor.announcedWorkComes();
        }
    }

    /** The body of a task begins. */
    void begun(LoopTask<?> task) {
        if (!reactor.thread().isClosed()) { // else this is a late thread, and nobody reads the list any more
            live.add(task);
            counters.increment(LoopCounters.TASKS_BEGUN);
            if (task.isDaemon()) {
                daemons++;
            } else {
                reactor.workBegins();
            }
        }
    }

    /** A task has ended. On the loop's thread. */
    void ended(LoopTask<?> task) {
        live.remove(task);
        counters.taskEnds();
        if (task.isDaemon()) {
            daemons--;
        } else {
            reactor.workEnds();
        }
    }

    /** The outcome of a task that has not succeeded; its body may not have begun. In the task's thread. */
    void settled(Task.State outcome) {
        if (!reactor.thread().isClosed()) { // else this is a late thread: the counters are the loop's thread's
            counters.increment(outcome == Task.State.FAILED ? LoopCounters.TASKS_FAILED : LoopCounters.TASKS_CANCELLED);
        }
    }

    /** How many tasks have begun and not ended. */
    public int count() {
        return live.count();
    }

    /** How many tasks have begun and not ended that are no daemons. */
    public int countWithoutDaemons() {
        return live.count() - daemons;
    }

    /** How many tasks have begun so far. */
    public long begunSoFar() {
        return counters.count(LoopCounters.TASKS_BEGUN);
    }

    /** Calls the consumer for each live task; a task that ends meanwhile may leave. */
    public void forEach(Consumer<LoopTask<?>> consumer) {
        live.forEach(consumer);
    }

    /** Finds a live task, or null. Also for another thread; see {@link Chain#find}. */
    public LoopTask<?> find(Predicate<LoopTask<?>> predicate) {
        return live.find(predicate);
    }

    /** The first few live tasks, for a message. */
    public String describe(int most) {
        StringJoiner names = new StringJoiner(", ");
        int[] named = {0};
        live.find(task -> {
            if (named[0]++ < most) {
                names.add(task.thread().toString());
            }
            return named[0] > most;
        });
        return live.count() > most ? names + ", …" : names.toString();
    }
}
