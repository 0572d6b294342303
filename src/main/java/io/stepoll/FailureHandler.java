package io.stepoll;

/**
 * Gets what callbacks of the loop throw. The loop goes on, and so do the other callbacks of the phase.
 *
 * @since 0.1.0
 */
@FunctionalInterface
public interface FailureHandler {
    /**
     * Handles a failure. A task of the loop runs this, so it may wait and take locks; it never runs inside the
     * callback's phase. What it throws itself is logged.
     *
     * @param callback the callback that failed
     * @param failure what it threw
     */
    void handle(Object callback, Throwable failure);
}
