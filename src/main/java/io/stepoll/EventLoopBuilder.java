package io.stepoll;

import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;

/** The options of a loop to be opened; from {@link EventLoop#builder}. */
public final class EventLoopBuilder {
    /** How many operations a task does in a row before it yields, unless {@link #ioBudget} says otherwise. */
    public static final int DEFAULT_IO_BUDGET = 64;

    private static final AtomicInteger OPENED = new AtomicInteger();

    String name = "stepoll-" + OPENED.incrementAndGet();
    Clock clock = new Clock.Monotonic();
    FailureHandler failureHandler;
    boolean traceDescriptors;
    Waiting waiting = Waiting.sleep();
    int ioBudget = DEFAULT_IO_BUDGET;

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
     * Sets what the loop does while there is nothing to do; by default it sleeps.
     *
     * @param newWaiting what it does
     * @return this
     */
    public EventLoopBuilder waiting(Waiting newWaiting) {
        waiting = Objects.requireNonNull(newWaiting, "waiting");
        return this;
    }

    /**
     * Sets how many operations on descriptors a task may do in a row, none of which had to wait. Before the next one it
     * yields: it goes on in the next transients phase, and the poll before that has seen to the others. A handler, in
     * one call of it, may do as many that did not say "nothing"; the next says so, and the handler is called again in
     * the next step. By default it is {@value #DEFAULT_IO_BUDGET}.
     *
     * @param operations how many; 0 for no limit, and then a peer that never stops can hold the loop
     * @return this
     * @throws IllegalArgumentException if it is negative
     */
    public EventLoopBuilder ioBudget(int operations) {
        if (operations < 0) {
            throw new IllegalArgumentException("a budget of operations is not negative: " + operations);
        }
        ioBudget = operations;
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
