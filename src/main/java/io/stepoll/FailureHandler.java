package io.stepoll;

/** Told of what a callback of the loop has thrown. The loop goes on, and so do the callback's neighbours. */
@FunctionalInterface
public interface FailureHandler {
    /**
     * Handles a failure. Runs in a task of the loop, so it may wait and take locks; never inside the callback's phase.
     * What it throws itself is logged.
     *
     * @param callback the callback that failed
     * @param failure what it threw
     */
    void handle(Object callback, Throwable failure);
}
