package io.stepoll.tls;

import io.stepoll.EventLoop;
import io.stepoll.internal.io.LoopDescriptors;
import io.stepoll.net.StreamSocket;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.security.Provider;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/**
 * Makes the client's end of TLS connections. It asks the server for its host's name (SNI) and checks that the server's
 * certificate is for that name and is one that the context trusts. It does not change, so any thread may use it, for
 * any loop.
 *
 * @since 0.1.0
 */
public final class TlsClient {
    private static final Pattern IP_ADDRESS = Pattern.compile("[0-9.]+|.*:.*");

    private final SSLContext context;
    private final TlsOptions options;
    private final boolean checksHost;

    private TlsClient(Builder builder) {
        context = builder.context;
        options = builder.options();
        checksHost = builder.checksHost;
    }

    /**
     * {@return the options of a client, with their defaults}
     *
     * @param context whom the client trusts, and which certificate it shows where a server asks for one
     */
    public static Builder builder(SSLContext context) {
        return new Builder(context);
    }

    /**
     * The options of a client.
     *
     * @since 0.1.0
     */
    public static final class Builder extends TlsBuilder<Builder> {
        private final SSLContext context;
        private boolean checksHost = true;

        private Builder(SSLContext context) {
            this.context = Objects.requireNonNull(context, "context");
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Accepts a certificate that is for another host. Without this check whoever has any certificate that the
         * context trusts can stand in for the server.
         *
         * @return this
         */
        public Builder acceptAnyHost() {
            checksHost = false;
            return this;
        }

        /** {@return a client with these options} */
        public TlsClient build() {
            return new TlsClient(this);
        }
    }

    /**
     * Connects, and does the handshake. In a task.
     *
     * @param loop the loop that the connection is on
     * @param address where to. The name or the address that it was made of is the one that the certificate is to be
     *     for.
     * @return the connection
     * @throws IOException as for {@link StreamSocket#connect(EventLoop, java.net.SocketAddress)} and
     *     {@link TlsSocket#handshake()}; then no socket is left
     */
    public TlsSocket connect(EventLoop loop, InetSocketAddress address) throws IOException {
        return connect(loop, address, ChronoUnit.FOREVER.getDuration());
    }

    /**
     * Connects, and does the handshake, with a timeout; see {@link #connect(EventLoop, InetSocketAddress)}.
     *
     * @param loop the loop that the connection is on
     * @param address where to
     * @param timeout how long to wait, for all of it together
     * @return the connection
     * @throws IOException as there; {@link SocketTimeoutException} past the timeout
     */
    public TlsSocket connect(EventLoop loop, InetSocketAddress address, Duration timeout) throws IOException {
        long deadlineNanos = LoopDescriptors.of(loop).deadlineNanos(timeout);
        TlsSocket connection = over(StreamSocket.connect(loop, address, timeout), address.getHostString());
        try {
            connection.handshake(deadlineNanos);
            return connection;
        } catch (IOException | RuntimeException | Error e) {
            connection.close();
            throw e;
        }
    }

    /**
     * Makes a connection over a socket that is connected already, to a Unix address for instance, or after a STARTTLS.
     * The handshake is still to be done.
     *
     * @param socket what carries the connection, which is the connection's from now on
     * @param host whom the certificate is to be for: a name, or an IP address
     * @return the connection
     */
    public TlsSocket over(StreamSocket socket, String host) {
        Objects.requireNonNull(host, "host");
        String name = host.endsWith(".") ? host.substring(0, host.length() - 1) : host; // as certificates have it
        int port = socket.remoteAddress() instanceof InetSocketAddress address ? address.getPort() : -1;
        return new TlsSocket(socket, new Source(name, port), options);
    }

    private final class Source implements EngineSource {
        private final String host;
        private final int port; // with the host it names the sessions that may be resumed

        Source(String host, int port) {
            this.host = host;
            this.port = port;
        }

        @Override
        public boolean isClient() {
            return true;
        }

        @Override
        public boolean dependsOnServerName() {
            return false;
        }

        @Override
        public Provider provider() {
            return context.getProvider();
        }

        @Override
        public SSLEngine engine(@Nullable String serverName) {
            SSLEngine engine = context.createSSLEngine(host, port);
            engine.setUseClientMode(true);
            SSLParameters parameters = engine.getSSLParameters();
            if (checksHost) {
                parameters.setEndpointIdentificationAlgorithm("HTTPS");
            }
            if (!IP_ADDRESS.matcher(host).matches()) {
                setServerName(parameters);
            }
            options.apply(parameters);
            engine.setSSLParameters(parameters);
            return engine;
        }

        /** A host may have a name that SNI has no place for, with an underscore for instance: then it names none. */
        private void setServerName(SSLParameters parameters) {
            try {
                parameters.setServerNames(List.of(new SNIHostName(host)));
            } catch (IllegalArgumentException e) {
                // as the JDK's SSLSocket does
            }
        }
    }

    @Override
    public String toString() {
        return "TlsClient[" + context.getProvider().getName() + "]";
    }
}
