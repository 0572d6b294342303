/** Sockets of an event loop: blocking-style calls in its tasks, with the JDK's channels and addresses. */
package io.stepoll.net;
