package io.stepoll;

import java.time.Duration;
import java.util.concurrent.Callable;

/**
 * A deadline over a piece of a task's code; see {@link EventLoop#within}. The task itself is in it or waits in it, and
 * the timer phase fires it; both are on the loop's thread, so they take turns.
 *
 * <p>Whose an interruption is, when it comes out of the code: an enclosing deadline's that has fired, too, or a
 * cancel's, before this one's; what was not for this scope goes on outwards.
 */
final class DeadlineScope extends Deadline {
    private final Suspension task;
    private final DeadlineScope enclosing;
    private final DeadlineInterrupt interrupt;
    private final long cancelsBefore;
    private final Duration timeout;
    private boolean fired;

    private DeadlineScope(Suspension task, Duration timeout) {
        this.task = task;
        this.timeout = timeout;
        enclosing = task.scope;
        interrupt = enclosing == null ? new DeadlineInterrupt(task) : enclosing.interrupt;
        cancelsBefore = task.cancels();
    }

    /** Runs the code, in the task. */
    static <T> T run(Suspension task, Duration timeout, long deadlineNanos, Callable<T> code) throws Exception {
        task.reactor.thread.checkTaskMayWait();
        DeadlineScope scope = new DeadlineScope(task, timeout);
        task.scope = scope;
        task.reactor.timers.add(scope, deadlineNanos);
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

    /** The code has ended. Returns whether it was this deadline that has ended it. */
    private boolean ends(Throwable thrown) {
        task.scope = enclosing;
        if (!task.reactor.thread.isClosed()) { // else the timers are nobody's
            task.reactor.timers.cancel(this);
        }
        if (!fired) {
            return false;
        }
        boolean interruption = thrown != null && Interruptions.isOne(thrown);
        if (isEnclosingFired()) {
            if (!interruption) {
                Thread.currentThread().interrupt(); // what was sent for both is still to be seen out there
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
    void fire() {
        fired = true;
        interrupt.send();
    }

    @Override
    void abandon() {}

    @Override
    public String toString() {
        return "DeadlineScope[" + timeout + ", of " + task + (fired ? ", fired]" : "]");
    }
}
