package io.stepoll.drivers;

import io.stepoll.support.CertificateFiles;
import io.stepoll.support.FreePorts;
import io.stepoll.support.Programs;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.util.List;

/**
 * An nginx of one process. It answers {@code /quick} at once, and {@code /slow} by one byte a second, after the first
 * 1024.
 */
public final class NginxServer extends StartedServer {
    /** What it answers to {@link #quick}. */
    public static final String ANSWER = "quick";

    private static final int SLOW_BYTES = 1 << 20;

    /** The second keepalive_timeout is what clients are told: HttpsURLConnection keeps its connections that long. */
    private static final String CONFIGURATION = """
            daemon off;
            master_process off;
            pid nginx.pid;
            error_log stderr;
            events {}
            http {
                access_log off;
                client_body_temp_path body;
                proxy_temp_path proxy;
                fastcgi_temp_path fastcgi;
                uwsgi_temp_path uwsgi;
                scgi_temp_path scgi;
                keepalive_requests 1000000;
                keepalive_timeout 60 1;
                server {
                    listen 127.0.0.1:%d;
                    listen 127.0.0.1:%d ssl;
                    ssl_certificate %s;
                    ssl_certificate_key %s;
                    root .;
                    location = /quick { return 200 "%s"; }
                    location = /slow { limit_rate_after 1k; limit_rate 1; }
                }
            }
            """;

    final int tlsPort;

    private NginxServer(CertificateFiles certificates) throws Exception {
        super("nginx");
        tlsPort = FreePorts.next();
        Files.write(folder.resolve("slow"), new byte[SLOW_BYTES]);
        Files.writeString(folder.resolve("nginx.conf"), CONFIGURATION.formatted(port, tlsPort,
                certificates.certificate(), certificates.key(), ANSWER));
        start(List.of("nginx", "-p", folder.toString(), "-c", "nginx.conf", "-e", "stderr"));
    }

    static NginxServer start(CertificateFiles certificates) throws Exception {
        return new NginxServer(certificates);
    }

    /** Names what is missing here; null for nothing. */
    public static String missing() {
        return Programs.has("nginx") ? null : "nginx on the PATH";
    }

    /** The URL that is answered by {@link #ANSWER}. */
    public String quick(boolean tls) {
        return url(tls) + "/quick";
    }

    String slow(boolean tls) {
        return url(tls) + "/slow";
    }

    private String url(boolean tls) {
        return tls ? "https://127.0.0.1:" + tlsPort : "http://127.0.0.1:" + port;
    }

    @Override
    boolean answers() {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }
}
