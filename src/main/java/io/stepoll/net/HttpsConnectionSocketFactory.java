package io.stepoll.net;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.Objects;
import javax.net.SocketFactory;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLSocketFactory;

/**
 * Makes an {@link HttpsURLConnection} use the sockets of another factory, a {@link LoopSocketFactory} for instance: by
 * {@link HttpsURLConnection#setSSLSocketFactory} with an object of this class.
 *
 * <p>HttpsURLConnection asks for a socket that is not connected, connects it, and then has TLS layered over it.
 * {@link #createSocket()} serves that: its socket is plain, and speaks no TLS by itself. So this factory is for
 * HttpsURLConnection alone. Code that takes that socket for one with TLS would send its bytes in the clear.
 *
 * <p>May be used by any thread. A connection of plain HTTP takes no factory, and has the JDK's own socket.
 *
 * @since 0.1.0
 */
public final class HttpsConnectionSocketFactory extends SSLSocketFactory {
    private final SocketFactory sockets;
    private final SSLSocketFactory tls;

    /**
     * Makes a factory of two.
     *
     * @param sockets makes the sockets below
     * @param tls layers TLS over them, by the certificates and the protocols that it has
     */
    public HttpsConnectionSocketFactory(SocketFactory sockets, SSLSocketFactory tls) {
        this.sockets = Objects.requireNonNull(sockets, "sockets");
        this.tls = Objects.requireNonNull(tls, "tls");
    }

    /**
     * {@return a plain socket that is not connected, for HttpsURLConnection to layer TLS over}
     *
     * @throws IOException what the factory of the sockets throws
     */
    @Override
    public Socket createSocket() throws IOException {
        return sockets.createSocket();
    }

    @Override
    public Socket createSocket(Socket connected, String host, int port, boolean autoClose) throws IOException {
        return tls.createSocket(connected, host, port, autoClose);
    }

    @Override
    public Socket createSocket(String host, int port) throws IOException {
        return tls.createSocket(sockets.createSocket(host, port), host, port, true);
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress localHost, int localPort) throws IOException {
        return tls.createSocket(sockets.createSocket(host, port, localHost, localPort), host, port, true);
    }

    @Override
    public Socket createSocket(InetAddress host, int port) throws IOException {
        return tls.createSocket(sockets.createSocket(host, port), host.getHostAddress(), port, true);
    }

    @Override
    public Socket createSocket(InetAddress host, int port, InetAddress localHost, int localPort) throws IOException {
        return tls.createSocket(sockets.createSocket(host, port, localHost, localPort), host.getHostAddress(), port,
                true);
    }

    @Override
    public String[] getDefaultCipherSuites() {
        return tls.getDefaultCipherSuites();
    }

    @Override
    public String[] getSupportedCipherSuites() {
        return tls.getSupportedCipherSuites();
    }
}
