package io.stepoll.management;

import java.util.Map;

/**
 * An event loop, or the sum over a group, as a JMX client sees it. Each read takes a snapshot; no loop is stopped.
 *
 * @since 0.1.0
 */
public interface LoopMXBean {
    /** {@return the name of the loop, or of the group} */
    String getName();

    /**
     * {@return the part of its time in which the loop was busy, from 0 to 1, since the read before}
     * Reads that come within a second of each other get the same number, so several clients do not disturb each other.
     */
    double getUtilisation();

    /** {@return all numbers, by the names of {@link io.stepoll.metrics.Metric}} */
    Map<String, Long> getMetrics();

    /** {@return all histograms since the loop was opened, by the names of {@link io.stepoll.metrics.Timing}} */
    Map<String, TimingData> getTimings();

    /** {@return the number of tasks that have begun and not ended} */
    long getTasksLive();

    /** {@return the number of tasks that have ended by an exception} */
    long getTasksFailed();

    /** {@return the number of items of other threads that wait in the inbox} */
    long getInboxDepth();

    /** {@return the number of descriptors on the loop} */
    long getDescriptors();

    /**
     * Takes a dump of the loop, or of each loop of the group.
     *
     * @return the text of {@link io.stepoll.metrics.LoopDump}
     */
    String dump();

    /**
     * Takes a dump of the loop, or of each loop of the group.
     *
     * @return the JSON of {@link io.stepoll.metrics.LoopDump}, of a group in an array
     */
    String dumpAsJson();
}
