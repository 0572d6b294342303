/**
 * Ending a loop, or a group of loops, in order: stop accepting, drain, abort.
 *
 * <p>How do I …
 * <ul>
 * <li>end at SIGTERM: {@link io.stepoll.shutdown.Shutdown#onSignals}
 * <li>end from my own code: {@link io.stepoll.shutdown.Shutdown#start}
 * <li>say how long each stage may take: {@link io.stepoll.shutdown.Shutdown#stopAccepting(java.time.Duration)},
 *     {@link io.stepoll.shutdown.Shutdown#drain}, {@link io.stepoll.shutdown.Shutdown#abort}
 * <li>learn what did not end: {@link io.stepoll.shutdown.ShutdownReport}
 * </ul>
 */
@NullMarked
package io.stepoll.shutdown;

import org.jspecify.annotations.NullMarked;
