package io.stepoll.internal.loop;

import io.stepoll.EventLoop;
import io.stepoll.EventLoopBuilder;
import io.stepoll.FailureHandler;
import io.stepoll.IdleStrategy;
import io.stepoll.VirtualClock;
import io.stepoll.internal.jfr.FlightRecords;
import io.stepoll.internal.threads.PollerThreads;
import io.stepoll.internal.threads.StartingClasses;
import io.stepoll.internal.time.LoopClock;
import io.stepoll.internal.time.MonotonicClock;
import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;

/** The options of a loop to be opened. */
public final class LoopBuilder implements EventLoopBuilder {
    private static final AtomicInteger OPENED = new AtomicInteger();

    String name = "stepoll-" + OPENED.incrementAndGet();
    LoopClock clock = new MonotonicClock();
    FailureHandler failureHandler;
    boolean traceDescriptors;
    IdleStrategy idleStrategy = IdleStrategy.sleep();
    int ioBudget = DEFAULT_IO_BUDGET;
    int inboxLimit;
    int bufferPoolBytes = DEFAULT_BUFFER_POOL_BYTES;
    boolean traceBuffers;
    boolean callbacksOnLoopThread;
    boolean histograms;

    /** How long the close waits for tasks that are blocked. Only tests set another number. */
    int looksForBlocked = Closing.LOOKS_FOR_BLOCKED;

    /** The defaults. */
    public LoopBuilder() {}

    @Override
    public LoopBuilder name(String newName) {
        name = Objects.requireNonNull(newName, "name");
        return this;
    }

    @Override
    public LoopBuilder failureHandler(FailureHandler handler) {
        failureHandler = Objects.requireNonNull(handler, "handler");
        return this;
    }

    @Override
    public LoopBuilder traceDescriptors(boolean trace) {
        traceDescriptors = trace;
        return this;
    }

    @Override
    public LoopBuilder idleStrategy(IdleStrategy strategy) {
        idleStrategy = Objects.requireNonNull(strategy, "strategy");
        return this;
    }

    @Override
    public LoopBuilder ioBudget(int operations) {
        if (operations < 0) {
            throw new IllegalArgumentException("a budget of operations must not be negative: " + operations);
        }
        ioBudget = operations;
        return this;
    }

    @Override
    public LoopBuilder inboxLimit(int items) {
        if (items < 0) {
            throw new IllegalArgumentException("a limit of the inbox must not be negative: " + items);
        }
        inboxLimit = items;
        return this;
    }

    @Override
    public LoopBuilder bufferPoolBytes(int bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException("the bytes of a buffer pool must not be negative: " + bytes);
        }
        bufferPoolBytes = bytes;
        return this;
    }

    @Override
    public LoopBuilder traceBuffers(boolean trace) {
        traceBuffers = trace;
        return this;
    }

    @Override
    public LoopBuilder callbacksOnLoopThread(boolean onLoopThread) {
        callbacksOnLoopThread = onLoopThread;
        return this;
    }

    @Override
    public LoopBuilder histograms(boolean record) {
        histograms = record;
        return this;
    }

    @Override
    public LoopBuilder clock(VirtualClock virtualClock) {
        if (Objects.requireNonNull(virtualClock, "clock") instanceof LoopClock ours) {
            return clock(ours);
        }
        throw new IllegalArgumentException("not a clock of this library: " + virtualClock);
    }

    /** Sets any clock, for tests of the loop itself. */
    public LoopBuilder clock(LoopClock newClock) {
        clock = Objects.requireNonNull(newClock, "clock");
        return this;
    }

    @Override
    public EventLoop open() throws IOException {
        PollerThreads.beginBeside();
        EventLoop loop = Loop.open(this);
        StartingClasses.beginBeside(FlightRecords::prepare);
        return loop;
    }
}
