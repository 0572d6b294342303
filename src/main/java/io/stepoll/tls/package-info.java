/**
 * TLS over the sockets of a loop. The cryptography is an {@link javax.net.ssl.SSLContext} of the user's: the JDK's, or
 * another provider's. Begin with {@link io.stepoll.tls.TlsServer} and {@link io.stepoll.tls.TlsClient}.
 */
package io.stepoll.tls;
