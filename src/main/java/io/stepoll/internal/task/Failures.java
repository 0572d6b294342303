package io.stepoll.internal.task;

import io.stepoll.FailureHandler;
import io.stepoll.Task;
import io.stepoll.internal.reactor.CallbackFailures;
import io.stepoll.internal.reactor.Reactor;
import io.stepoll.internal.sys.Log;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;

/**
 * What callbacks and tasks have thrown. A task handles the failures, one at a time and in order. On the loop's own
 * thread the handler would wait for a lock, of the log for instance, that a parked task holds, and the loop would stand
 * still for ever.
 */
public final class Failures implements CallbackFailures, Callable<Void> {
    private static final Duration LONGEST_REPORT = Duration.ofSeconds(1);

    private record Failure(Object callback, Throwable thrown) {}

    /** In place of a callback: a message for the log. */
    private record Entry(System.Logger.Level level, String message) {}

    /** In place of a callback: a task that nobody has, to join it. */
    private record Unjoinable(String task) {}

    /** Starts the task that handles failures. */
    @FunctionalInterface
    interface TaskStarter {
        Task<?> start(String name, Callable<?> body);
    }

    private final FailureHandler handler;
    private final TaskStarter tasks;
    private final UnjoinedFailures unjoined;
    private final ConcurrentLinkedQueue<Failure> queue = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean reporting = new AtomicBoolean();
    private final Runnable later;
    private final Reactor reactor;
    private volatile Throwable withoutMemory;

    /** The last thread that handled failures where no task could; null if there was none. */
    private volatile Thread substitute;

    /**
     * @param handler of what callbacks throw; null for the log
     * @param later calls {@link #begin} after a while
     */
    Failures(Reactor reactor, FailureHandler handler, TaskStarter tasks, Runnable later) {
        unjoined = new UnjoinedFailures(reactor, ticket -> callbackFailed(ticket, ticket.failure()));
        this.reactor = reactor;
        this.handler = handler;
        this.tasks = tasks;
        this.later = later;
        // Loads the classes that the first failure needs: on the loop's thread later it might wait for a task's lock.
        queue.add(new Failure(new Entry(System.Logger.Level.WARNING, ""), new AssertionError()));
        queue.poll();
    }

    private static void log(Object callback, Throwable thrown) {
        Log.logger().log(System.Logger.Level.ERROR, "a callback of the event loop failed: " + callback, thrown);
    }

    /** A descriptor was closed that nobody could reach any more. On the loop's thread. */
    public void leaked(String descriptor, Throwable opened) {
        warn(descriptor + " was never closed, and nobody can reach it any more; it is closed now"
                + (opened == null ? ". EventLoopBuilder.traceDescriptors shows where it was opened" : ""), opened);
    }

    /** Logs a message at level WARNING. On the loop's thread, which does not log itself. */
    public void warn(String message) {
        warn(message, null);
    }

    /** Logs a message at level WARNING, with what shows where it comes from; null for nothing. On the loop's thread. */
    public void warn(String message, Throwable where) {
        log(System.Logger.Level.WARNING, message, where);
    }

    /** Lets a task log a message; null for nothing that was thrown. Never throws. On the loop's thread. */
    public void log(System.Logger.Level level, String message, Throwable thrown) {
        callbackFailed(new Entry(level, message), thrown);
    }

    /** Never throws: the loop's thread would leave its step in the middle. */
    @Override
    public void callbackFailed(Object callback, Throwable thrown) {
        try {
            queue.add(new Failure(callback, thrown));
        } catch (OutOfMemoryError full) { // this field has room for one; a second one goes
            withoutMemory = thrown;
        }
        begin();
    }

    /** Starts a task that handles what is queued, or a thread; where neither can be started, the next try is later. */
    void begin() {
        if (!reporting.compareAndSet(false, true)) {
            return;
        }
        try {
            if (reactor.thread().isClosed()) {
                throw new IllegalStateException("a closed loop runs no task");
            }
            tasks.start("stepoll-failures", this);
        } catch (Throwable noTask) { // the JDK gives none, or no memory is left: a thread of its own may wait for locks
            try {
                substitute = Thread.ofPlatform().daemon().name("stepoll-failures").start(this::call);
            } catch (Throwable noThread) {
                reporting.set(false);
                later.run();
            }
        }
    }

    /** Handles all failures, in a task. */
    @Override
    public Void call() {
        do {
            try {
                for (Failure next = queue.poll(); next != null; next = queue.poll()) {
                    handleGuarded(next);
                }
                Throwable alone = withoutMemory;
                if (alone != null) {
                    withoutMemory = null;
                    handleGuarded(new Failure("for which no memory was left", alone));
                }
            } finally {
                reporting.set(false);
            }
        } while (isLeft() && reporting.compareAndSet(false, true));
        return null;
    }

    private boolean isLeft() {
        return !queue.isEmpty() || withoutMemory != null;
    }

    /**
     * Where even the log fails, for want of memory or of descriptors perhaps, the failure goes to standard error. If
     * this threw, its task would fail, that would have to be reported, and so on without end.
     */
    private void handleGuarded(Failure failure) {
        try {
            handle(failure);
        } catch (Throwable noLog) {
            try {
                failure.thrown.printStackTrace();
            } catch (Throwable nothingWorks) {
                // There is nowhere left to write to.
            }
        }
    }

    private void handle(Failure failure) {
        if (failure.callback instanceof Entry entry) {
            Log.logger().log(entry.level, entry.message, failure.thrown);
            return;
        }
        if (failure.callback instanceof UnjoinedFailures.Ticket ticket) {
            ticket.log();
            return;
        }
        if (failure.callback instanceof Unjoinable unjoinable) {
            Log.logger().log(System.Logger.Level.ERROR, unjoinable.task + " failed, and nobody can join it",
                    failure.thrown);
            return;
        }
        if (handler == null) {
            log(failure.callback, failure.thrown);
            return;
        }
        try {
            handler.handle(failure.callback, failure.thrown);
        } catch (Throwable alsoThrown) {
            if (alsoThrown != failure.thrown) {
                alsoThrown.addSuppressed(failure.thrown);
            }
            log("the failure handler " + handler, alsoThrown);
        }
    }

    /** A task has failed; its exception goes to whoever joins it. Null if nothing can be remembered of it. */
    UnjoinedFailures.Ticket unjoined(Task<?> task, Throwable thrown, BooleanSupplier joiners) {
        try {
            return unjoined.add(task, thrown, joiners);
        } catch (OutOfMemoryError | LinkageError full) { // nobody would ever be told: report it at once
            callbackFailed(task, thrown);
            return null;
        }
    }

    /** From now on somebody may join the task, for a while. On the loop's thread. */
    void waitForJoin(UnjoinedFailures.Ticket ticket) {
        unjoined.waitForJoin(ticket);
    }

    /** A task has failed that nobody has, to join it: reports that at once. Returns null, as nobody waits for it. */
    UnjoinedFailures.Ticket unjoinable(Task<?> task, Throwable thrown) {
        callbackFailed(new Unjoinable("task " + task.thread()), thrown);
        return null;
    }

    /**
     * The loop is closed: handles the failures that are left, and logs what did not end. No task is left to do that, so
     * a thread does. The closer waits for the thread, as the program may end behind the close. It does not wait for
     * ever: a handler may wait for a lock of the closer's.
     *
     * @param unfinished names what did not end; null for nothing
     */
    public void close(String loop, String unfinished) {
        if (isLeft() || !unjoined.isEmpty() || unfinished != null) {
            handleRest(loop, unfinished);
        }
        await(substitute); // it may have a failure in its hands which is not in the queue any more
    }

    private void handleRest(String loop, String unfinished) {
        Runnable rest = () -> {
            call();
            unjoined.logAll();
            if (unfinished != null) {
                Log.logger().log(System.Logger.Level.WARNING, "the event loop " + loop + " was closed; " + unfinished);
            }
        };
        Thread reporter;
        try {
            reporter = Thread.ofPlatform().name("stepoll-failures").start(rest);
        } catch (OutOfMemoryError noThread) {
            rest.run(); // the loop is closed: no task has a lock any more that only this thread could free
            return;
        }
        await(reporter);
    }

    private static void await(Thread reporter) {
        if (reporter == null || reporter == Thread.currentThread()) {
            return;
        }
        try {
            reporter.join(LONGEST_REPORT);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
