package io.stepoll;

import io.stepoll.internal.poll.Registration;
import io.stepoll.internal.sys.Sockets;
import java.io.IOException;
import java.nio.channels.AsynchronousCloseException;

/** Waits for a descriptor's readiness with no call to follow, and what makes others' waits end. */
final class ReadinessCalls {
    private ReadinessCalls() {}

    static void awaitReadable(Descriptor descriptor, long deadlineNanos) throws IOException {
        descriptor.checkOpen();
        Suspension task = descriptor.suspension("awaitReadable", 0);
        Registration registration = descriptor.registration();
        if (registration.isShared() || !registration.mayRead()) {
            await("awaitReadable", task, Registration.READ, descriptor, deadlineNanos);
        }
    }

    static void awaitWritable(Descriptor descriptor, long deadlineNanos) throws IOException {
        descriptor.checkOpen();
        try {
            Suspension task = descriptor.suspension("awaitWritable", 0);
            await("awaitWritable", task, Registration.WRITE, descriptor, deadlineNanos);
        } finally {
            descriptor.registration().writesDone();
        }
    }

    private static void await(String call, Suspension task, int interest, Descriptor descriptor, long deadlineNanos)
            throws IOException {
        task.await(call, descriptor.registration(), interest, descriptor, deadlineNanos);
        if (!descriptor.isOpen()) { // closed between the wake and the task's turn: the number may be another's by now
            throw new AsynchronousCloseException();
        }
    }

    /** Of a full Unix socket the kernel does not say that it can be written no more: so the writers are told here. */
    static void shutdownOutput(Descriptor socket) throws IOException {
        socket.check("shutdownOutput");
        int result = Sockets.shutdown(socket.fd(), Sockets.SHUT_WR);
        if (result < 0) {
            throw SystemCallFailure.of("shutdown", -result, socket.describe());
        }
        socket.registration().retryWrites();
    }
}
