package io.stepoll.support;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/**
 * A certificate authority of the test's own, and one certificate by it, for servers at 127.0.0.1. The openssl program
 * makes them, as files in PEM, in a folder that {@link #close} deletes.
 */
public final class TestAuthority implements AutoCloseable {
    private static final String DAYS = "2";
    private static final char[] PASSWORD = "password".toCharArray();

    private final Path folder;
    private final KeyStore trusted;

    private TestAuthority(Path folder) throws Exception {
        this.folder = folder;
        String[] key = {"-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"};
        openssl(key, "req", "-x509", "-days", DAYS, "-subj", "/CN=stepoll test authority", "-keyout",
                file("authority.key"), "-out", file("authority.pem"));
        openssl(key, "req", "-subj", "/CN=127.0.0.1", "-keyout", file("server.key"), "-out", file("request.pem"));
        Files.writeString(folder.resolve("names"), "subjectAltName=IP:127.0.0.1,DNS:localhost");
        openssl(new String[0], "x509", "-req", "-days", DAYS, "-in", file("request.pem"), "-CA", file("authority.pem"),
                "-CAkey", file("authority.key"), "-CAcreateserial", "-extfile", file("names"), "-out",
                file("server.pem"));
        trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("authority", certificate(certificate()));
    }

    /** Makes an authority and a certificate by it. */
    public static TestAuthority create() throws Exception {
        return new TestAuthority(Files.createTempDirectory("stepoll-authority"));
    }

    /** Names what is missing here; null for nothing. */
    public static String missing() {
        return Programs.has("openssl") ? null : "openssl on the PATH";
    }

    private void openssl(String[] key, String... arguments) throws IOException, InterruptedException {
        List<String> command = Stream.of(Stream.of("openssl"), Stream.of(arguments), Stream.of(key))
                .flatMap(each -> each).toList();
        Path log = folder.resolve("openssl.log");
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
        builder.environment().remove("LD_PRELOAD"); // the sanitizers that this JVM may run under
        Process process = builder.start();
        Programs.end(process);
        if (process.exitValue() != 0) {
            throw new IOException(command + " failed: " + Files.readString(log));
        }
    }

    private String file(String name) {
        return folder.resolve(name).toString();
    }

    /** The file of the authority's own certificate, which clients trust. */
    public Path authority() {
        return folder.resolve("authority.pem");
    }

    /** The file of the server's certificate. */
    public Path certificate() {
        return folder.resolve("server.pem");
    }

    /** The file of the server's private key. */
    public Path key() {
        return folder.resolve("server.key");
    }

    /** What trusts the authority, and nobody else. */
    public X509TrustManager trustManager() throws Exception {
        TrustManagerFactory managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        managers.init(trusted);
        return (X509TrustManager) managers.getTrustManagers()[0];
    }

    /** A context that trusts the authority, for clients, and that has the certificate, for servers. */
    public SSLContext context() throws Exception {
        KeyStore own = KeyStore.getInstance("PKCS12");
        own.load(null, null);
        own.setKeyEntry("server", privateKey(), PASSWORD, new Certificate[] {certificate(certificate())});
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(own, PASSWORD);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), new TrustManager[] {trustManager()}, null);
        return context;
    }

    private PrivateKey privateKey() throws Exception {
        String base64 = Files.readAllLines(key()).stream().filter(line -> !line.startsWith("-----"))
                .reduce("", String::concat);
        return KeyFactory.getInstance("EC").generatePrivate(
                new PKCS8EncodedKeySpec(Base64.getDecoder().decode(base64)));
    }

    private static Certificate certificate(Path file) throws Exception {
        try (InputStream in = Files.newInputStream(file)) {
            return CertificateFactory.getInstance("X.509").generateCertificate(in);
        }
    }

    @Override
    public void close() throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
