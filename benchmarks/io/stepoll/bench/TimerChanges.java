package io.stepoll.bench;

import io.stepoll.Timer;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;

/** A timer that is set and cancelled among others, as most timeouts are. {@link NettyTimers} does the same there. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class TimerChanges {
    /** Others are pending. */
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
                loop.callLater(delays.pendingNanos(), () -> {});
            }
            timer = loop.callLater(0, () -> {});
            loop.step(false);
        }
    }

    @Benchmark
    public boolean addAndCancel(Pending state) {
        state.steps++;
        state.timer.reset(state.delays.nextNanos());
        boolean cancelled = state.timer.cancel();
        state.done += cancelled ? 1 : 0;
        return cancelled;
    }
}
