/**
 * An event loop for Linux on epoll(7), whose tasks are virtual threads that the loop itself carries.
 *
 * <p>Begin with {@link io.stepoll.EventLoop}; sockets are in {@link io.stepoll.net}.
 */
package io.stepoll;
