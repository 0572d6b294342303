/**
 * Passing things into tasks, from callbacks, other tasks and any thread, without a lock.
 *
 * <p>How do I …
 * <ul>
 * <li>pass elements to a task, or to several: {@link io.stepoll.sync.BoundedChannel}
 * <li>tell a task that something has happened: {@link io.stepoll.sync.Notify}
 * </ul>
 */
@NullMarked
package io.stepoll.sync;

import org.jspecify.annotations.NullMarked;
