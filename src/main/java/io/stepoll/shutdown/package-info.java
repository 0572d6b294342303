/**
 * Ending a loop, or a group of loops, in order: stop accepting, drain, abort. Begin with
 * {@link io.stepoll.shutdown.Shutdown}.
 */
package io.stepoll.shutdown;
