package io.stepoll.internal.time;

/** What a clock needs of the loop that goes by it. */
public interface ClockUser {
    /**
     * The clock has changed in another way than by passing: a sleep that counts on it ends. From any thread; the loop's
     * own does not sleep then.
     */
    void clockChanged();

    /**
     * Whether all has arrived that code of the loop has sent on its way, and that is neither queued at the loop nor
     * known to epoll. If that is not known yet, the loop's wake-up is called when it is time to ask again. On the
     * loop's thread, while it polls.
     */
    boolean haveAllArrived();
}
