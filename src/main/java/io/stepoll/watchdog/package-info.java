/**
 * Finding the callback or task that holds a loop.
 *
 * <p>How do I …
 * <ul>
 * <li>have stalls logged, with the stack of what holds the loop:
 *     {@link io.stepoll.watchdog.Watchdog#start(java.time.Duration)}, then
 *     {@link io.stepoll.watchdog.Watchdog#watch(io.stepoll.EventLoop)}
 * <li>deal with stalls myself: {@link io.stepoll.watchdog.StallHandler}
 * </ul>
 */
@NullMarked
package io.stepoll.watchdog;

import org.jspecify.annotations.NullMarked;
