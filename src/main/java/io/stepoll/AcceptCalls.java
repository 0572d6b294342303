package io.stepoll;

import io.stepoll.internal.poll.Registration;
import io.stepoll.internal.sys.Errno;
import io.stepoll.internal.sys.Sockets;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.nio.channels.ClosedChannelException;

/**
 * accept4(2). Out of descriptors or memory the connection stays in the backlog, and nothing tells when there are some
 * again: it is looked for, at growing intervals, and the listener neither fails nor spins meanwhile.
 */
final class AcceptCalls {
    private static final long FIRST_PAUSE_NANOS = 5_000_000;
    private static final long LAST_PAUSE_NANOS = 320_000_000;
    private static final int EXHAUSTED = Integer.MAX_VALUE;

    /**
     * Those that have left again before they were accepted are passed over, as are those that the network has failed:
     * accept(2) gives such an error of a connection in place of it.
     */
    private static final class Accepting implements Attempt {
        @Override
        public long call(int fd) {
            int result = Sockets.accept(fd);
            return switch (-result) {
                case Errno.ECONNABORTED, Errno.EPROTO, Errno.EPERM, Errno.ENETDOWN, Errno.ENOPROTOOPT, Errno.EHOSTDOWN,
                        Errno.ENONET, Errno.EHOSTUNREACH, Errno.ENETUNREACH -> -Errno.EINTR;
                case Errno.EMFILE, Errno.ENFILE, Errno.ENOBUFS, Errno.ENOMEM -> EXHAUSTED;
                default -> result;
            };
        }
    }

    private static final Accepting ACCEPT = new Accepting();

    private AcceptCalls() {}

    static Descriptor accept(Descriptor listener, long deadlineNanos) throws IOException {
        return Adoption.accepted(listener.loop(), acceptNumber(listener, deadlineNanos), acceptedKind(listener));
    }

    /** What was accepted is on no loop yet, and the caller's. */
    static int acceptNumber(Descriptor listener, long deadlineNanos) throws IOException {
        long pauseNanos = FIRST_PAUSE_NANOS;
        Draining draining = listener.reactor().draining;
        try {
            for (;;) {
                lookForSecond(listener);
                int accepted = draining.isStopping(listener) ? acceptLast(listener)
                        : (int) listener.read("accept", deadlineNanos, ACCEPT);
                if (accepted != EXHAUSTED) {
                    listener.registration().accepted();
                    return accepted;
                }
                pause(listener, pauseNanos, deadlineNanos);
                pauseNanos = Math.min(2 * pauseNanos, LAST_PAUSE_NANOS);
            }
        } catch (ClosedChannelException e) {
            throw draining.isStopping(listener) ? new ListenerStoppedException() : e;
        }
    }

    /** Of those that wait; when there are none any more the listener is closed. */
    private static int acceptLast(Descriptor listener) throws IOException {
        listener.check("accept");
        int result = acceptRaw(listener);
        if (result == -Errno.EAGAIN) {
            listener.close();
            throw new ListenerStoppedException();
        }
        return SystemCallFailure.check("accept", result, listener.describe());
    }

    private static int acceptRaw(Descriptor listener) {
        int result = -Errno.EINTR;
        while (result == -Errno.EINTR) {
            result = (int) ACCEPT.call(listener.fd());
        }
        return result;
    }

    private static void pause(Descriptor listener, long pauseNanos, long deadlineNanos) throws IOException {
        Suspension task = listener.suspension("accept", 0);
        long untilNanos = Math.min(listener.reactor().deadlineNanos(pauseNanos), deadlineNanos);
        try {
            task.sleepUntil(untilNanos);
        } catch (InterruptedException e) {
            throw new InterruptedIOException("accept on " + listener.describe() + ": interrupted");
        }
        if (untilNanos == deadlineNanos) {
            throw new SocketTimeoutException("accept on " + listener.describe() + ": timed out");
        }
    }

    static Descriptor acceptNow(Descriptor listener) throws IOException {
        listener.check("accept");
        if (!Handling.mayGoOn(listener)) {
            return null;
        }
        lookForSecond(listener);
        Registration registration = listener.registration();
        int result = registration.mayRead() ? acceptRaw(listener) : -Errno.EAGAIN;
        if (result == EXHAUSTED) {
            lookAgainLater(listener);
            return null;
        }
        if (result == -Errno.EAGAIN) {
            registration.readWouldBlock();
            if (listener.reactor().draining.isStopping(listener)) {
                listener.close();
            }
            return null;
        }
        if (result < 0) {
            throw SystemCallFailure.of("accept", -result, listener.describe());
        }
        registration.accepted();
        return Adoption.accepted(listener.loop(), result, acceptedKind(listener));
    }

    /**
     * accept(2) makes a whole socket before it can say that there is nobody to accept. Mostly connections come one by
     * one, so after the first poll(2) is asked, which costs a seventh of that; if there is a second they come in a
     * burst, and the calls themselves tell when that is over.
     */
    private static void lookForSecond(Descriptor listener) {
        Registration registration = listener.registration();
        if (registration.mayRead() && registration.hasAcceptedOne() && Sockets.pollIn(listener.fd()) == 0) {
            registration.readWouldBlock();
        }
    }

    /** Until then the handler is not called for what cannot be accepted. */
    private static void lookAgainLater(Descriptor listener) throws IOException {
        if (listener.handling() != null) {
            listener.handling().rest(LAST_PAUSE_NANOS);
        }
    }

    /** What was just accepted nobody else has, whoever has the listener. */
    private static DescriptorKind acceptedKind(Descriptor listener) {
        return listener.kind() == DescriptorKind.SHARED ? DescriptorKind.OWN : listener.kind();
    }
}
