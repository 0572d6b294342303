/**
 * What a loop, a group or a server has done so far, and what a loop does now, as snapshots that any thread takes
 * without stopping the loop.
 *
 * <p>How do I …
 * <ul>
 * <li>count what a loop, all loops of a group, or a server has done: {@link io.stepoll.EventLoop#metrics},
 *     {@link io.stepoll.LoopGroup#metrics}, {@code Server.metrics}
 * <li>get rates: {@link io.stepoll.metrics.LoopMetrics#minus}
 * <li>learn how long steps take: {@link io.stepoll.EventLoopBuilder#histograms}
 * <li>see what each task waits for: {@link io.stepoll.EventLoop#dump()}
 * </ul>
 *
 * <p>{@link io.stepoll.EventLoop#metrics} takes a {@link io.stepoll.metrics.LoopMetrics}. The difference between two of
 * them has what happened in between, and its rates. {@link io.stepoll.metrics.Metric} lists the numbers,
 * {@link io.stepoll.metrics.Timing} the histograms. {@link io.stepoll.EventLoop#dump} takes a
 * {@link io.stepoll.metrics.LoopDump}: the tasks of the loop, and what each of them waits for.
 */
@NullMarked
package io.stepoll.metrics;

import org.jspecify.annotations.NullMarked;
