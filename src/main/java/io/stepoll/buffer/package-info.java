/**
 * Buffered reading and writing.
 *
 * <p>How do I …
 * <ul>
 * <li>read lines or frames, and answer pipelined requests, in a task: {@link io.stepoll.buffer.BufferedStream}
 * <li>write from callbacks, or from many tasks: {@link io.stepoll.buffer.WriteQueue}
 * <li>slow down, drop or cut a peer that does not read: {@link io.stepoll.buffer.WriteQueue#limit}
 * <li>send one message to many connections: {@link io.stepoll.buffer.SharedMessage}
 * </ul>
 */
package io.stepoll.buffer;
