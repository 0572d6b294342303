/**
 * An event loop for Linux on epoll(7), whose tasks are virtual threads that the loop itself carries.
 *
 * <p>How do I …
 * <ul>
 * <li>begin: {@link io.stepoll.EventLoop#open}, {@link io.stepoll.EventLoop#spawn(TaskBody)},
 *     {@link io.stepoll.EventLoop#run}
 * <li>use several processors: {@link io.stepoll.LoopGroup}
 * <li>run something later, or again and again: {@link io.stepoll.EventLoop#callLater},
 *     {@link io.stepoll.EventLoop#callAtFixedRate}
 * <li>hand something to the loop from another thread: {@link io.stepoll.EventLoop#callSoon}
 * <li>wait for several tasks: {@link io.stepoll.EventLoop#openGroup}; for the first that succeeds:
 *     {@link io.stepoll.EventLoop#openRace()}
 * <li>limit the time of any code: {@link io.stepoll.EventLoop#within(java.time.Duration, TaskBody)}; keep a cancel out
 *     of a cleanup: {@link io.stepoll.EventLoop#shielded(TaskBody)}
 * <li>compute, or call what holds a thread: {@link io.stepoll.EventLoop#offload(java.util.concurrent.Callable)}
 * <li>hear a signal: {@link io.stepoll.EventLoop#onSignal}; start a process: {@link io.stepoll.EventLoop#startProcess}
 * <li>use a descriptor of my own: {@link io.stepoll.EventLoop#own}, {@link io.stepoll.EventLoop#adopt}
 * <li>test what depends on time: {@link io.stepoll.VirtualClock}
 * <li>embed the loop in another one: {@link io.stepoll.EventLoop#step}, {@link io.stepoll.EventLoop#fd}
 * </ul>
 * Sockets and servers are in {@link io.stepoll.net}.
 */
@NullMarked
package io.stepoll;

import org.jspecify.annotations.NullMarked;
