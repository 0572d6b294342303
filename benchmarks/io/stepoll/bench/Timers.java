package io.stepoll.bench;

import io.stepoll.StepResult;
import io.stepoll.Timer;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;

/**
 * A timer that is set with delay 0 and run by the next step. It is one timer, set again each time, as a timeout of a
 * connection is; a new one by callLater is an object of its own, and the caller's to pay.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class Timers {
    /** A timer, and others whose time does not come. */
    public static class Due extends OpenLoop {
        /** The due one passes all levels of their heap, on its way in and on its way out: ten for a million. */
        @Param({"0", "999", "999999"})
        int others;

        Timer timer;

        @Override
        protected void prepare() {
            for (int i = 0; i < others; i++) {
                loop.callLater(TimeUnit.DAYS.toNanos(1) + i, () -> {});
            }
            timer = loop.callLater(0, () -> done++);
            loop.step(false);
        }
    }

    @Benchmark
    public StepResult oneInAStep(Due state) {
        state.steps++;
        state.timer.reset(0);
        return state.loop.step(false);
    }
}
