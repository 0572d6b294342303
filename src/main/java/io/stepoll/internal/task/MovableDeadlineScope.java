package io.stepoll.internal.task;

import io.stepoll.EventLoop;
import io.stepoll.TaskDeadline;
import io.stepoll.internal.reactor.Reactor;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.TimeUnit;

/** A deadline that its code may move. The newest place of the deadline is its registration among the loop's timers. */
public final class MovableDeadlineScope extends DeadlineScope implements TaskDeadline {
    private final Reactor reactor;
    private final long begunNanos;
    private long deadlineNanos;
    private boolean moved;
    private boolean over;

    private MovableDeadlineScope(TaskWait task, Duration timeout) {
        super(task, timeout);
        reactor = task.tasks.reactor;
        begunNanos = reactor.deadlineNanos(0);
    }

    /** Runs the code, in the task. */
    public static <T> T run(TaskWait task, Duration timeout, TaskDeadline.Code<T> code) throws Exception {
        checkMayBegin(task, timeout);
        MovableDeadlineScope scope = new MovableDeadlineScope(task, timeout);
        scope.deadlineNanos = scope.reactor.deadlineNanos(timeout);
        try {
            return scope.runUntil(scope.deadlineNanos, () -> code.run(scope));
        } finally {
            scope.over = true;
        }
    }

    private boolean isSettled(String call) {
        reactor.thread().check(call);
        return over || hasCome();
    }

    @Override
    public boolean reset(Duration timeout) {
        long newDeadlineNanos = reactor.deadlineNanos(timeout);
        return !isSettled("reset") && moveTo(newDeadlineNanos);
    }

    @Override
    public boolean extend(Duration time) {
        long byNanos = TimeUnit.NANOSECONDS.convert(time);
        if (isSettled("extend")) {
            return false;
        }
        if (deadlineNanos == EventLoop.NO_DEADLINE) {
            return true;
        }
        long newDeadlineNanos = deadlineNanos + byNanos;
        boolean overflows = byNanos > 0 && newDeadlineNanos < deadlineNanos;
        return moveTo(overflows ? EventLoop.NO_DEADLINE : newDeadlineNanos);
    }

    private boolean moveTo(long newDeadlineNanos) {
        reactor.schedule(this, newDeadlineNanos);
        deadlineNanos = newDeadlineNanos;
        moved = true;
        return true;
    }

    @Override
    public boolean remove() {
        if (isSettled("remove")) {
            return false;
        }
        reactor.unschedule(this);
        deadlineNanos = EventLoop.NO_DEADLINE;
        return true;
    }

    @Override
    public Duration left() {
        reactor.thread().check("left");
        return deadlineNanos == EventLoop.NO_DEADLINE ? ChronoUnit.FOREVER.getDuration()
                : Duration.ofNanos(deadlineNanos - reactor.deadlineNanos(0));
    }

    @Override
    Duration timeout() {
        return moved ? Duration.ofNanos(Math.max(0, deadlineNanos - begunNanos)) : super.timeout();
    }
}
