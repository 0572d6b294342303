package io.stepoll.internal.loop;

import io.stepoll.internal.executor.LoopExecutor;
import io.stepoll.internal.reactor.Reactor;
import io.stepoll.internal.sched.Scheduler;
import io.stepoll.internal.task.LoopTask;
import io.stepoll.internal.task.LoopTasks;

/**
 * The end of a loop. Whoever waits is woken with an error, what is queued runs, and tasks are interrupted and run until
 * they wait for something that an interrupt does not end. A task that is then still blocked, on a monitor for instance,
 * comes to its end later, on a thread of its own.
 */
final class Closing {
    /** The close does not wait longer than this for tasks that yield for ever. */
    private static final int MOST_ROUNDS = 1000;

    private static final int MOST_NAMED = 5;

    private final Loop loop;
    private final Reactor reactor;
    private final LoopTasks tasks;
    private final Scheduler scheduler;

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

    private void runWhatIsQueued() {
        for (int round = 0; round < MOST_ROUNDS && scheduler.hasWork(); round++) {
            reactor.runQueuedCallbacks();
        }
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
        reactor.closingEnds();
        loop.thread().endClosing(entered);
        loop.poller().close();
        tasks.failures().close(loop.name(), unfinished);
    }
}
