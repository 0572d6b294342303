package io.stepoll.internal.net;

import io.stepoll.Descriptor;
import io.stepoll.internal.failure.SystemCallFailures;
import io.stepoll.internal.sys.Errno;
import io.stepoll.internal.sys.RawAddress;
import java.io.IOException;

/**
 * The failures of calls that send datagrams. {@link Descriptor#perform} would name the socket in its exception. So the
 * system call returns a failure as a positive result, and the exception made from that names the other end.
 */
final class SendFailure {
    /** Added to the errno. No call returns such a number otherwise. */
    private static final long FAILED = 1L << Integer.SIZE;

    private SendFailure() {}

    /** In the system call: the failure as a result. What {@code perform} deals with itself stays as it is. */
    static long asResult(int result) {
        return result >= 0 || result == -Errno.EAGAIN || result == -Errno.EINTR ? result : FAILED - result;
    }

    static boolean isFailure(long result) {
        return result >= FAILED;
    }

    /**
     * Returns the result, or throws the exception for the failure.
     *
     * @param target the address that the datagram went to; null for the other end of the socket
     */
    static long check(Descriptor socket, String call, long result, RawAddress target) throws IOException {
        if (isFailure(result)) {
            RawAddress other = target == null ? RawAddress.peer(socket.fd()) : target;
            throw SystemCallFailures.of(call, (int) (result - FAILED),
                    other == null ? "descriptor " + socket.fd() : other.toText("udp"));
        }
        return result;
    }
}
