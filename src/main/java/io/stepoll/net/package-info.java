/**
 * Sockets of an event loop. In tasks they are blocking channels, with the JDK's addresses and options.
 *
 * <p>How do I …
 * <ul>
 * <li>write a server: {@link io.stepoll.net.Server#builder(io.stepoll.LoopGroup)}; by hand:
 *     {@link io.stepoll.net.Listener}
 * <li>connect: {@link io.stepoll.net.StreamSocket#connect(io.stepoll.EventLoop, java.net.SocketAddress)}; with options,
 *     or from a certain address: {@link io.stepoll.net.StreamSocket#connecting}
 * <li>read lines or frames: {@link io.stepoll.buffer.BufferedStream}
 * <li>write an address as text: {@link io.stepoll.net.Addresses}
 * <li>use datagrams: {@link io.stepoll.net.DatagramEndpoint}; many in one call: {@link io.stepoll.net.DatagramBatch}
 * <li>send a file: {@link io.stepoll.net.StreamSocket#sendFile(java.nio.channels.FileChannel, long, long)}
 * <li>pass a descriptor to another process: {@link
 *     io.stepoll.net.StreamSocket#writePassing(java.nio.ByteBuffer, int...)}
 * <li>restart without losing a request: {@link io.stepoll.net.Handover}
 * <li>let a JDBC driver or another library wait in the loop: {@link io.stepoll.net.LoopSocketFactory}
 * <li>set an option that only Linux has: {@link io.stepoll.net.LinuxSocketOptions}
 * </ul>
 */
@NullMarked
package io.stepoll.net;

import org.jspecify.annotations.NullMarked;
