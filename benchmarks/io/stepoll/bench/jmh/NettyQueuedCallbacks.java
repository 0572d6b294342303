package io.stepoll.bench.jmh;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;

/**
 * {@link QueuedCallbacks#manyInAStep} with Netty's execute: as many callbacks are queued and run, then the next ones.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class NettyQueuedCallbacks {
    private static final int ROUNDS = 1000;

    /** Queues the callbacks round by round, and counts how many have run. */
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
            expected += QueuedCallbacks.MANY;
            for (int i = 0; i < QueuedCallbacks.MANY; i++) {
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
    @OperationsPerInvocation(QueuedCallbacks.MANY * ROUNDS)
    public void manyInATurn(Queueing state) throws InterruptedException {
        state.awaitRounds();
    }
}
