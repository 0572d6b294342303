package io.stepoll;

import io.stepoll.internal.timer.TimerQueue;

/**
 * The end of a loop. What waits is woken with an error, what is queued runs, tasks are interrupted and run as far as
 * they come. A task that is then still blocked, on a monitor for instance, comes to its end later, on a thread of its
 * own.
 */
final class Closing {
    /** Tasks that yield for ever are not waited for longer than this. */
    private static final int MOST_ROUNDS = 1000;

    private static final int MOST_NAMED = 5;

    private Closing() {}

    /** Closes the loop. Called by its thread, outside of a step; does nothing the second time. */
    static void close(Reactor reactor) {
        if (reactor.thread.isClosed()) {
            return;
        }
        long entered = reactor.thread.beginClosing();
        reactor.pulse.begin();
        try {
            reactor.timers.takeDue(TimerQueue.NONE, (long sequence, Deadline deadline) -> {
                reactor.timers.claim(deadline, sequence);
                deadline.abandon();
            });
            reactor.poller.forEach(reactor::close);
            reactor.liveTasks.forEach(LoopTask::cancel);
            for (int round = 0; round < MOST_ROUNDS && reactor.scheduler.hasWork(); round++) {
                reactor.runTransients();
            }
        } finally {
            finish(reactor, entered);
        }
    }

    private static void finish(Reactor reactor, long entered) {
        String unfinished = reactor.liveTasks.isEmpty() ? null
                : reactor.liveTasks.count() + " tasks have not ended: " + reactor.liveTasks.describe(MOST_NAMED);
        reactor.thread.closed(); // before the scheduler: who runs on a late thread must see it
        reactor.scheduler.close();
        for (Runnable left = reactor.scheduler.leftOver(); left != null; left = reactor.scheduler.leftOver()) {
            reactor.runGuarded(left);
        }
        reactor.executors.forEach(LoopExecutor::loopClosed);
        reactor.pulse.rest();
        reactor.thread.leave(entered);
        reactor.poller.close();
        reactor.failures.close(reactor.name, unfinished);
    }
}
