package io.stepoll;

import io.stepoll.internal.sys.Errno;
import java.io.IOException;
import java.io.Serializable;
import java.net.BindException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.PortUnreachableException;
import java.net.SocketException;

/**
 * A system call that failed. Each exception of this library that comes from an errno implements it, whatever its
 * class: the JDK's where that has one for the case ({@link ConnectException}, {@link BindException},
 * {@link NoRouteToHostException}, {@link PortUnreachableException}), {@link BrokenPipeException} and
 * {@link ConnectionResetException}, else
 * {@link SystemCallException}. All of those are {@link SocketException}s. See errno(3).
 */
public interface SystemCallFailure {
    /** {@return the call and its failure} */
    FailedCall failedCall();

    /** {@return the errno as a number} */
    default int errno() {
        return failedCall().errno();
    }

    /**
     * {@return how many bytes had gone before the call failed, of those that {@code send}, {@code write} or {@code
     * sendFile} was to send by as many calls as that takes; else 0}
     */
    default long bytesTransferred() {
        return failedCall().bytesTransferred();
    }

    /**
     * A failed call.
     *
     * @param call the system call, {@code connect} for instance
     * @param errno the errno as a number
     * @param errnoName the errno as a symbol, {@code ECONNREFUSED} for instance
     * @param address what it was about: an address as the library's programs take it, or {@code descriptor 7}
     * @param bytesTransferred how many bytes earlier calls of the same operation had sent
     */
    record FailedCall(String call, int errno, String errnoName, String address, long bytesTransferred)
            implements Serializable {
        FailedCall(String call, int errno, String address) {
            this(call, errno, Errno.name(errno), address, 0);
        }

        String message() {
            return call + " on " + address + ": " + errnoName + " (" + errno + "): " + Errno.text(errno)
                    + (bytesTransferred == 0 ? "" : ", after " + bytesTransferred + " bytes");
        }
    }

    /**
     * Makes the exception for a failed call.
     *
     * @param call the system call
     * @param errno its errno, positive
     * @param address what it was about
     * @return an exception that implements this interface
     */
    static SocketException of(String call, int errno, String address) {
        return SystemCallExceptions.of(new FailedCall(call, errno, address));
    }

    /**
     * Makes the exception for an operation of several calls, of which the last has failed.
     *
     * @param failure what says how it failed
     * @param bytesTransferred how many bytes the calls before it had sent
     * @return the failure itself if there are none; else one like it that says so
     */
    static IOException after(IOException failure, long bytesTransferred) {
        if (bytesTransferred == 0 || !(failure instanceof SystemCallFailure failed)) {
            return failure;
        }
        FailedCall last = failed.failedCall();
        SocketException whole = SystemCallExceptions.of(
                new FailedCall(last.call(), last.errno(), last.errnoName(), last.address(), bytesTransferred));
        whole.setStackTrace(failure.getStackTrace());
        return whole;
    }

    /**
     * Passes a result on, or throws what its errno means.
     *
     * @param call the system call
     * @param result its result, or {@code -errno}
     * @param address what it was about
     * @return the result
     * @throws IOException as {@link #of} makes it, if the result is negative
     */
    static int check(String call, int result, String address) throws IOException {
        if (result < 0) {
            throw of(call, -result, address);
        }
        return result;
    }
}
