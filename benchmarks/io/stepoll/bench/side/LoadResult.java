package io.stepoll.bench.side;

import java.util.List;
import org.HdrHistogram.Histogram;

/** The figures of the load generator for its measured phase. Each message of the phase got the right answer. */
record LoadResult(long messages, long nanos, long cpuNanos, long lost, Histogram latencies) {
    /** The names that the generator gives to the numbers, in the order of the components. */
    static final List<String> KEYS = List.of("messages", "nanos", "cpuNanos", "lost");
}
