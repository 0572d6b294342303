package io.stepoll.bench.side;

import java.util.List;
import org.HdrHistogram.Histogram;

/** What the load generator says of its measured phase; every message in it was answered rightly. */
record LoadResult(long messages, long nanos, long cpuNanos, long lost, Histogram latencies) {
    /** As the generator names the numbers, in their order here. */
    static final List<String> KEYS = List.of("messages", "nanos", "cpuNanos", "lost");
}
