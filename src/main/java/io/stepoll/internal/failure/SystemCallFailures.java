package io.stepoll.internal.failure;

import io.stepoll.BindFailedException;
import io.stepoll.BrokenPipeException;
import io.stepoll.ConnectFailedException;
import io.stepoll.ConnectionResetException;
import io.stepoll.DatagramRefusedException;
import io.stepoll.HostUnreachableException;
import io.stepoll.SystemCallException;
import io.stepoll.SystemCallFailure;
import io.stepoll.SystemCallFailure.FailedCall;
import io.stepoll.internal.sys.Errno;
import java.io.IOException;
import java.net.SocketException;
import java.util.List;
import java.util.stream.Collectors;

/** Makes the exception for a system call that has failed; it always implements {@link SystemCallFailure}. */
public final class SystemCallFailures {
    private SystemCallFailures() {}

    /**
     * Makes the exception for a failed call.
     *
     * @param call the system call
     * @param errno its errno, positive
     * @param address what the call was about
     */
    public static SocketException of(String call, int errno, String address) {
        return Exceptions.of(failedCall(call, errno, address));
    }

    private static FailedCall failedCall(String call, int errno, String address) {
        return new FailedCall(call, errno, Errno.name(errno), Errno.text(errno), address, 0);
    }

    /** Makes the exception for a call on a datagram socket whose other end refuses datagrams. */
    public static SocketException refusedDatagram(String call, String address) {
        return new DatagramRefusedException(failedCall(call, Errno.ECONNREFUSED, address));
    }

    /**
     * Makes the exception for an operation of several calls, of which the last has failed.
     *
     * @param failure the exception for the last call
     * @param bytesTransferred how many bytes the calls before it had sent
     * @return the failure itself if they had sent none; else one like it that says how many
     */
    public static IOException after(IOException failure, long bytesTransferred) {
        if (bytesTransferred == 0 || !(failure instanceof SystemCallFailure failed)) {
            return failure;
        }
        FailedCall last = failed.failedCall();
        FailedCall whole = new FailedCall(last.call(), last.errno(), last.errnoName(), last.errnoText(),
                last.address(), bytesTransferred);
        SocketException exception = failure instanceof DatagramRefusedException ? new DatagramRefusedException(whole)
                : Exceptions.of(whole);
        exception.setStackTrace(failure.getStackTrace());
        return exception;
    }

    /**
     * Makes the one exception for an operation that has failed for each of several addresses. It is of the kind of the
     * last failure and names all addresses, with the errno of those that have failed otherwise. Each failure is
     * suppressed in it.
     *
     * @param failures {@link SystemCallFailure}s, at least one
     */
    public static SocketException ofAll(List<? extends IOException> failures) {
        FailedCall last = ((SystemCallFailure) failures.getLast()).failedCall();
        String addresses = failures.stream().map(failure -> ((SystemCallFailure) failure).failedCall())
                .map(one -> one.address() + (one.errno() == last.errno() ? "" : " (" + one.errnoName() + ")"))
                .collect(Collectors.joining(", "));
        SocketException all = Exceptions.of(new FailedCall(last.call(), last.errno(), last.errnoName(),
                last.errnoText(), addresses, 0));
        failures.forEach(all::addSuppressed);
        return all;
    }

    /**
     * Passes a result on, or throws the exception for its errno.
     *
     * @param call the system call
     * @param result its result, or {@code -errno}
     * @param address what the call was about
     * @throws IOException as {@link #of} makes it, if the result is negative
     */
    public static int check(String call, int result, String address) throws IOException {
        if (result < 0) {
            throw of(call, -result, address);
        }
        return result;
    }

    /** A class apart, so that a program loads the classes of the exceptions when a call fails, and not as it starts. */
    private static final class Exceptions {
        static SocketException of(FailedCall failed) {
            return switch (failed.errno()) {
                case Errno.EPIPE -> new BrokenPipeException(failed);
                case Errno.ECONNRESET -> new ConnectionResetException(failed);
                case Errno.ECONNREFUSED -> isOfDatagrams(failed) ? new DatagramRefusedException(failed)
                        : ofConnect(failed);
                case Errno.ETIMEDOUT, Errno.ENOENT -> ofConnect(failed);
                case Errno.EADDRINUSE, Errno.EADDRNOTAVAIL -> failed.call().equals("bind")
                        ? new BindFailedException(failed) : new SystemCallException(failed);
                case Errno.EHOSTUNREACH, Errno.ENETUNREACH -> new HostUnreachableException(failed);
                default -> new SystemCallException(failed);
            };
        }

        private static boolean isOfDatagrams(FailedCall failed) {
            return switch (failed.call()) {
                case "recvfrom", "recvmmsg", "sendto", "sendmmsg" -> true;
                default -> false;
            };
        }

        private static SocketException ofConnect(FailedCall failed) {
            return failed.call().equals("connect") ? new ConnectFailedException(failed)
                    : new SystemCallException(failed);
        }
    }
}
