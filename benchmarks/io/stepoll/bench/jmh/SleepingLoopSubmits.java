package io.stepoll.bench.jmh;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;

/** From a submit of another thread until the callback runs in a loop that sleeps. The budget judges the median. */
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class SleepingLoopSubmits {
    @Benchmark
    public void submit(CrossThreadSubmits.Running running, Submission submission) {
        running.loop.callSoon(submission.callback);
        submission.awaitRun();
    }
}
