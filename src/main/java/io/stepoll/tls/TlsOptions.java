package io.stepoll.tls;

import java.util.concurrent.Executor;
import java.util.function.Consumer;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/** What a {@link TlsBuilder} was told; null for what is left to the context. */
record TlsOptions(String @Nullable [] protocols, String @Nullable [] cipherSuites,
        String @Nullable [] applicationProtocols, Consumer<? super SSLParameters> further, Executor executor,
        boolean allowsTruncation) {
    /** Sets in the parameters of an engine what these options say. */
    void apply(SSLParameters parameters) {
        if (protocols != null) {
            parameters.setProtocols(protocols);
        }
        if (cipherSuites != null) {
            parameters.setCipherSuites(cipherSuites);
        }
        if (applicationProtocols != null) {
            parameters.setApplicationProtocols(applicationProtocols);
        }
        further.accept(parameters);
    }
}
