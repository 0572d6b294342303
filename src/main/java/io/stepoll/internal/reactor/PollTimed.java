package io.stepoll.internal.reactor;

/**
 * What has begun in a step, and begins to count with the step's poll. The loop reads the clock once for all of these;
 * each would otherwise read it for itself.
 */
@FunctionalInterface
public interface PollTimed {
    /**
     * The poll begins. May set deadlines, which this poll heeds.
     *
     * @param nanos the time of the loop's clock
     */
    void pollBegins(long nanos);
}
