/**
 * TLS over the sockets of a loop. The cryptography is an {@link javax.net.ssl.SSLContext} of the user's: the JDK's, or
 * another provider's.
 *
 * <p>How do I …
 * <ul>
 * <li>serve: {@link io.stepoll.tls.TlsServer#builder(javax.net.ssl.SSLContext)}, with a certificate for each name:
 *     {@link io.stepoll.tls.TlsServer#builder(TlsServer.ContextChooser)}
 * <li>connect: {@link io.stepoll.tls.TlsClient#connect(io.stepoll.EventLoop, java.net.InetSocketAddress)}; begin in the
 *     middle of a protocol: {@link io.stepoll.tls.TlsClient#over}
 * <li>ask a client for its certificate: {@link io.stepoll.tls.TlsServer.Builder#needClientCertificate}
 * <li>learn what was agreed on: {@link io.stepoll.tls.TlsSocket#session},
 *     {@link io.stepoll.tls.TlsSocket#applicationProtocol}
 * <li>tell an end from a connection that was cut off: {@link io.stepoll.tls.MissingCloseNotifyException}
 * </ul>
 */
@NullMarked
package io.stepoll.tls;

import org.jspecify.annotations.NullMarked;
