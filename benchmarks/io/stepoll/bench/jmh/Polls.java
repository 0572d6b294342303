package io.stepoll.bench.jmh;

import io.stepoll.internal.poll.Poller;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** The poll phase alone. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class Polls {
    /** A poller with no descriptor but its own eventfd. */
    @State(Scope.Thread)
    public static class Open {
        private Poller poller;
        private long expected;

        @Setup
        public void open() {
            poller = Poller.open().poller();
        }

        @TearDown
        public void close() {
            poller.close();
            if (poller.dispatched() != expected) {
                throw new IllegalStateException(poller.dispatched() + " events of " + expected);
            }
        }
    }

    /** Polls while nothing is ready. */
    @Benchmark
    public int empty(Open state) {
        return state.poller.poll(0);
    }

    /** Wakes a sleeping loop: one write to the eventfd, and its event. */
    @Benchmark
    public int wakeUp(Open state) {
        state.expected++;
        state.poller.wakeup().sleeping();
        state.poller.wakeup().wake();
        return state.poller.poll(0);
    }
}
