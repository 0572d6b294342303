/**
 * Virtual threads that a loop carries, and the queue they share with its callbacks.
 * Knows {@link io.stepoll.internal.sys} only.
 */
package io.stepoll.internal.task;
