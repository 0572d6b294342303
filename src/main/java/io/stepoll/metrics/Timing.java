package io.stepoll.metrics;

/**
 * The histograms of a {@link LoopMetrics}.
 *
 * @since 0.1.0
 */
public enum Timing {
    /**
     * How late deadlines were when the loop found that they had come: of timers, sleeps and timeouts. It is the time of
     * the timers phase minus the deadline, by the loop's clock, so under virtual time it is 0. Always recorded, as it
     * needs no further look at the clock.
     */
    TIMER_LAG(false, "how late deadlines were when the loop saw that they had come"),
    /**
     * How long a callback or a task was queued before it ran, its time in the inbox included. Recorded with
     * {@link io.stepoll.EventLoopBuilder#histograms} only.
     */
    CALLBACK_LAG(true, "how long callbacks and tasks were queued before they ran"),
    /**
     * How long a step took without its sleep: as long as that an event waits that comes in the worst moment. Recorded
     * with {@link io.stepoll.EventLoopBuilder#histograms} only.
     */
    STEP_LENGTH(true, "how long steps took, without their sleep");

    private final boolean optional;
    private final String description;

    Timing(boolean optional, String description) {
        this.optional = optional;
        this.description = description;
    }

    /** {@return whether it is recorded only by a loop that was opened with histograms on} */
    public boolean isOptional() {
        return optional;
    }

    /** {@return a few words for a table or a help text, in English} */
    public String description() {
        return description;
    }
}
