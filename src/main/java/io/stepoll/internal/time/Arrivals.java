package io.stepoll.internal.time;

/** What is on its way to a loop, and neither queued there nor known to epoll. */
@FunctionalInterface
public interface Arrivals {
    /**
     * Whether all has arrived that code of the loop has sent on its way. If that is not known yet, the loop's wake-up
     * is called when it is time to ask again. On the loop's thread, while it polls.
     */
    boolean areComplete();
}
