package io.stepoll.bench.side;

import java.io.IOException;

/** Waits that an interrupt ends with an {@link IOException}, and with the interrupt status set again. */
final class Waits {
    private Waits() {}

    /** For what gives no notice; each caller says what that is. */
    static void sleep(int millis) throws IOException {
        try {
            Thread.sleep(millis); // the end of a fifo's silence, or of the JVM's clean-up, gives no notice
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    /** Waits until a process has ended. */
    static int exitStatus(Process process) throws IOException {
        try {
            return process.waitFor();
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private static IOException interrupted(InterruptedException cause) {
        Thread.currentThread().interrupt();
        return new IOException(cause);
    }
}
