/** The loop as a ScheduledExecutorService. Knows the step, the scheduler, the time and timers. */
package io.stepoll.internal.executor;
