/** Finding the callback or task that holds a loop. Begin with {@link io.stepoll.watchdog.Watchdog}. */
package io.stepoll.watchdog;
