package io.stepoll.internal.task;

import io.stepoll.DeadlineExceededException;
import io.stepoll.EventLoop;
import io.stepoll.internal.reactor.Deadline;
import java.time.Duration;
import java.util.concurrent.Callable;

/**
 * A deadline over a piece of a task's code; see {@link EventLoop#within}. The task runs the code, or waits in it, and
 * the timers phase fires the deadline. Both happen on the loop's thread, so they take turns.
 *
 * <p>Who owns an interruption that leaves the code: first a cancel, then an enclosing deadline that has fired, then
 * this one. If it is not this deadline's, it is thrown on.
 */
public final class DeadlineScope extends Deadline {
    private final TaskWait task;
    private final DeadlineScope enclosing;
    private final DeadlineInterrupt interrupt;
    private final long cancelsBefore;
    private final Duration timeout;
    private boolean fired;

    private DeadlineScope(TaskWait task, Duration timeout) {
        this.task = task;
        this.timeout = timeout;
        enclosing = task.scope;
        interrupt = enclosing == null ? new DeadlineInterrupt(task) : enclosing.interrupt;
        cancelsBefore = task.cancels();
    }

    /** Runs the code, in the task. */
    public static <T> T run(TaskWait task, Duration timeout, Callable<T> code) throws Exception {
        long deadlineNanos = task.tasks.reactor.deadlineNanos(timeout);
        task.tasks.reactor.thread().checkTaskMayWait();
        DeadlineScope scope = new DeadlineScope(task, timeout);
        task.scope = scope;
        task.tasks.reactor.schedule(scope, deadlineNanos);
        T result;
        try {
            result = code.call();
        } catch (Throwable thrown) {
            if (scope.ends(thrown)) {
                throw new DeadlineExceededException(timeout, thrown);
            }
            throw thrown;
        }
        scope.ends(null);
        return result;
    }

    /** The code has ended. Returns whether this deadline has ended it. */
    private boolean ends(Throwable thrown) {
        task.scope = enclosing;
        if (!task.tasks.reactor.thread().isClosed()) { // else nobody looks at the timers any more
            task.tasks.reactor.unschedule(this);
        }
        if (!fired) {
            return false;
        }
        boolean interruption = thrown != null && Interruptions.isOne(thrown);
        if (isEnclosingFired()) {
            if (!interruption) {
                Thread.currentThread().interrupt(); // one interrupt was for both: the enclosing code is to see it
            }
            return false;
        }
        boolean isOurs = interrupt.isAlone() && task.cancels() == cancelsBefore;
        interrupt.takeBack();
        return interruption && isOurs;
    }

    private boolean isEnclosingFired() {
        for (DeadlineScope outer = enclosing; outer != null; outer = outer.enclosing) {
            if (outer.fired) {
                return true;
            }
        }
        return false;
    }

    @Override
    protected void fire() {
        fired = true;
        interrupt.send();
    }

    @Override
    protected void abandon() {}

    @Override
    public String toString() {
        return "DeadlineScope[" + timeout + ", of " + task + (fired ? ", fired]" : "]");
    }
}
