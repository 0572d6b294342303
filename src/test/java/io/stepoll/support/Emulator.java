package io.stepoll.support;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** The emulator that makes the system calls of this JVM: {@code -Demulator=qemu}. Mostly there is none. */
public final class Emulator {
    private static final String NAME = System.getProperty("emulator");

    private static final int TIMES_SLOWER = 30;

    private Emulator() {}

    /** A limit of time that is generous, also in an emulator. */
    static long generous(long seconds) {
        return NAME == null ? seconds : seconds * TIMES_SLOWER;
    }

    /** Whether the kernel itself makes the system calls. */
    public static boolean isAbsent() {
        return NAME == null;
    }

    /** Skips a test of what the emulator does not do as the kernel does. */
    public static void assumeNone(String what) {
        assumeTrue(NAME == null, () -> NAME + " differs from the kernel: " + what);
    }
}
