package io.stepoll.support;

import java.util.concurrent.Callable;

/** Looks again and again for what gives no notice: for the state of another process, or of another thread. */
public final class Looks {
    private static final long PAUSE_MILLIS = 1;

    private Looks() {}

    /** Returns when a look has found what it looks for. The timeout of the test interrupts this, and is the limit. */
    public static void until(Callable<Boolean> look) throws Exception {
        while (!look.call()) {
            Thread.sleep(PAUSE_MILLIS); // leaves the processor to those who are looked at
        }
    }
}
