/**
 * An event loop for Linux on epoll(7), whose tasks are virtual threads that the loop itself carries.
 *
 * <p>Begin with {@link io.stepoll.EventLoop}. Sockets are in {@link io.stepoll.net}, ending a loop in order is in
 * {@link io.stepoll.shutdown}, and finding what holds a loop in {@link io.stepoll.watchdog}.
 */
package io.stepoll;
