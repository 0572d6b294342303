package io.stepoll.bench;

import io.stepoll.EventLoop;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * A loop that the benchmark steps itself. JMH sets up, runs and tears down a state of this scope on one and the same
 * platform thread, which is thereby the loop's.
 */
@State(Scope.Thread)
public abstract class OpenLoop {
    protected EventLoop loop;

    /** What one step is to have done, counted where it is done; and the steps. */
    protected long done;

    protected long steps;

    /**
     * All of it twice, first as a rehearsal: JMH counts what {@link #close} allocates as the last iteration's, and its
     * first call loads classes for two hundred kilobytes.
     */
    @Setup
    public final void open() throws Exception {
        openOnce();
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

    /** A benchmark that does not do what its name says measures nothing; JMH then fails (-foe true). */
    @TearDown
    public final void close() {
        loop.close();
        if (done != steps * donePerStep()) {
            throw new IllegalStateException(getClass().getSimpleName() + ": " + done + " done in " + steps + " steps");
        }
    }

    /** How often each step counts {@link #done}. */
    protected int donePerStep() {
        return 1;
    }
}
