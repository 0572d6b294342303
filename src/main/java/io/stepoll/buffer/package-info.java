/**
 * Buffered reading and writing of streams of bytes, for protocols.
 *
 * <p>How do I …
 * <ul>
 * <li>read lines or frames, and answer pipelined requests, in a task: {@link io.stepoll.buffer.BufferedStream}
 * <li>read without an object for each line: {@link io.stepoll.buffer.BufferedStream#awaitLine}, or parse the bytes
 *     myself: {@link io.stepoll.buffer.BufferedStream#fill()} and {@link io.stepoll.buffer.BufferedStream#input}
 * <li>say how a frame says its length, and how long it may be: {@link io.stepoll.buffer.LengthPrefix}
 * <li>end a connection that is silent: {@link io.stepoll.buffer.BufferedStream#idleTimeout}, or send a sign of life:
 *     {@link io.stepoll.buffer.BufferedStream#writeIdleTimeout}
 * <li>write from callbacks, or from many tasks: {@link io.stepoll.buffer.WriteQueue}
 * <li>slow down, drop or cut a peer that does not read: {@link io.stepoll.buffer.WriteQueue#limit}
 * <li>send one message to many connections: {@link io.stepoll.buffer.SharedMessage}
 * </ul>
 */
@NullMarked
package io.stepoll.buffer;

import org.jspecify.annotations.NullMarked;
