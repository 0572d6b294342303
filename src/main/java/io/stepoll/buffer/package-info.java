/** Buffered reading and writing: {@link io.stepoll.buffer.BufferedStream} for tasks. */
package io.stepoll.buffer;
