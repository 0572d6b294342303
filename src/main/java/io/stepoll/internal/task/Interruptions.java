package io.stepoll.internal.task;

import io.stepoll.DeadlineExceededException;
import io.stepoll.SystemCallFailure;
import java.io.InterruptedIOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.channels.ClosedByInterruptException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.function.Predicate;

/**
 * Whether an interrupt has ended code, by what the code has thrown. Libraries wrap the exception of a wait in their
 * own, or drop it; so the chain of causes is looked at, and the interrupt status.
 */
final class Interruptions {
    /** A chain of causes may be a circle. */
    private static final int MOST_CAUSES = 100;

    private Interruptions() {}

    /**
     * Whether an interrupt has ended code with this exception. On the thread that it was thrown on, before the
     * interrupt status of the thread changes.
     *
     * <p>The exception of a wait is among the causes, or the code has seen the interrupt: its status is clear. What was
     * thrown may have lost its causes then, or may come from the cleanup. An error, of memory or of an assertion, is
     * not hidden behind an interrupt that was merely seen.
     *
     * @param delivered whether the thread was interrupted since it began the code
     */
    static boolean haveEnded(Throwable thrown, boolean delivered) {
        return isAmongCauses(thrown, Interruptions::isOne)
                || delivered && !(thrown instanceof Error) && !Thread.currentThread().isInterrupted();
    }

    /** Whether an exception, or one among its causes, is of a kind. */
    static boolean isAmongCauses(Throwable thrown, Predicate<Throwable> kind) {
        Throwable cause = thrown;
        for (int i = 0; cause != null && i < MOST_CAUSES; i++) {
            if (kind.test(cause)) {
                return true;
            }
            cause = isOfOtherCode(cause) ? null : causeOf(cause);
        }
        return false;
    }

    private static Throwable causeOf(Throwable thrown) {
        try {
            return thrown.getCause();
        } catch (Throwable broken) { // an exception of the user's has a method of its own, and a task has to end
            return null;
        }
    }

    /** Its causes tell of another deadline, or of another task or thread. */
    private static boolean isOfOtherCode(Throwable thrown) {
        return thrown instanceof DeadlineExceededException || thrown instanceof ExecutionException;
    }

    /** Whether an interrupt ends a wait of this library, or of the JDK, with this exception. */
    private static boolean isOne(Throwable thrown) {
        if (thrown instanceof SocketException && Thread.currentThread().isInterrupted()) {
            return !(thrown instanceof SystemCallFailure); // an interrupt closes blocking sockets: the JDK's, not ours
        }
        return thrown instanceof InterruptedException || thrown instanceof ClosedByInterruptException
                || thrown instanceof InterruptedIOException && !(thrown instanceof SocketTimeoutException)
                || thrown instanceof CancellationException;
    }
}
