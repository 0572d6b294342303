package io.stepoll.bench.jmh;

import io.stepoll.Timer;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;

/** Sets and cancels a timer among others, as most timeouts do. {@link NettyTimers} does the same with Netty. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class TimerChanges {
    /** A loop with pending timers, and one timer to set and cancel. */
    public static class Pending extends OpenLoop {
        @Param({"0", "1000", "1000000"})
        int pending;

        @Param({"random", "earliest"})
        String order;

        private Delays delays;
        private Timer timer;

        @Override
        protected void prepare() {
            delays = new Delays(order);
            for (int i = 0; i < pending; i++) {
                loop.callLater(delays.pending(), () -> {});
            }
            timer = loop.callLater(Duration.ZERO, () -> {});
            loop.step(false);
        }
    }

    @Benchmark
    public boolean addAndCancel(Pending state) {
        state.steps++;
        state.timer.reset(state.delays.next());
        boolean cancelled = state.timer.cancel();
        state.done += cancelled ? 1 : 0;
        return cancelled;
    }
}
