package io.stepoll.watchdog;

import java.time.Duration;

/**
 * Gets the reports of a {@link Watchdog} about loops that stand still. It runs on a thread of the watchdog that does
 * nothing else, so it may wait and take locks.
 *
 * @since 0.1.0
 */
@FunctionalInterface
public interface StallHandler {
    /**
     * A loop is held; called once for each time. If the memory does not suffice to report the end of one, what holds
     * the loop next counts as the same one.
     *
     * @param stall what holds it
     */
    void stalled(Stall stall);

    /**
     * The loop goes on.
     *
     * @param stall what held it
     * @param length how long at the most: from the look that first saw the stall to the look that saw it over
     */
    default void ended(Stall stall, Duration length) {}
}
