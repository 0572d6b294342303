package io.stepoll.support;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.Provider;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** Certificates for tests: an authority, and what it has signed. Keys are made once, as that takes a while. */
public final class Certificates {
    private static final Duration DAY = Duration.ofDays(1);
    private static final char[] PASSWORD = "changeit".toCharArray();

    private static long serial = System.currentTimeMillis();

    public static final Certificates AUTHORITY = authority("stepoll test authority");

    /** For localhost and 127.0.0.1. */
    public static final Certificates LOCAL = AUTHORITY.signed("localhost");
    public static final Certificates CLIENT = AUTHORITY.signed("a client");

    private final KeyPair keys;
    public final X509Certificate certificate;
    private final X509Certificate issuer;

    private Certificates(KeyPair keys, X509Certificate certificate, X509Certificate issuer) {
        this.keys = keys;
        this.certificate = certificate;
        this.issuer = issuer;
    }

    public static Certificates authority(String name) {
        KeyPair keys = newKeys();
        X509Certificate own = certificate(name, keys, name, keys, Instant.now().plus(DAY), true);
        return new Certificates(keys, own, own);
    }

    /** Signs a certificate for a host's name. */
    public Certificates signed(String name) {
        return signed(name, Instant.now().plus(DAY));
    }

    public Certificates signed(String name, Instant end) {
        KeyPair its = newKeys();
        String issuerName = certificate.getSubjectX500Principal().getName().substring("CN=".length());
        return new Certificates(its, certificate(name, its, issuerName, keys, end, false), certificate);
    }

    /** A certificate that has signed itself, for a host's name. */
    public static Certificates selfSigned(String name) {
        KeyPair keys = newKeys();
        X509Certificate own = certificate(name, keys, name, keys, Instant.now().plus(DAY), false);
        return new Certificates(keys, own, own);
    }

    private static KeyPair newKeys() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static synchronized BigInteger nextSerial() {
        return BigInteger.valueOf(serial++);
    }

    private static X509Certificate certificate(String name, KeyPair keys, String issuer, KeyPair issuerKeys,
            Instant end, boolean isAuthority) {
        try {
            JcaX509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(principal(issuer), nextSerial(),
                    Date.from(end.minus(DAY.multipliedBy(2))), Date.from(end), principal(name), keys.getPublic());
            if (isAuthority) {
                builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
            } else {
                builder.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(names(name)));
            }
            return new JcaX509CertificateConverter().getCertificate(
                    builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(issuerKeys.getPrivate())));
        } catch (GeneralSecurityException | OperatorCreationException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static GeneralName[] names(String name) {
        GeneralName host = new GeneralName(GeneralName.dNSName, name.replace(' ', '-'));
        return name.equals("localhost")
                ? new GeneralName[] {host, new GeneralName(GeneralName.iPAddress, "127.0.0.1")}
                : new GeneralName[] {host};
    }

    private static X500Principal principal(String name) {
        return new X500Principal("CN=" + name);
    }

    /** A context that shows this certificate, and trusts what the authority of the tests has signed. */
    public SSLContext context(Provider provider) throws Exception {
        return context(provider, this, AUTHORITY);
    }

    /** A context of a provider, or the JDK's for null. It shows no certificate for null, and trusts nobody for null. */
    public static SSLContext context(Provider provider, Certificates shown, Certificates trusted) throws Exception {
        KeyManagerFactory keyManagers = KeyManagerFactory.getInstance("PKIX");
        keyManagers.init(shown == null ? emptyStore() : shown.store(), PASSWORD);
        SSLContext context = provider == null ? SSLContext.getInstance("TLS")
                : SSLContext.getInstance("TLS", provider);
        context.init(keyManagers.getKeyManagers(), (trusted == null ? authority("nobody") : trusted)
                .trustManagers(provider), null);
        return context;
    }

    private TrustManager[] trustManagers(Provider provider) throws Exception {
        TrustManagerFactory factory = provider == null ? TrustManagerFactory.getInstance("PKIX")
                : TrustManagerFactory.getInstance("PKIX", provider); // the JDK's knows no TLS 1.3 of Conscrypt's
        KeyStore trusted = emptyStore();
        trusted.setCertificateEntry("trusted", certificate);
        factory.init(trusted);
        return factory.getTrustManagers();
    }

    /** What trusts this authority, and nobody else. */
    public X509TrustManager trustManager() throws Exception {
        return (X509TrustManager) trustManagers(null)[0];
    }

    private static KeyStore emptyStore() throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        return store;
    }

    /** A store with the key and its certificate, as entry {@code own}. */
    private KeyStore store() throws Exception {
        KeyStore store = emptyStore();
        X509Certificate[] chain = issuer == certificate ? new X509Certificate[] {certificate}
                : new X509Certificate[] {certificate, issuer};
        store.setKeyEntry("own", keys.getPrivate(), PASSWORD, chain);
        return store;
    }

    /** Writes the certificate as a foreign program wants it. */
    public Path writeCertificate(Path folder) throws Exception {
        return write(folder, "certificate", "CERTIFICATE", certificate.getEncoded());
    }

    public Path writeKey(Path folder) throws Exception {
        return write(folder, "key", "PRIVATE KEY", keys.getPrivate().getEncoded());
    }

    private Path write(Path folder, String name, String kind, byte[] content) throws IOException {
        Path file = folder.resolve(name + "-" + certificate.getSerialNumber() + ".pem");
        return Files.writeString(file, "-----BEGIN " + kind + "-----\n"
                + Base64.getMimeEncoder().encodeToString(content) + "\n-----END " + kind + "-----\n");
    }
}
