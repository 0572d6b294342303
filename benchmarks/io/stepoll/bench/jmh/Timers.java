package io.stepoll.bench.jmh;

import io.stepoll.StepResult;
import io.stepoll.Timer;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;

/**
 * Sets a timer with delay 0, which the next step runs. The same timer is set again each time, as the timeout of a
 * connection is. A new timer by callLater would be a new object, which the caller pays for.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class Timers {
    /** A timer that becomes due, and others that never do. */
    public static class Due extends OpenLoop {
        /** The due timer passes all levels of the heap, on its way in and on its way out: ten for a million timers. */
        @Param({"0", "999", "999999"})
        int others;

        Timer timer;

        @Override
        protected void prepare() {
            for (int i = 0; i < others; i++) {
                loop.callLater(Duration.ofDays(1).plusNanos(i), () -> {});
            }
            timer = loop.callLater(Duration.ZERO, () -> done++);
            loop.step(false);
        }
    }

    @Benchmark
    public StepResult oneInAStep(Due state) {
        state.steps++;
        state.timer.reset(Duration.ZERO);
        return state.loop.step(false);
    }
}
