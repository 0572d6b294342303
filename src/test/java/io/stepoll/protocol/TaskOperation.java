package io.stepoll.protocol;

import io.stepoll.BrokenPipeException;
import io.stepoll.ConnectionResetException;
import io.stepoll.Descriptor;
import io.stepoll.ListenerStoppedException;
import io.stepoll.LoopClosedException;
import io.stepoll.support.Libc;
import java.net.SocketTimeoutException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;

/** One thing that a task does and that may wait: the call, what it may answer, and when it must have ended. */
abstract class TaskOperation {
    private final String name;

    /** The handle that it is about, and the descriptor that this was then; null if it is about none. */
    final Handle handle;

    final Descriptor descriptor;

    /** How long it may wait; null for as long as it takes. */
    final Duration timeout;

    /** Whether what it throws ends the code around it. */
    final boolean throwsOn;

    private long earliestEnd = Long.MAX_VALUE;
    private long latestEnd = Long.MAX_VALUE;

    TaskOperation(String name, Handle handle, Duration timeout, boolean throwsOn) {
        this.name = name + (handle == null ? "" : " " + handle.name) + (timeout == null ? "" : " within " + timeout);
        this.handle = handle;
        descriptor = handle == null ? null : handle.descriptor;
        this.timeout = timeout;
        this.throwsOn = throwsOn;
    }

    /** Makes the call, and checks its result. */
    abstract void call(Worker worker) throws Exception;

    /** Whether what it waits for is there. Asked while it waits and everything is quiet. */
    abstract boolean hasCome();

    /** Whether an interrupt ends its wait. */
    boolean endsByInterrupt() {
        return true;
    }

    /** Whether it is refused on a descriptor with a handler, even if it has not to wait. */
    boolean needsNoHandler() {
        return true;
    }

    /** Whether it may end with this, in addition to what is common to all. */
    boolean mayThrow(Worker worker, Throwable thrown) {
        return false;
    }

    final void perform(Worker worker) throws Exception {
        worker.world.noticeStoppedListeners();
        boolean stale = isStale();
        boolean handled = handle != null && !stale && handle.handler != null && needsNoHandler();
        if (timeout != null) {
            earliestEnd = worker.loop.earliestNow() + timeout.toNanos();
            latestEnd = worker.loop.clock.nanoTime() + timeout.toNanos();
        }
        try {
            call(worker);
        } catch (Throwable t) {
            if (worker.judges(t)) { // else it comes from an operation inside
                judge(worker, t);
            }
            throw t;
        }
        if ((stale || handled) && !worker.loop.closing) {
            worker.world.fail(this + " has succeeded on a descriptor that is " + (stale ? "closed" : "handled"));
        }
    }

    private void judge(Worker worker, Throwable thrown) {
        worker.world.noticeStoppedListeners();
        if (Worker.isInterruption(thrown)) {
            worker.interrupted(name);
        } else if (!isCommon(worker, thrown) && !mayThrow(worker, thrown)) {
            worker.world.fail(worker + ": " + this + " must not throw this", thrown);
        }
    }

    final boolean isStale() {
        return handle != null && handle.descriptor != descriptor;
    }

    private boolean isCommon(Worker worker, Throwable thrown) {
        boolean closing = worker.loop.closing;
        return switch (thrown) {
            case SocketTimeoutException e -> worker.loop.clock.nanoTime() >= earliestEnd;
            case ListenerStoppedException e -> worker.loop.shutdown != null;
            case AsynchronousCloseException e -> isStale() || closing;
            case ClosedChannelException e -> isStale() || closing;
            case LoopClosedException e -> closing;
            case IllegalStateException e -> handle != null && handle.handler != null;
            case BrokenPipeException e -> handle != null && handle.canWrite()
                    && (handle.end.outputEnded || handle.end.out.abandoned);
            case ConnectionResetException e -> handle != null && handle.end.mayBeReset;
            default -> false;
        };
    }

    /** What is wrong with its waiting, while everything is quiet; null for nothing. */
    final String overdue(Worker worker) {
        worker.world.noticeStoppedListeners();
        if (isStale()) {
            return "waits for a descriptor that is closed";
        }
        if (endsByInterrupt() && worker.mustBeInterrupted()) {
            return "waits although it was interrupted";
        }
        if (worker.loop.hasStepBegunAt(latestEnd)) {
            return "waits beyond its timeout";
        }
        if (handle != null && handle.handler != null) {
            return "waits for a descriptor that has a handler";
        }
        return hasCome() ? "waits for what is there" : null;
    }

    /** Whether poll(2) says that the handle is ready. */
    final boolean isReady(short events) {
        return Libc.poll(handle.fd, events) != 0;
    }

    @Override
    public String toString() {
        return name;
    }
}
