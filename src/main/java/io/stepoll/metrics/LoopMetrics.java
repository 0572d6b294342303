package io.stepoll.metrics;

import java.time.Duration;

/**
 * What one loop has done since it was opened, or since an earlier snapshot; or the sum over a group. Immutable.
 *
 * <p>The loop goes on while a snapshot is taken, and no lock is held. So each number is right by itself, and two of
 * them may be apart by what the loop does in a microsecond. No counter goes back from one snapshot to the next.
 *
 * <pre>{@code
 * LoopMetrics before = loop.metrics();
 * // … a second later:
 * LoopMetrics second = loop.metrics().minus(before);
 * System.out.println(second.utilisation() + " busy, " + second.rate(Metric.EVENTS) + " events a second");
 * }</pre>
 *
 * @since 0.1.0
 */
public interface LoopMetrics {
    /** {@return the name of the loop, or of the group} */
    String name();

    /** {@return the time that the counters are about: since the loop was opened, or since the earlier snapshot} */
    Duration span();

    /** {@return when the snapshot was taken, by {@link System#nanoTime}} */
    long takenNanos();

    /**
     * Returns a number.
     *
     * @param metric which
     * @return the number, in its {@link Metric#unit unit}
     */
    long get(Metric metric);

    /**
     * Returns how often something happens in a second.
     *
     * @param counter which; a {@link Metric.Kind#COUNTER}
     * @return the number divided by the seconds of the {@link #span span}; 0 for an empty span
     * @throws IllegalArgumentException if it is no counter
     */
    default double rate(Metric counter) {
        if (counter.kind() != Metric.Kind.COUNTER) {
            throw new IllegalArgumentException(counter + " is no counter, and has no rate");
        }
        long spanNanos = span().toNanos();
        return spanNanos == 0 ? 0 : get(counter) * 1e9 / spanNanos;
    }

    /**
     * {@return the part of its running time in which the loop was busy, from 0 to 1}
     * What is left of 1 the loop has slept or spun. Time in which nobody ran the loop is left out. For a group it is
     * the mean over its loops.
     */
    default double utilisation() {
        double busyNanos = get(Metric.BUSY_NANOS);
        double allNanos = busyNanos + get(Metric.ASLEEP_NANOS) + get(Metric.SPUN_NANOS);
        return allNanos == 0 ? 0 : busyNanos / allNanos;
    }

    /** {@return the bytes read from descriptors of all kinds} */
    default long bytesIn() {
        return get(Metric.TCP_BYTES_IN) + get(Metric.UNIX_BYTES_IN) + get(Metric.DATAGRAM_BYTES_IN)
                + get(Metric.FILE_BYTES_IN) + get(Metric.OTHER_BYTES_IN);
    }

    /** {@return the bytes written to descriptors of all kinds} */
    default long bytesOut() {
        return get(Metric.TCP_BYTES_OUT) + get(Metric.UNIX_BYTES_OUT) + get(Metric.DATAGRAM_BYTES_OUT)
                + get(Metric.FILE_BYTES_OUT) + get(Metric.OTHER_BYTES_OUT);
    }

    /**
     * Returns a histogram.
     *
     * @param timing which
     * @return the histogram; an empty one if the loop does not record it
     */
    Histogram get(Timing timing);

    /**
     * Returns what has happened since an earlier snapshot. Counters and histograms are subtracted, gauges and maxima
     * are those of this snapshot.
     *
     * @param earlier an earlier snapshot of the same loop or group, and no difference
     * @return the difference
     * @throws IllegalArgumentException if it is of another loop, even of one with the same name; or not an earlier
     *     snapshot; or a difference
     */
    LoopMetrics minus(LoopMetrics earlier);
}
