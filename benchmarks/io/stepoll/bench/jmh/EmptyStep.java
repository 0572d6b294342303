package io.stepoll.bench.jmh;

import io.stepoll.StepResult;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;

/**
 * A step that finds nothing to do: one epoll_wait(2) that does not sleep. No timer is pending, so the clock is not
 * read. Every other benchmark of one thing per step contains this step: subtract it to get the thing itself.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class EmptyStep {
    /** Nothing is queued, no timer is set and no task waits. */
    public static class Idle extends OpenLoop {
        @Override
        protected int donePerStep() {
            return 0;
        }
    }

    @Benchmark
    public StepResult step(Idle state) {
        state.steps++;
        return state.loop.step(false);
    }
}
