package io.stepoll.internal.io;

import io.stepoll.EventLoop;
import io.stepoll.internal.reactor.Deadline;
import io.stepoll.internal.reactor.PollTimed;
import io.stepoll.internal.reactor.Reactor;
import io.stepoll.internal.task.LoopTasks;
import io.stepoll.internal.task.TaskWait;
import io.stepoll.internal.task.Waitable;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The waits of the tasks on one stream, one for input and one for output at a time, and the limits of these waits.
 *
 * <p>One deadline of the loop's serves all limits and all waits. It is set when a wait begins and nothing is set that
 * early. It is not taken back when the wait ends: when it comes, the waits that go on then are looked at, and it is set
 * for the earliest of their limits. So a stream that waits a thousand times within its limit sets it once.
 *
 * <p>A wait counts from the poll that follows its begin. So the waits of a step read the clock once, all of them
 * together, and a wait that needs no poll, as most writes do, never reads it.
 *
 * <p>What ends a wait is {@link TaskWait#timeOut()}: the call that waits throws a
 * {@link java.net.SocketTimeoutException}, and {@link #inputLimit} or {@link #outputLimit} says which limit it was. All
 * of this happens on the loop's thread.
 */
public final class StreamWaits extends Deadline implements PollTimed {
    /** No limit, or no time. */
    private static final long NONE = EventLoop.NO_DEADLINE;

    /** The begin of a wait that has seen no poll. */
    private static final long UNTIMED = Long.MIN_VALUE;

    /** A wait is past its limit, and is no wait for a descriptor: for a step of a handshake on another thread, say. */
    private static final long LOOK_AGAIN_NANOS = 10_000_000;

    /** What a wait may be limited by. */
    public enum Limit {
        /** How long one wait may take. */
        WAIT,
        /** How long no byte may come while a task waits for input. */
        READ_IDLE,
        /** How long no byte may go. */
        WRITE_IDLE,
        /** How long no byte may come or go while a task waits. */
        IDLE
    }

    private final LoopTasks tasks;
    private final Reactor reactor;
    private final Waitable stream;

    private final long[] limits = {NONE, NONE, NONE, NONE}; // by the numbers of Limit
    private boolean limited;
    private long armedNanos;

    /* A task is null while nobody waits. */
    private TaskWait input;
    private TaskWait output;
    private boolean asksForTime;
    private long inputBegan;
    private long outputBegan;
    private Limit inputLimit; // that has ended the wait
    private Limit outputLimit;

    /* What goes, and how much of it was left at the last look: bytes that go in the middle of a wait are seen by it. */
    private ByteBuffer first;
    private ByteBuffer second;
    private long left;

    private long lastWent;
    private long lastMoved; // either way
    private long writeIdleFrom; // the last byte that went, or the last wait that ended for want of one

    /* How long tasks have waited for input, in the waits before this one, since a byte came, or moved. */
    private long silentNanos;
    private long stillNanos;
    private boolean uncounted; // the last wait for input is not in these, and no byte has come since

    /** The limit that {@link #inputDue} or {@link #outputDue} has found to be the earliest. */
    private Limit earliest;

    /** @param stream what is waited for, for messages */
    public StreamWaits(EventLoop loop, Waitable stream) {
        LoopIo io = LoopDescriptors.of(loop).io();
        tasks = io.tasks;
        reactor = io.reactor;
        this.stream = stream;
        makeDaemon(); // the waits keep the loop from being done; what is left of a limit does not
    }

    /**
     * Sets a limit, which also counts for a wait that goes on. A wait that began without a limit counts from now on.
     */
    public void set(Limit limit, long nanos) {
        if (!limited) { // nobody has looked at what has moved
            lastWent = now();
            lastMoved = lastWent;
            writeIdleFrom = lastWent;
            silentNanos = 0;
            stillNanos = 0;
            uncounted = false;
        }
        limits[limit.ordinal()] = nanos;
        limited = false;
        for (long each : limits) {
            limited |= each != NONE;
        }
        countFrom(now());
    }

    /** {@return a limit, in nanoseconds} */
    public long nanos(Limit limit) {
        return limits[limit.ordinal()];
    }

    private long now() {
        return reactor.deadlineNanos(0);
    }

    /**
     * An operation of the current task begins that may need no system call and no wait: it counts, and the task may
     * yield before.
     *
     * @throws IllegalStateException in a callback
     */
    public void operationBegins(String call) throws IOException {
        tasks.current(call).operationBegins(call, stream);
    }

    /** The current task is about to wait for input. */
    public void inputBegins(String call) {
        inputLimit = null;
        if (limited) {
            countLastWait();
            askForTime();
        }
        input = tasks.current(call);
        inputBegan = UNTIMED;
    }

    /**
     * That wait has ended.
     *
     * @param inVain whether there is nothing to read: by an exception, say
     */
    public void inputEnds(boolean inVain) {
        if (input != null) {
            input = null;
            uncounted = inputBegan != UNTIMED;
            if (inVain) {
                countLastWait();
            }
        }
    }

    /** Counts the last wait for input, if no byte has come by it. */
    private void countLastWait() {
        if (uncounted) {
            uncounted = false;
            long nowNanos = now();
            silentNanos += nowNanos - inputBegan;
            stillNanos += nowNanos - Math.max(inputBegan, lastMoved);
        }
    }

    private void askForTime() {
        if (!asksForTime) {
            asksForTime = true;
            reactor.timeByPoll(this);
        }
    }

    @Override
    public void pollBegins(long nanos) {
        asksForTime = false;
        countFrom(nanos);
    }

    /** The waits that have begun meanwhile count from now on. */
    private void countFrom(long nowNanos) {
        if (input != null) {
            if (inputBegan == UNTIMED) {
                inputBegan = nowNanos;
            }
            arm(inputDue());
        }
        if (output != null) {
            if (outputBegan == UNTIMED) {
                outputBegan = nowNanos;
            }
            arm(outputDue());
        }
    }

    /** {@return the limit that has ended the last wait for input; null for none} */
    public Limit inputLimit() {
        if (inputLimit == Limit.WRITE_IDLE) {
            writeIdleFrom = now();
        }
        return inputLimit;
    }

    /**
     * The current task is about to write, and may have to wait for room.
     *
     * @param newFirst what goes first
     * @param newSecond what goes after it; null for nothing
     */
    public void outputBegins(String call, ByteBuffer newFirst, ByteBuffer newSecond) {
        outputLimit = null;
        output = tasks.current(call);
        outputBegan = UNTIMED;
        first = newFirst;
        second = newSecond;
        left = left();
        if (limited) {
            askForTime();
        }
    }

    /** However the write has ended. */
    public void outputEnds() {
        if (output != null) {
            if (limited && (input != null || uncounted || limits[Limit.WRITE_IDLE.ordinal()] != NONE)) {
                lookAtOutput(now());
            } else if (left() < left) {
                stillNanos = 0;
            }
            output = null;
            first = null;
            second = null;
        }
    }

    /** {@return the limit that has ended the last wait for room; null for none} */
    public Limit outputLimit() {
        return outputLimit;
    }

    /** Bytes have come. */
    public void bytesCame() {
        if (limited) {
            silentNanos = 0;
            stillNanos = 0;
            uncounted = false;
            if (output != null && limits[Limit.IDLE.ordinal()] != NONE) {
                lastMoved = now();
            }
        }
    }

    private long left() {
        return first.remaining() + (second == null ? 0L : second.remaining());
    }

    private void lookAtOutput(long nowNanos) {
        long leftNow = left();
        if (leftNow < left) {
            left = leftNow;
            lastWent = nowNanos;
            lastMoved = nowNanos;
            writeIdleFrom = nowNanos;
            stillNanos = 0;
        }
    }

    /** Time in which no task waits for input is the program's own, and no peer's silence. */
    private long inputDue() {
        long due = due(NONE, inputBegan, Limit.WAIT);
        due = due(due, inputBegan - silentNanos, Limit.READ_IDLE);
        due = due(due, writeIdleFrom, Limit.WRITE_IDLE);
        return due(due, Math.max(inputBegan, lastMoved) - stillNanos, Limit.IDLE);
    }

    private long outputDue() {
        long due = due(NONE, outputBegan, Limit.WAIT);
        due = due(due, Math.max(outputBegan, lastWent), Limit.WRITE_IDLE);
        return due(due, Math.max(outputBegan, lastMoved), Limit.IDLE);
    }

    private long due(long before, long fromNanos, Limit limit) {
        long nanos = fromNanos + limits[limit.ordinal()];
        if (nanos < fromNanos || nanos >= before) { // too late for a long, as without a limit
            return before;
        }
        earliest = limit;
        return nanos;
    }

    private void arm(long dueNanos) {
        if (dueNanos != NONE && (!isPending() || dueNanos < armedNanos)) {
            armedNanos = dueNanos;
            reactor.schedule(this, dueNanos);
        }
    }

    /** Runs no code of the user's. */
    @Override
    public boolean isCallback() {
        return false;
    }

    @Override
    protected void fire() {
        long nowNanos = reactor.nowNanos();
        if (output != null) {
            lookAtOutput(nowNanos);
        }
        if (input != null && inputLimit == null && inputBegan != UNTIMED) {
            long due = inputDue();
            if (due > nowNanos) {
                arm(due);
            } else if (input.timeOut()) {
                inputLimit = earliest;
            } else {
                arm(nowNanos + LOOK_AGAIN_NANOS);
            }
        }
        if (output != null && outputLimit == null && outputBegan != UNTIMED) {
            long due = outputDue();
            if (due > nowNanos) {
                arm(due);
            } else if (output.timeOut()) {
                outputLimit = earliest;
            } else {
                arm(nowNanos + LOOK_AGAIN_NANOS);
            }
        }
    }

    @Override
    protected void abandon() {}

    /** Throws on a thread that is neither the loop's nor a task of it, while the loop is open. */
    public void checkThread(String call) {
        if (!reactor.thread().isClosed() && !reactor.thread().isCurrent()) {
            throw reactor.thread().wrongThread(call);
        }
    }

    /** The stream is closed: nothing is left behind. */
    public void close() {
        if (isPending() && !reactor.thread().isClosed()) {
            reactor.unschedule(this);
        }
    }
}
