package io.stepoll.internal.net;

import io.stepoll.SystemCallFailure;
import io.stepoll.internal.io.RoamingSocket;
import io.stepoll.internal.sys.Errno;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.ProtocolException;
import java.net.SocketException;
import java.nio.channels.ClosedChannelException;

/** The exceptions of the JDK's own sockets: their classes and messages. The library's own exception is the cause. */
final class JavaFailures {
    /**
     * What the JDK adds to the text of the errno, if a connect fails for which it has waited in poll(2): from 27 on,
     * and in the updates of 25 from 25.0.5 on (JDK-8384163).
     */
    private static final String AFTER_A_WAIT = addsToConnects(Runtime.version()) ? " (connect failed)" : "";

    private JavaFailures() {}

    private static boolean addsToConnects(Runtime.Version version) {
        return version.feature() >= 27 || (version.feature() == 25 && version.update() >= 5);
    }

    /** Passes a result on, or throws the exception for its errno. */
    static int check(int result) throws IOException {
        if (result < 0) {
            throw of(-result);
        }
        return result;
    }

    /** The same for getsockopt(2) and setsockopt(2), whose exceptions are of one class. */
    static int checkOption(int result) throws SocketException {
        if (result < 0) {
            throw new SocketException(Errno.text(-result));
        }
        return result;
    }

    /** For an IPv6 address where the sockets are IPv4 ones. */
    static SocketException noIpv6() {
        return new SocketException("IPv6 protocol family unavailable");
    }

    /** {@link RoamingSocket#use} with the JDK's exception after a close. */
    static int use(RoamingSocket socket, RoamingSocket.NumberUse use) throws IOException {
        try {
            return socket.use(use);
        } catch (ClosedChannelException e) {
            throw closed();
        }
    }

    private static IOException of(int errno) {
        return of(errno, Errno.text(errno));
    }

    private static IOException of(int errno, String text) {
        return switch (errno) {
            case Errno.EPROTO -> new ProtocolException(text);
            case Errno.ECONNREFUSED, Errno.ETIMEDOUT, Errno.ENOTCONN -> new ConnectException(text);
            case Errno.EHOSTUNREACH -> new NoRouteToHostException(text);
            case Errno.EADDRINUSE, Errno.EADDRNOTAVAIL, Errno.EACCES -> new BindException(text);
            default -> new SocketException(text);
        };
    }

    /** What the JDK throws in place of an exception of this library. Interrupts, timeouts and the like are the same. */
    static IOException of(IOException failure) {
        IOException ofJdk = switch (failure) {
            case SystemCallFailure failed -> new SocketException(Errno.text(failed.errno()));
            case ClosedChannelException _ -> closed();
            default -> failure;
        };
        if (ofJdk != failure) {
            ofJdk.initCause(failure);
        }
        return ofJdk;
    }

    /**
     * The same for the end of a connect that had to wait.
     *
     * @param millis the timeout of the connect; 0 for none
     */
    static IOException ofConnect(IOException failure, int millis) {
        if (!(failure instanceof SystemCallFailure failed)) {
            return of(failure);
        }
        boolean waitsInKernel = millis == 0 && !Thread.currentThread().isVirtual(); // the JDK, which adds nothing then
        IOException ofJdk = of(failed.errno(), Errno.text(failed.errno()) + (waitsInKernel ? "" : AFTER_A_WAIT));
        ofJdk.initCause(failure);
        return ofJdk;
    }

    static boolean isReset(IOException failure) {
        return failure instanceof SystemCallFailure failed && failed.errno() == Errno.ECONNRESET;
    }

    /** @param cause null if an earlier call has found out */
    static SocketException reset(IOException cause) {
        SocketException reset = new SocketException("Connection reset");
        reset.initCause(cause);
        return reset;
    }

    static SocketException closed() {
        return new SocketException("Socket closed");
    }
}
