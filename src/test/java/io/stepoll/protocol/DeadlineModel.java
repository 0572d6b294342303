package io.stepoll.protocol;

import java.time.Duration;

/** A deadline over a piece of a worker's code, and what the model knows of its one interrupt. */
final class DeadlineModel {
    private final Worker worker;
    final DeadlineModel enclosing;
    private final long earliest;
    private final long latest;
    private final int cancelsBefore;
    private final int strangersBefore;
    private final boolean interruptPendingBefore;
    private boolean mayBeConsumed;
    private boolean surelyConsumed;

    /** Whether an interruption was noticed inside that this deadline may have caused. */
    boolean mayHaveInterrupted;

    DeadlineModel(Worker worker, Duration timeout) {
        this.worker = worker;
        enclosing = worker.deadline;
        earliest = worker.loop.earliestNow() + timeout.toNanos();
        latest = worker.loop.clock.nanoTime() + timeout.toNanos();
        cancelsBefore = worker.cancels;
        strangersBefore = worker.strangers;
        interruptPendingBefore = worker.isInterruptPending();
    }

    boolean mayHaveCome() {
        return worker.loop.clock.nanoTime() >= earliest;
    }

    boolean wasCancelledSince() {
        return worker.cancels != cancelsBefore;
    }

    /** Whether this one, or one around it, may have an interrupt to be noticed. */
    boolean mayInterrupt() {
        return mayHaveCome() && !surelyConsumed || enclosing != null && enclosing.mayInterrupt();
    }

    /** Whether this one, or one around it, must have interrupted a wait that still goes on. */
    boolean mustInterrupt() {
        return worker.loop.hasStepBegunAt(latest) && !mayBeConsumed
                || enclosing != null && enclosing.mustInterrupt();
    }

    /** The worker has noticed an interrupt, which may have been that of each deadline that has come. */
    void interruptConsumed() {
        if (mayHaveCome()) {
            mayHaveInterrupted = true;
            mayBeConsumed = true;
            surelyConsumed |= worker.loop.hasWholeStepBeen(latest);
        }
        if (enclosing != null) {
            enclosing.interruptConsumed();
        }
    }

    /** The code is over. If one interrupt was for this deadline and those around it, they may send it again. */
    void over() {
        if (mayHaveCome()) {
            worker.deadlineIsOver();
        }
        for (DeadlineModel outer = enclosing; outer != null && mayHaveCome(); outer = outer.enclosing) {
            outer.surelyConsumed = false;
        }
    }

    /** Whether somebody else may have caused an interruption inside: a deadline around this one, or a stranger. */
    boolean othersInterrupt() {
        return worker.strangers != strangersBefore || interruptPendingBefore
                || enclosing != null && (enclosing.mayHaveCome() || enclosing.othersInterrupt());
    }
}
