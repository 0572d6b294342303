package io.stepoll.bench;

import io.stepoll.StepResult;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;

/**
 * A step that finds nothing to do: three clock reads and one epoll_wait(2) that does not sleep. Every other benchmark
 * of one thing per step contains it; what is left when it is subtracted is the thing itself.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class EmptyStep {
    /** Nothing is queued, no timer is set and nobody waits. */
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
