package io.stepoll.internal.task;

import io.stepoll.DeadlineExceededException;
import io.stepoll.EventLoop;
import io.stepoll.internal.reactor.Deadline;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.function.Predicate;

/**
 * A deadline over a piece of a task's code; see {@link EventLoop#within}. The task runs the code, or waits in it, and
 * the timers phase fires the deadline. Both happen on the loop's thread, so they take turns.
 *
 * <p>Who owns an interruption that leaves the code: first a cancel, then an enclosing deadline that counts, then this
 * one. If it is not this deadline's, it is thrown on. An enclosing deadline counts if it has fired since this one was
 * opened, or if nobody had seen its interrupt when this one fired. Otherwise the enclosing deadline is over: the code
 * here cleans up after it, or ignores it.
 */
public class DeadlineScope extends Deadline {
    private final TaskWait task;
    private final DeadlineScope enclosing;
    private final DeadlineInterrupt interrupt;
    private final long cancelsBefore;
    private final Duration timeout;
    private final int firedBefore;

    /* Of the deadlines of the task, which one this was to fire, and by which interrupt; 0 until it fires. */
    private int number;
    private int sent;

    DeadlineScope(TaskWait task, Duration timeout) {
        this.task = task;
        this.timeout = timeout;
        enclosing = task.scope;
        interrupt = enclosing == null ? new DeadlineInterrupt(task) : enclosing.interrupt;
        firedBefore = interrupt.deadlines();
        cancelsBefore = task.cancels();
        if (task.isDaemon()) {
            makeDaemon();
        }
    }

    /** Runs the code, in the task. */
    public static <T> T run(TaskWait task, Duration timeout, Callable<T> code) throws Exception {
        checkMayBegin(task, timeout);
        DeadlineScope scope = new DeadlineScope(task, timeout);
        return scope.runUntil(task.tasks.reactor.deadlineNanos(timeout), code);
    }

    @Override
    public final String describe() {
        return "deadline over code of " + task.thread();
    }

    static void checkMayBegin(TaskWait task, Duration timeout) {
        Objects.requireNonNull(timeout, "timeout");
        task.tasks.reactor.thread().checkTaskMayWait();
    }

    final <T> T runUntil(long deadlineNanos, Callable<T> code) throws Exception {
        task.tasks.reactor.schedule(this, deadlineNanos);
        task.scope = this;
        T result;
        try {
            result = code.call();
        } catch (Throwable thrown) {
            if (ends(thrown)) {
                throw new DeadlineExceededException(timeout(), thrown);
            }
            throw thrown;
        }
        ends(null);
        return result;
    }

    /** How long the code was given. */
    Duration timeout() {
        return timeout;
    }

    /** Whether the deadline has come. */
    public final boolean hasCome() {
        return number != 0;
    }

    /** The code has ended. Returns whether this deadline has ended it. */
    private boolean ends(Throwable thrown) {
        task.scope = enclosing;
        if (!task.tasks.reactor.thread().isClosed()) { // else nobody looks at the timers any more
            task.tasks.reactor.unschedule(this);
        }
        if (number == 0) {
            return false;
        }
        boolean interruption = thrown != null && Interruptions.haveEnded(thrown, true);
        boolean isOurs = interrupt.isAlone() && task.cancels() == cancelsBefore
                && !hasEnclosing(outer -> outer.number > firedBefore || outer.hasSent(sent));
        if (!hasEnclosing(outer -> outer.hasSent(interrupt.last()))) {
            interrupt.takeBack();
        } else if (!interruption && hasSent(interrupt.last())) {
            interrupt.sendAgain(); // one interrupt was for both: the enclosing code is to see it
        }
        return interruption && isOurs;
    }

    private boolean hasEnclosing(Predicate<DeadlineScope> predicate) {
        DeadlineScope outer = enclosing;
        while (outer != null && !predicate.test(outer)) {
            outer = outer.enclosing;
        }
        return outer != null;
    }

    private boolean hasSent(int which) {
        return number != 0 && sent == which;
    }

    /** From now on a shield holds the interrupts of this deadline, and of those around it, back. */
    final void holdBack(boolean interrupted) {
        interrupt.holdBack(interrupted);
    }

    /** The end of {@link #holdBack}. In the task. */
    final void release() {
        interrupt.release();
    }

    /** Whether this deadline, or one around it, has fired. */
    boolean hasAnyFired() {
        return number != 0 || hasEnclosing(outer -> outer.number != 0);
    }

    @Override
    protected final void fire() {
        interrupt.send();
        number = interrupt.deadlines();
        sent = interrupt.last();
    }

    @Override
    protected final void abandon() {}

    @Override
    public final String toString() {
        return "DeadlineScope[" + timeout() + ", of " + task + (number == 0 ? "]" : ", fired]");
    }
}
