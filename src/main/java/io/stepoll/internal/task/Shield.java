package io.stepoll.internal.task;

import java.util.concurrent.Callable;

/**
 * Code of a task from which the cancels of the task, and the deadlines around the code, are held back; see
 * {@link io.stepoll.EventLoop#shielded(Callable)}. Within it the task looks as if nobody had interrupted it, and as if
 * it had no deadlines but those that are opened there. At the end it is interrupted, if it was before the shield or was
 * to be meanwhile.
 */
public final class Shield {
    private Shield() {}

    /** Runs the code, in the task. A loop that closes has no time left: there the code runs without a shield. */
    public static <T> T run(TaskWait task, Callable<T> code) throws Exception {
        if (task.tasks.reactor.thread().isClosing()) {
            return code.call();
        }
        DeadlineScope outside = task.scope;
        boolean outermost = task.holdCancels();
        boolean interrupted = Thread.interrupted();
        if (outside != null) {
            outside.holdBack(interrupted);
        }
        task.scope = null;
        try {
            return code.call();
        } finally {
            task.scope = outside;
            if (outside != null) {
                outside.release();
            } else if (interrupted) {
                Thread.currentThread().interrupt();
            }
            if (outermost) {
                task.releaseCancels();
            }
        }
    }
}
