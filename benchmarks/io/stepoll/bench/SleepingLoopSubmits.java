package io.stepoll.bench;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;

/** From a submit by another thread to the callback in a loop that sleeps: the median counts. */
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class SleepingLoopSubmits {
    @Benchmark
    public void submit(CrossThreadSubmits.Running running, Submission submission) {
        running.loop.callSoon(submission.callback);
        submission.awaitRun();
    }
}
