package io.stepoll.internal.task;

import java.util.concurrent.Executors;

/**
 * The task behind a thread that a thread factory has made. Whoever starts the thread expects its body to run: an
 * executor would wait for ever for the end of a body that never begins. So a cancel before the start, or the close of
 * the loop, keeps no body from running. The body begins with the interrupt status set, and its first wait ends.
 */
final class TaskOfThread extends LoopTask<Object> {
    TaskOfThread(LoopTasks tasks, Runnable body) {
        super(tasks, Executors.callable(body));
    }

    /** Whoever has the thread has no task. */
    @Override
    boolean canBeJoined() {
        return false;
    }

    @Override
    boolean mayBegin() {
        if (tasks.reactor.thread().isClosing()) {
            cancel();
        }
        return true;
    }
}
