package io.stepoll.tls;

import io.stepoll.net.Connection;
import io.stepoll.net.ConnectionHandler;
import io.stepoll.net.StreamSocket;
import java.security.Provider;
import java.time.Duration;
import java.util.Objects;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/**
 * Makes the server's end of TLS connections. It does not change, so any thread may use it, for any loop. New
 * certificates come by a {@link ContextChooser}, which is asked anew for each connection.
 *
 * @since 0.1.0
 */
public final class TlsServer {
    private enum ClientCertificate {
        NONE,
        WANTED,
        NEEDED
    }

    private final Source source;
    private final TlsOptions options;

    private TlsServer(Builder builder) {
        source = new Source(builder);
        options = builder.options();
    }

    /**
     * Chooses the context of a connection.
     *
     * @since 0.1.0
     */
    @FunctionalInterface
    public interface ContextChooser {
        /**
         * Chooses the context, on a thread of the connection's executor, which may compute and wait a little.
         *
         * @param serverName the name that the client asks for by SNI, in ASCII as the client has written it; null if it
         *     names none
         * @return the context with the key and certificate for that name; null to refuse the client
         * @throws Exception to refuse the client, too; it becomes the cause of the handshake's failure
         */
        @Nullable SSLContext choose(@Nullable String serverName) throws Exception;
    }

    /**
     * What a server does with each connection.
     *
     * @since 0.1.0
     */
    @FunctionalInterface
    public interface Handler {
        /**
         * Serves a connection whose handshake is complete, in a task of its own. The server closes it afterwards.
         *
         * @param connection on the loop of the task
         * @throws Exception the failure of the task, which is logged
         */
        void serve(TlsSocket connection) throws Exception;
    }

    /**
     * What a server does with each connection of a {@link io.stepoll.net.Server}.
     *
     * @param <S> the state of a loop
     * @since 0.1.0
     */
    @FunctionalInterface
    public interface HandlerOfConnection<S extends @Nullable Object> {
        /**
         * Serves a connection whose handshake is complete, in a task of its own. The server closes it afterwards.
         *
         * @param connection on the loop of the task
         * @param accepted what the server knows of the connection; its socket carries the TLS connection
         * @throws Exception the failure of the connection
         */
        void serve(TlsSocket connection, Connection<S> accepted) throws Exception;
    }

    /**
     * {@return the options of a server, with their defaults}
     *
     * @param context the key and certificate of the server, and whom it trusts if it asks for certificates
     */
    public static Builder builder(SSLContext context) {
        Objects.requireNonNull(context, "context");
        return new Builder(serverName -> context, context.getProvider());
    }

    /**
     * {@return the options of a server whose context depends on the name that the client asks for}
     *
     * @param chooser called once for each connection
     */
    public static Builder builder(ContextChooser chooser) {
        return new Builder(Objects.requireNonNull(chooser, "chooser"), null);
    }

    /**
     * The options of a server.
     *
     * @since 0.1.0
     */
    public static final class Builder extends TlsBuilder<Builder> {
        private final ContextChooser chooser;
        private final @Nullable Provider provider; // null if the chooser depends on the name
        private ClientCertificate clientCertificate = ClientCertificate.NONE;

        private Builder(ContextChooser chooser, @Nullable Provider provider) {
            this.chooser = chooser;
            this.provider = provider;
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Asks clients for a certificate. One without a certificate is served; one with a certificate that the context
         * does not trust is not.
         *
         * @return this
         */
        public Builder wantClientCertificate() {
            clientCertificate = ClientCertificate.WANTED;
            return this;
        }

        /**
         * Serves only clients with a certificate that the context trusts.
         *
         * @return this
         */
        public Builder needClientCertificate() {
            clientCertificate = ClientCertificate.NEEDED;
            return this;
        }

        /** {@return a server with these options} */
        public TlsServer build() {
            return new TlsServer(this);
        }
    }

    /**
     * Makes a connection over a socket, one that was accepted for instance. The handshake is still to be done.
     *
     * @param socket what carries the connection, which is the connection's from now on
     * @return the connection
     */
    public TlsSocket over(StreamSocket socket) {
        return new TlsSocket(socket, source, options);
    }

    /**
     * Makes a handler for {@link io.stepoll.net.Server}, which does the handshake before it serves a connection.
     *
     * @param <S> the state of a loop
     * @param handshakeTimeout how long a client may take for the handshake
     * @param handler serves each connection
     * @return the handler
     */
    public <S extends @Nullable Object> ConnectionHandler<S> serving(Duration handshakeTimeout, Handler handler) {
        Objects.requireNonNull(handler, "handler");
        return serving(handshakeTimeout, (connection, _) -> handler.serve(connection));
    }

    /**
     * Makes a handler for {@link io.stepoll.net.Server} as {@link #serving(Duration, Handler)} does, which gives the
     * server's connection along: its peer, the state of its loop, the clock of the header timeout.
     *
     * @param <S> the state of a loop
     * @param handshakeTimeout how long a client may take for the handshake
     * @param handler serves each connection
     * @return the handler
     */
    public <S extends @Nullable Object> ConnectionHandler<S> serving(Duration handshakeTimeout,
            HandlerOfConnection<S> handler) {
        Objects.requireNonNull(handshakeTimeout, "handshakeTimeout");
        Objects.requireNonNull(handler, "handler");
        return accepted -> {
            try (TlsSocket connection = over(accepted.socket())) {
                connection.handshake(handshakeTimeout);
                handler.serve(connection, accepted);
            }
        };
    }

    private static final class Source implements EngineSource {
        private final ContextChooser chooser;
        private final @Nullable Provider provider;
        private final ClientCertificate clientCertificate;
        private final TlsOptions options;

        Source(Builder builder) {
            chooser = builder.chooser;
            provider = builder.provider;
            clientCertificate = builder.clientCertificate;
            options = builder.options();
        }

        @Override
        public boolean isClient() {
            return false;
        }

        @Override
        public boolean dependsOnServerName() {
            return provider == null;
        }

        @Override
        public @Nullable Provider provider() {
            return provider;
        }

        @Override
        public @Nullable SSLEngine engine(@Nullable String serverName) throws Exception {
            SSLContext context = chooser.choose(serverName);
            if (context == null) {
                return null;
            }
            SSLEngine engine = context.createSSLEngine();
            engine.setUseClientMode(false);
            SSLParameters parameters = engine.getSSLParameters();
            switch (clientCertificate) {
                case WANTED -> parameters.setWantClientAuth(true);
                case NEEDED -> parameters.setNeedClientAuth(true);
                default -> {
                }
            }
            options.apply(parameters);
            engine.setSSLParameters(parameters);
            return engine;
        }
    }

    @Override
    public String toString() {
        return "TlsServer[" + (source.provider == null ? "by name" : source.provider.getName()) + "]";
    }
}
