package io.stepoll.bench.jmh;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;

/** {@link TimerChanges} with Netty's scheduler. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class NettyTimers {
    private static final int BATCH = 10_000;

    /** A loop with pending timers. */
    public static class Pending extends NettyLoop {
        @Param({"0", "1000", "1000000"})
        int pending;

        @Param({"random", "earliest"})
        String order;

        private Delays delays;
        private final Runnable callback = () -> {};

        @Override
        void prepare() {
            delays = new Delays(order);
            for (int i = 0; i < pending; i++) {
                loop.schedule(callback, delays.pending().toNanos(), TimeUnit.NANOSECONDS);
            }
        }

        private void addAndCancelBatch() {
            for (int i = 0; i < BATCH; i++) {
                if (!loop.schedule(callback, delays.nextNanos(), TimeUnit.NANOSECONDS).cancel(false)) {
                    throw new IllegalStateException("not pending");
                }
            }
        }
    }

    @Benchmark
    @OperationsPerInvocation(BATCH)
    public void addAndCancel(Pending state) throws InterruptedException {
        state.loop.submit(state::addAndCancelBatch).sync();
    }
}
