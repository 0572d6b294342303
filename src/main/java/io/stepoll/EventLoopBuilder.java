package io.stepoll;

import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;

/** The options of a loop to be opened; from {@link EventLoop#builder}. */
public final class EventLoopBuilder {
    private static final AtomicInteger OPENED = new AtomicInteger();

    String name = "stepoll-" + OPENED.incrementAndGet();
    Clock clock = new Clock.Monotonic();
    FailureHandler failureHandler;
    boolean traceDescriptors;

    EventLoopBuilder() {}

    /**
     * Names the loop, for messages; {@code stepoll-} and a number by default.
     *
     * @param newName the name
     * @return this
     */
    public EventLoopBuilder name(String newName) {
        name = Objects.requireNonNull(newName, "name");
        return this;
    }

    /**
     * Sets who is told of what a callback throws; by default it is logged at level ERROR by the
     * {@link System.Logger} {@code io.stepoll}.
     *
     * @param handler the handler
     * @return this
     */
    public EventLoopBuilder failureHandler(FailureHandler handler) {
        failureHandler = Objects.requireNonNull(handler, "handler");
        return this;
    }

    /**
     * Sets whether each descriptor remembers where it came to the loop, for the report of one that was never closed. It
     * costs a stack trace each; by default it does not.
     *
     * @param trace whether it does
     * @return this
     */
    public EventLoopBuilder traceDescriptors(boolean trace) {
        traceDescriptors = trace;
        return this;
    }

    /**
     * Lets the loop go by a virtual clock, for tests; by default it is CLOCK_MONOTONIC.
     *
     * @param virtualClock the clock, which no other loop may have
     * @return this
     */
    public EventLoopBuilder clock(VirtualClock virtualClock) {
        return clock((Clock) virtualClock);
    }

    EventLoopBuilder clock(Clock newClock) {
        clock = Objects.requireNonNull(newClock, "clock");
        return this;
    }

    /**
     * Opens the loop. May be called from any thread.
     *
     * @return the loop, which belongs to the calling thread
     * @throws IOException as for {@link EventLoop#open}
     * @throws IllegalStateException if another loop has the clock
     */
    public EventLoop open() throws IOException {
        return new EventLoop(this);
    }
}
