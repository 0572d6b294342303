/**
 * The scheduler of the virtual threads that a loop carries, and the queue that they share with the loop's callbacks.
 * Knows {@link io.stepoll.internal.sys} only.
 */
package io.stepoll.internal.sched;
