/**
 * The tasks of a loop: their waits, deadlines, groups, ends and failures, and the work that they offload. Knows the
 * step and the rooms below it.
 */
package io.stepoll.internal.task;
