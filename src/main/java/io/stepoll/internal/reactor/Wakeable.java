package io.stepoll.internal.reactor;

/** What the wake phase runs: a task that waited for a descriptor, or the handler of a descriptor. */
public interface Wakeable {
    /** The number of the current wait, from {@link Reactor#waitBegins} or {@link Reactor#nextSequence}. */
    long sequence();

    /** Whether it runs code that may wait for a lock, and so belongs into a runner of callbacks. */
    boolean isCallback();

    /** Goes on, if the wait that the poll found ready, which had this number, is still the current one. */
    void wake(long sequence);
}
