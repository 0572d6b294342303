package io.stepoll.internal.io;

import io.stepoll.internal.failure.SystemCallFailures;
import io.stepoll.internal.poll.Registration;
import io.stepoll.internal.sys.AddressText;
import io.stepoll.internal.sys.Errno;
import io.stepoll.internal.sys.Sockets;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;

/**
 * A call on a {@link RoamingSocket} by a thread that has no place on a loop to wait at: tries the system call, waits,
 * tries again. A platform thread waits in poll(2), a virtual thread by a loop. Code of a loop that must not wait is
 * refused only if it would have to.
 */
final class ForeignCall {
    /** In place of a time. */
    static final long NO_DEADLINE = Long.MAX_VALUE;

    /** Memory that no call uses now: as many pieces as were ever in use at once. A call that waits uses none. */
    private static final ConcurrentLinkedQueue<Transfer> FREE = new ConcurrentLinkedQueue<>();

    private ForeignCall() {}

    /**
     * Makes the call, as often as it takes.
     *
     * @param timeoutNanos in real time; 0 for none
     * @return the sum of the results
     */
    static long perform(RoamingSocket socket, RoamingCall call, ArrayPart argument, long timeoutNanos)
            throws IOException {
        long beginNanos = timeoutNanos == 0 ? 0 : System.nanoTime();
        long moved = 0;
        for (;;) {
            long result = attempt(socket, call, argument);
            if (result >= 0) {
                moved += result;
                if (call.isDone(argument)) {
                    return moved;
                }
            } else if (result == -Errno.EAGAIN) {
                long leftNanos = timeoutNanos == 0 ? NO_DEADLINE : timeoutNanos - (System.nanoTime() - beginNanos);
                if (leftNanos <= 0) {
                    throw new SocketTimeoutException(call.name + ": timed out");
                }
                await(socket, call, leftNanos);
            }
        }
    }

    /** Makes the call once. Returns its result, {@code -EAGAIN} or {@code -EINTR}. */
    private static long attempt(RoamingSocket socket, RoamingCall call, ArrayPart argument) throws IOException {
        socket.hold();
        try {
            long result = attempt(socket.fd(), call, argument);
            if (result < 0 && result != -Errno.EAGAIN && result != -Errno.EINTR) {
                throw SystemCallFailures.of(call.name, (int) -result, AddressText.of(socket.fd()));
            }
            return result;
        } finally {
            socket.release();
        }
    }

    private static long attempt(int fd, RoamingCall call, ArrayPart argument) {
        Transfer free = FREE.poll();
        Transfer memory = free == null ? new Transfer(null) : free;
        try {
            return call.attempt(fd, memory, argument);
        } finally {
            FREE.add(memory);
        }
    }

    private static void await(RoamingSocket socket, RoamingCall call, long leftNanos) throws IOException {
        LoopDescriptors here = LoopDescriptors.current();
        if (here != null) {
            throw here.mustNotWait(call.name);
        }
        if (Thread.currentThread().isVirtual()) {
            ForeignWait.await(socket, call, leftNanos);
        } else {
            poll(socket, call, leftNanos);
        }
    }

    private static void poll(RoamingSocket socket, RoamingCall call, long leftNanos) throws IOException {
        int events = call.interest == Registration.READ ? Sockets.POLLIN : Sockets.POLLOUT;
        socket.hold();
        try {
            int result = Sockets.awaitEvents(socket.fd(), events, roundedUpMillis(leftNanos));
            if (result < 0 && result != -Errno.EINTR) {
                throw SystemCallFailures.of("poll", -result, AddressText.of(socket.fd()));
            }
        } finally {
            socket.release();
        }
    }

    private static int roundedUpMillis(long nanos) {
        if (nanos == NO_DEADLINE) {
            return -1;
        }
        long millis = TimeUnit.NANOSECONDS.toMillis(nanos - 1) + 1;
        return (int) Math.min(millis, Integer.MAX_VALUE);
    }
}
