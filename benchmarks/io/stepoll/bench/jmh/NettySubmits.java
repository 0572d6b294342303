package io.stepoll.bench.jmh;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;

/** {@link SleepingLoopSubmits} with Netty. */
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class NettySubmits {
    @Benchmark
    public void submit(NettyLoop running, Submission submission) {
        running.loop.execute(submission.callback);
        submission.awaitRun();
    }
}
