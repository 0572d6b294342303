package io.stepoll.bench.jmh;

import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * A callback for a loop that sleeps, and the wait until the callback has run. The waiting thread spins, so the loop
 * needs another processor.
 */
@State(Scope.Thread)
public class Submission {
    /** Long enough for a loop with nothing to do to fall asleep. */
    private static final long PAUSE_NANOS = 50_000;

    private volatile boolean run;
    final Runnable callback = () -> run = true;

    @Setup(Level.Invocation)
    public void letTheLoopSleep() {
        run = false;
        long begin = System.nanoTime();
        while (System.nanoTime() - begin < PAUSE_NANOS) {
            Thread.onSpinWait();
        }
    }

    void awaitRun() {
        while (!run) {
            Thread.onSpinWait();
        }
    }
}
