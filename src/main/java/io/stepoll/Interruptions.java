package io.stepoll;

import java.io.InterruptedIOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.channels.ClosedByInterruptException;
import java.util.concurrent.CancellationException;

/** What a wait ends with that an interrupt has ended, of ours and of the JDK's. */
final class Interruptions {
    private Interruptions() {}

    /** Whether it is one. Asked in the thread that it was thrown in, before its interrupt status changes. */
    static boolean isOne(Throwable thrown) {
        if (thrown instanceof SocketException && Thread.currentThread().isInterrupted()) {
            return true; // of the JDK's blocking sockets, which an interrupt closes
        }
        return thrown instanceof InterruptedException || thrown instanceof ClosedByInterruptException
                || thrown instanceof InterruptedIOException && !(thrown instanceof SocketTimeoutException)
                || thrown instanceof CancellationException;
    }
}
