package io.stepoll;

import java.io.Serializable;
import java.net.SocketException;

/**
 * A system call that has failed. Each exception of this library that comes from an errno implements this interface and
 * is a {@link SocketException}, whatever its class: {@link BindFailedException}, {@link ConnectFailedException},
 * {@link HostUnreachableException} and {@link DatagramRefusedException}, which extend the JDK's exceptions for these
 * cases, {@link BrokenPipeException}, {@link ConnectionResetException}, or else {@link SystemCallException}. See
 * errno(3).
 *
 * @since 0.1.0
 */
public interface SystemCallFailure {
    /** {@return the call and its failure} */
    FailedCall failedCall();

    /** {@return the errno as a number} */
    default int errno() {
        return failedCall().errno();
    }

    /**
     * {@return how many bytes had gone before the call failed, where one {@code write}, {@code send} or
     * {@code sendFile} took several calls; else 0}
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
     * @param errnoText the errno in words, {@code Connection refused} for instance
     * @param address what the call was about: an address as the library's programs take it, or {@code descriptor 7}
     * @param bytesTransferred how many bytes earlier calls of the same operation had sent
     * @since 0.1.0
     */
    record FailedCall(String call, int errno, String errnoName, String errnoText, String address,
            long bytesTransferred) implements Serializable {
        /** {@return the message of an exception for this call} */
        public String message() {
            return call + " on " + address + ": " + errnoName + " (" + errno + "): " + errnoText
                    + (bytesTransferred == 0 ? "" : ", after " + bytesTransferred + " bytes");
        }
    }
}
