package io.stepoll.bench.jmh;

import io.stepoll.StepResult;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;

/**
 * Queues a callback from the loop's own thread; the next step runs the callback. The callback object is made once: what
 * a caller's lambda captures is not the loop's cost.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class QueuedCallbacks {
    static final int MANY = 64;

    /** One callback in each step. */
    public static class One extends OpenLoop {
        final Runnable callback = () -> done++;
    }

    /** Many callbacks in each step: they share the step's poll, so that the queue is what remains. */
    public static class Many extends OpenLoop {
        final Runnable callback = () -> done++;

        @Override
        protected int donePerStep() {
            return MANY;
        }
    }

    @Benchmark
    public StepResult oneInAStep(One state) {
        state.steps++;
        state.loop.callSoon(state.callback);
        return state.loop.step(false);
    }

    @Benchmark
    @OperationsPerInvocation(MANY)
    public StepResult manyInAStep(Many state) {
        state.steps++;
        for (int i = 0; i < MANY; i++) {
            state.loop.callSoon(state.callback);
        }
        return state.loop.step(false);
    }
}
