package io.stepoll;

import io.stepoll.internal.poll.Registration;
import io.stepoll.internal.sys.Errno;
import java.io.IOException;

/** System calls of others on a descriptor, by the same rules as our own. */
final class AttemptCalls {
    private AttemptCalls() {}

    static long perform(Descriptor descriptor, String call, int interest, long deadlineNanos, Attempt attempt)
            throws IOException {
        descriptor.checkOpen();
        Suspension task = descriptor.suspension(call, 0);
        Registration registration = descriptor.registration();
        boolean ready = true;
        boolean waited = false;
        try {
            for (;;) {
                long result = interest == Registration.READ && !registration.mayRead() ? -Errno.EAGAIN
                        : attempt.call(descriptor.fd());
                if (result >= 0) {
                    return result;
                }
                if (result == -Errno.EAGAIN) {
                    waited = true;
                    ready = descriptor.waitFor(call, task, interest, ready, deadlineNanos);
                } else if (result != -Errno.EINTR) {
                    throw SystemCallFailure.of(call, (int) -result, descriptor.describe());
                }
            }
        } finally {
            if (waited && interest == Registration.WRITE) {
                registration.writesDone(); // fails only where the descriptor was closed behind our back
            }
        }
    }

    /** Once; {@link Descriptor#WOULD_BLOCK} is remembered. */
    static long now(Descriptor descriptor, String call, int interest, Attempt attempt) throws IOException {
        descriptor.check(call);
        if (!Handling.mayGoOn(descriptor)) {
            return Descriptor.WOULD_BLOCK;
        }
        Registration registration = descriptor.registration();
        long result = -Errno.EINTR;
        while (result == -Errno.EINTR) {
            result = interest == Registration.READ && !registration.mayRead() ? -Errno.EAGAIN
                    : attempt.call(descriptor.fd());
        }
        if (result == -Errno.EAGAIN) {
            if (interest == Registration.READ) {
                registration.readWouldBlock();
            } else {
                registration.writeWouldBlock();
            }
            return Descriptor.WOULD_BLOCK;
        }
        if (result < 0) {
            throw SystemCallFailure.of(call, (int) -result, descriptor.describe());
        }
        return result;
    }
}
