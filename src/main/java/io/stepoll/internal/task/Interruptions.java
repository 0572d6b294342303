package io.stepoll.internal.task;

import java.io.InterruptedIOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.channels.ClosedByInterruptException;
import java.util.concurrent.CancellationException;

/** The exceptions with which an interrupt ends a wait, of this library and of the JDK. */
final class Interruptions {
    private Interruptions() {}

    /** Whether an exception is one. On the thread that it was thrown on, before its interrupt status changes. */
    static boolean isOne(Throwable thrown) {
        if (thrown instanceof SocketException && Thread.currentThread().isInterrupted()) {
            return true; // an interrupt closes the JDK's blocking sockets
        }
        return thrown instanceof InterruptedException || thrown instanceof ClosedByInterruptException
                || thrown instanceof InterruptedIOException && !(thrown instanceof SocketTimeoutException)
                || thrown instanceof CancellationException;
    }
}
