package io.stepoll.tls;

import io.stepoll.internal.threads.Workers;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/**
 * The options that both ends of a TLS connection have. A builder belongs to one thread at a time.
 *
 * @param <B> the class of the builder
 * @since 0.1.0
 */
public abstract sealed class TlsBuilder<B extends TlsBuilder<B>> permits TlsClient.Builder, TlsServer.Builder {
    private String @Nullable [] protocols;
    private String @Nullable [] cipherSuites;
    private String @Nullable [] applicationProtocols;
    private Consumer<? super SSLParameters> further = parameters -> {};
    private Executor executor = Workers.computing();
    private boolean allowsTruncation;

    TlsBuilder() {}

    abstract B self();

    /**
     * Sets the versions of TLS.
     *
     * @param names {@code TLSv1.3} for instance; the default is the context's
     * @return this
     */
    public B protocols(String... names) {
        protocols = names.clone();
        return self();
    }

    /**
     * Sets the cipher suites.
     *
     * @param names the best one first; the default is the context's
     * @return this
     */
    public B cipherSuites(String... names) {
        cipherSuites = names.clone();
        return self();
    }

    /**
     * Sets the protocols that are offered or accepted by ALPN; see RFC 7301. If both ends name some and have none in
     * common, the handshake fails.
     *
     * @param names the best one first, {@code h2} for instance; by default there is no ALPN
     * @return this
     */
    public B applicationProtocols(String... names) {
        applicationProtocols = names.clone();
        return self();
    }

    /**
     * Lets a connection end without a close_notify: a read then returns -1, and throws no
     * {@link MissingCloseNotifyException}. For protocols that know themselves where a message ends.
     *
     * @return this
     */
    public B allowTruncation() {
        allowsTruncation = true;
        return self();
    }

    /**
     * Sets whatever else an engine can be told, after all that this builder sets.
     *
     * @param change changes the parameters of each connection, on a thread of the executor
     * @return this
     */
    public B parameters(Consumer<? super SSLParameters> change) {
        further = Objects.requireNonNull(change, "change");
        return self();
    }

    /**
     * Sets who runs the engine's work of the handshakes. The default is threads of the library, as many as there are
     * processors, which is right for work that computes. A trust manager that waits, to ask for a revocation for
     * instance, needs an executor with more threads.
     *
     * @param newExecutor whose threads are not a loop's
     * @return this
     */
    public B executor(Executor newExecutor) {
        executor = Objects.requireNonNull(newExecutor, "executor");
        return self();
    }

    final TlsOptions options() {
        return new TlsOptions(protocols, cipherSuites, applicationProtocols, further, executor, allowsTruncation);
    }
}
