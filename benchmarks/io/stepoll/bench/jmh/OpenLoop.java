package io.stepoll.bench.jmh;

import io.stepoll.EventLoop;
import io.stepoll.internal.threads.StartingClasses;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * A loop that the benchmark itself steps. JMH sets up, runs and tears down a state of this scope on one platform
 * thread, so the loop belongs to that thread.
 */
@State(Scope.Thread)
public abstract class OpenLoop {
    protected EventLoop loop;

    /** How often the work of a step was done. The work itself counts this. */
    protected long done;

    /** How many steps were made. */
    protected long steps;

    /**
     * Opens the loop twice; the first time is a rehearsal. JMH counts what {@link #close} allocates as the last
     * iteration's, and the first close of a JVM loads classes for two hundred kilobytes. The thread that begins beside
     * the first loop allocates 1.5 MB. On a busy machine it may do so late, within an iteration, so this waits for it.
     */
    @Setup
    public final void open() throws Exception {
        openOnce();
        StartingClasses.await();
        loop.close();
        openOnce();
    }

    private void openOnce() throws Exception {
        loop = EventLoop.open();
        prepare();
        done = 0;
        steps = 0;
    }

    /** Brings the loop into the state in which each step does the same. */
    protected void prepare() throws Exception {}

    /**
     * Closes the loop, and checks that the steps did the work which the benchmark's name promises. If they did not, JMH
     * fails (-foe true).
     */
    @TearDown
    public final void close() {
        long doneInAll = done;
        finish();
        loop.close();
        if (doneInAll != steps * donePerStep()) {
            throw new IllegalStateException(
                    getClass().getSimpleName() + ": " + doneInAll + " done in " + steps + " steps");
        }
    }

    /**
     * Ends what many tasks do. To cancel them would allocate some hundred bytes for each, which JMH counts as the last
     * iteration's: on a slow machine that exceeds a budget of 0.
     */
    protected void finish() {}

    /** By how much each step raises {@link #done}. */
    protected int donePerStep() {
        return 1;
    }
}
