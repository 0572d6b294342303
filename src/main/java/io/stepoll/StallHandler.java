package io.stepoll;

import java.time.Duration;

/**
 * Told by a {@link Watchdog} of loops that stand still. It runs on a thread of the watchdog that has nothing else to
 * do, so it may wait and take locks.
 */
@FunctionalInterface
public interface StallHandler {
    /**
     * A loop is held; called once for each time it is.
     *
     * @param stall by what
     */
    void stalled(Stall stall);

    /**
     * The loop goes on.
     *
     * @param stall what held it
     * @param length how long, at the most: from the look that first saw it to the one that saw it over
     */
    default void ended(Stall stall, Duration length) {}
}
