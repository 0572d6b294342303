package io.stepoll.support;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/** The certificates of the tests as files in PEM, for foreign programs, in a folder that {@link #close} deletes. */
public final class CertificateFiles implements AutoCloseable {
    private final Path folder;
    private final Path authority;
    private final Path certificate;
    private final Path key;

    /** Writes the files. */
    public CertificateFiles() throws Exception {
        folder = Files.createTempDirectory("stepoll-certificates");
        authority = Certificates.AUTHORITY.writeCertificate(folder);
        certificate = Certificates.LOCAL.writeCertificate(folder);
        key = Certificates.LOCAL.writeKey(folder);
    }

    /** The authority's own certificate, which clients trust. */
    public Path authority() {
        return authority;
    }

    /** The certificate of a server at localhost. */
    public Path certificate() {
        return certificate;
    }

    /** The private key of that server. */
    public Path key() {
        return key;
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
