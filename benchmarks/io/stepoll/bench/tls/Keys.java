package io.stepoll.bench.tls;

import java.io.File;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.Provider;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** The key store that the harness makes by keytool. */
final class Keys {
    private static final char[] PASSWORD = "changeit".toCharArray();

    private final KeyStore store;

    Keys(String file) throws Exception {
        store = KeyStore.getInstance(new File(file), PASSWORD);
    }

    KeyManagerFactory keyManagers() throws GeneralSecurityException {
        KeyManagerFactory factory = KeyManagerFactory.getInstance("PKIX");
        factory.init(store, PASSWORD);
        return factory;
    }

    /** A context of a provider, or the JDK's for null. */
    SSLContext context(Provider provider) throws GeneralSecurityException {
        TrustManagerFactory trusted = TrustManagerFactory.getInstance("PKIX");
        trusted.init(store);
        SSLContext context = provider == null ? SSLContext.getInstance("TLS")
                : SSLContext.getInstance("TLS", provider);
        context.init(keyManagers().getKeyManagers(), trusted.getTrustManagers(), null);
        return context;
    }
}
