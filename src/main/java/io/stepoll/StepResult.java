package io.stepoll;

/**
 * What {@link EventLoop#step} came to. Each loop has one, which its next step fills anew: read it, do not keep it.
 */
public final class StepResult {
    private long sleepNanos;
    private boolean done;

    StepResult() {}

    StepResult set(long newSleepNanos, boolean nowDone) {
        sleepNanos = newSleepNanos;
        done = nowDone;
        return this;
    }

    /**
     * {@return the time in nanoseconds from the end of the step to the earliest deadline that it saw before its poll,
     * never negative; {@link EventLoop#NO_DEADLINE} if there was no timer} It knows nothing of callbacks queued and
     * timers set after that poll: who sleeps outside of the loop asks {@link EventLoop#timeoutNanos()}.
     */
    public long sleepNanos() {
        return sleepNanos;
    }

    /** {@return whether nothing is left to do: no callback, timer, waiter or live task} */
    public boolean done() {
        return done;
    }

    @Override
    public String toString() {
        return "StepResult[sleepNanos=" + (sleepNanos == EventLoop.NO_DEADLINE ? "none" : sleepNanos) + ", done=" + done
                + "]";
    }
}
