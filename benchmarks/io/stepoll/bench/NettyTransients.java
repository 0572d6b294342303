package io.stepoll.bench;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;

/** {@link Transients#manyInAStep} with Netty's execute: 64 callbacks are queued and run, then the next 64. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class NettyTransients {
    private static final int MANY = 64;
    private static final int ROUNDS = 1000;

    /** What is queued, and how much of it has run. */
    public static class Queueing extends NettyLoop {
        private long run;
        private final Runnable callback = () -> run++;
        private final Runnable nextRound = this::round;
        private long expected;
        private int roundsToGo;
        private CountDownLatch ended;

        private void round() {
            if (roundsToGo-- == 0) {
                ended.countDown();
                return;
            }
            expected += MANY;
            for (int i = 0; i < MANY; i++) {
                loop.execute(callback);
            }
            loop.execute(nextRound);
        }

        private void awaitRounds() throws InterruptedException {
            ended = new CountDownLatch(1);
            roundsToGo = ROUNDS;
            loop.execute(nextRound);
            ended.await();
            if (run != expected) {
                throw new IllegalStateException(run + " run of " + expected);
            }
        }
    }

    @Benchmark
    @OperationsPerInvocation(MANY * ROUNDS)
    public void manyInATurn(Queueing state) throws InterruptedException {
        state.awaitRounds();
    }
}
