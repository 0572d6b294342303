package io.stepoll.internal.io;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.ListenerStoppedException;
import io.stepoll.SystemCallFailure;
import io.stepoll.internal.poll.Registration;
import io.stepoll.internal.sys.Sockets;
import io.stepoll.internal.task.TaskWait;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.nio.channels.ClosedChannelException;

/**
 * How connections are accepted. When descriptors or memory have run out, or each call is refused, the connection stays
 * in the backlog, and nothing notifies the loop when that is over. So the loop tries again, at growing intervals;
 * meanwhile the listener neither fails nor spins.
 */
final class Accepting {
    private static final long FIRST_PAUSE_NANOS = 5_000_000;
    private static final long LAST_PAUSE_NANOS = 320_000_000;

    private Accepting() {}

    /** Waits for a connection. Returns its number; it is on no loop yet, and belongs to the caller. In a task. */
    static int accept(OpenDescriptor listener, Draining draining, long deadlineNanos) throws IOException {
        long pauseNanos = FIRST_PAUSE_NANOS;
        try {
            for (;;) {
                int accepted = draining.isStopping(listener) ? acceptLast(listener, draining)
                        : (int) BlockingCall.perform(listener, "accept", Registration.READ, AcceptCall.CALL, null,
                                deadlineNanos);
                if (accepted != AcceptCall.EXHAUSTED) {
                    listener.hasAccepted();
                    return accepted;
                }
                pause(listener, pauseNanos, deadlineNanos);
                pauseNanos = Math.min(2 * pauseNanos, LAST_PAUSE_NANOS);
            }
        } catch (ClosedChannelException e) {
            throw draining.isStopping(listener) ? new ListenerStoppedException() : e;
        }
    }

    /** Accepts one that still waits on a stopped listener, which is closed when nobody waits any more. */
    private static int acceptLast(OpenDescriptor listener, Draining draining) throws IOException {
        long accepted = tryAcceptOne(listener);
        if (accepted == Descriptor.WOULD_BLOCK) {
            draining.close(listener);
            throw new ListenerStoppedException();
        }
        return (int) accepted;
    }

    private static long tryAcceptOne(OpenDescriptor listener) throws IOException {
        return BlockingCall.tryPerform(listener, "accept", Registration.READ, AcceptCall.CALL, null);
    }

    /**
     * Accepts without waiting for a connection. Where descriptors have run out while one waits, waits until it can be
     * accepted. In a task.
     *
     * @return the number of the connection, as of {@link #accept}; {@link Descriptor#WOULD_BLOCK} if none waits
     */
    static int acceptWaiting(OpenDescriptor listener, Draining draining) throws IOException {
        listener.callBegins("accept");
        long pauseNanos = FIRST_PAUSE_NANOS;
        for (;;) {
            int accepted = draining.isStopping(listener) ? acceptLast(listener, draining)
                    : (int) tryAcceptOne(listener);
            if (accepted != AcceptCall.EXHAUSTED) {
                if (accepted != Descriptor.WOULD_BLOCK) {
                    listener.hasAccepted();
                }
                return accepted;
            }
            pause(listener, pauseNanos, EventLoop.NO_DEADLINE);
            pauseNanos = Math.min(2 * pauseNanos, LAST_PAUSE_NANOS);
        }
    }

    /** Waits until a connection waits, and accepts none. In a task. */
    static void awaitConnection(OpenDescriptor listener, Draining draining) throws IOException {
        TaskWait task = listener.callBegins("accept");
        if (listener.registration().mayRead() && Sockets.pollIn(listener.fd()) != 0) {
            return;
        }
        if (draining.isStopping(listener)) {
            draining.close(listener);
            throw new ListenerStoppedException();
        }
        listener.registration().readWouldBlock();
        BlockingCall.awaitReadable(task, listener, "accept", EventLoop.NO_DEADLINE);
    }

    private static void pause(OpenDescriptor listener, long pauseNanos, long deadlineNanos) throws IOException {
        long untilNanos = Math.min(listener.io.reactor.deadlineNanos(pauseNanos), deadlineNanos);
        try {
            listener.callBegins("accept").sleepUntil(untilNanos);
        } catch (InterruptedException e) {
            throw new InterruptedIOException("accept on " + listener.describe() + ": interrupted");
        }
        if (untilNanos == deadlineNanos) {
            throw new SocketTimeoutException("accept on " + listener.describe() + ": timed out");
        }
    }

    /** Accepts without waiting. Returns the number of the connection, or {@link Descriptor#WOULD_BLOCK}. */
    static int tryAccept(OpenDescriptor listener, Draining draining) throws IOException {
        int accepted = (int) tryAcceptOne(listener);
        if (accepted == AcceptCall.EXHAUSTED) {
            if (listener.handler != null) { // until then the handler is not called for what nobody can accept
                listener.handler.rest(LAST_PAUSE_NANOS);
            }
            return Descriptor.WOULD_BLOCK;
        }
        if (accepted == Descriptor.WOULD_BLOCK) {
            boolean nobodyIsThere = listener.handler == null || !listener.handler.hasUsedUpItsBudget();
            if (nobodyIsThere && draining.isStopping(listener)) {
                draining.close(listener);
            }
            return Descriptor.WOULD_BLOCK;
        }
        listener.hasAccepted();
        return accepted;
    }

    /** Nobody else has a connection that was just accepted, whoever else has the listener. */
    static DescriptorKind kind(OpenDescriptor listener) {
        Listening kept = listener.listening();
        if (kept.connectionKind == null) {
            kept.connectionKind = listener.kind() == DescriptorKind.SHARED
                    ? DescriptorKind.ofSocket(listener.fd()) : listener.kind();
        }
        return kept.connectionKind;
    }
}
