package io.stepoll;

/**
 * The result of {@link EventLoop#step}. Each loop has one object for it, which its next step fills anew: read it, do
 * not keep it.
 *
 * @since 0.1.0
 */
public interface StepResult {
    /**
     * {@return the time in nanoseconds from the end of the step to the earliest deadline that the step saw before its
     * poll, never negative; {@link EventLoop#NO_DEADLINE} if there was no timer}
     * It leaves out callbacks queued and timers set after that poll. A program that sleeps outside of the loop asks
     * {@link EventLoop#timeoutNanos()}.
     */
    long sleepNanos();

    /** {@return whether nothing is left to do: no callback, timer, waiter or live task} */
    boolean done();
}
