package io.stepoll.internal.loop;

import io.stepoll.internal.executor.LoopExecutor;
import io.stepoll.internal.reactor.Reactor;
import io.stepoll.internal.sched.Scheduler;
import io.stepoll.internal.task.LoopTask;
import io.stepoll.internal.task.LoopTasks;

/**
 * The end of a loop. Whoever waits is woken with an error, what is queued runs, and tasks are interrupted and run until
 * they wait for something that an interrupt does not end. The close waits a moment for what such a task waits for. A
 * task that is then still blocked, on a monitor for instance, comes to its end later, on a thread of its own.
 */
final class Closing {
    /** The close does not wait longer than this for tasks that yield for ever. */
    private static final int MOST_ROUNDS = 1000;

    /** How long the close waits between two looks at the inbox. */
    private static final long LOOK_NANOS = 2_000_000;

    /**
     * How many looks the close waits for a continuation that may come, if a task is blocked and nothing else is left:
     * some 200 ms, and longer on a busy machine. What the task waits for may have come a moment ago: a thread of the
     * JDK unblocks the next owner of a monitor, for instance.
     */
    static final int LOOKS_FOR_BLOCKED = 100;

    /**
     * How many looks the close waits for continuations at most, in all its waits together: some 10 s. Some are sure to
     * come. While another thread takes the stack trace of a task, the task cannot go on, and that thread queues the
     * continuation afterwards.
     */
    private static final int LOOKS_FOR_COMING = 5000;

    private static final int MOST_NAMED = 5;

    private final Loop loop;
    private final Reactor reactor;
    private final LoopTasks tasks;
    private final Scheduler scheduler;
    private int looks;

    Closing(Loop loop) {
        this.loop = loop;
        reactor = loop.reactor();
        tasks = loop.tasks();
        scheduler = loop.scheduler();
    }

    /** Closes the loop. Called by its thread, once, outside of a step. */
    void close() {
        long entered = loop.thread().beginClosing();
        reactor.closingBegins();
        try {
            reactor.abandonDeadlines();
            loop.descriptors().closeAll();
            reactor.runFirst(this::cancelAll);
            runWhatIsQueued();
            if (reactor.runners().waiting() > 0) { // callbacks that were queued, and wait since
                reactor.runFirst(reactor.runners()::interruptWaiting);
                runWhatIsQueued();
            }
        } finally {
            finish(entered);
        }
    }

    /** Runs what is queued, and what comes from tasks and callbacks that are not really blocked. */
    private void runWhatIsQueued() {
        for (int round = 0; round < MOST_ROUNDS && (scheduler.hasWork() || awaitContinuation()); round++) {
            reactor.runQueuedCallbacks();
        }
    }

    /** Waits until something is queued. Returns false if nothing has come, or nobody is left from whom it could. */
    private boolean awaitContinuation() {
        if (tasks.count() == 0 && reactor.runners().waiting() == 0) {
            return false;
        }
        for (int look = 0; !scheduler.hasWork(); look++) {
            if (looks++ >= LOOKS_FOR_COMING || look >= loop.looksForBlocked && !isAnyComing()) {
                return false;
            }
            reactor.awaitSubmit(LOOK_NANOS);
        }
        return true;
    }

    private boolean isAnyComing() {
        return tasks.find(task -> isComing(task.thread())) != null
                || reactor.runners().find(Closing::isComing) != null;
    }

    /** Whether the continuation of a thread of this loop, which is not mounted, is sure to come. */
    private static boolean isComing(Thread thread) {
        return switch (thread.getState()) {
            case RUNNABLE -> true;
            case WAITING, TIMED_WAITING -> thread.isInterrupted(); // an interrupt ends each park
            default -> false; // for a monitor, which somebody else may have
        };
    }

    /** In a callback: an interrupt takes a lock of the thread, which may be a task's before it is the loop's. */
    private void cancelAll() {
        tasks.forEach(LoopTask::cancel);
        reactor.runners().interruptWaiting();
    }

    /** Names what did not end; null for nothing. */
    private String unfinished() {
        int callbacks = reactor.runners().waiting();
        String waiting = callbacks == 0 ? "" : "callbacks that wait and have not ended: " + callbacks;
        if (tasks.count() == 0) {
            return callbacks == 0 ? null : waiting;
        }
        return tasks.count() + " tasks have not ended: " + tasks.describe(MOST_NAMED)
                + (callbacks == 0 ? "" : "; " + waiting);
    }

    private void finish(long entered) {
        String unfinished = unfinished();
        loop.thread().closed(); // before the scheduler: code on a late thread must see it
        scheduler.close();
        reactor.runAllQueuedCallbacks();
        reactor.runners().close();
        loop.executors().forEach(LoopExecutor::loopClosed);
        loop.closeBuffers();
        reactor.closingEnds();
        loop.thread().endClosing(entered);
        loop.poller().close();
        tasks.failures().close(loop.name(), unfinished);
    }
}
