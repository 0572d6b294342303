package io.stepoll.tls;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.stepoll.Task;
import io.stepoll.net.Listener;
import io.stepoll.net.StreamSocket;
import io.stepoll.support.Certificates;
import io.stepoll.support.FreePorts;
import io.stepoll.support.Looks;
import io.stepoll.support.Programs;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Other implementations at the other end: openssl, curl, HAProxy, and the SSLSocket of the JDK. */
@Timeout(60)
class TlsPeersTest extends TlsFixture {
    private static final Duration LONG = Duration.ofSeconds(30);

    @TempDir
    Path folder;

    private static String option(Tls tls) {
        return tls == Tls.TLS_12 ? "-tls1_2" : "-tls1_3";
    }

    /** What a program has printed, and how it has ended. */
    private record Ended(int status, String text) {}

    /** A program whose input the test writes, and whose output goes to a file. */
    private final class Program implements AutoCloseable {
        private final Path output = Files.createTempFile(folder, "output", ".txt");
        private final Process process;

        Program(String... command) throws IOException {
            ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true)
                    .redirectOutput(output.toFile());
            builder.environment().remove("LD_PRELOAD"); // the sanitizers that this JVM may run under
            process = builder.start();
        }

        void type(String line) throws IOException {
            process.getOutputStream().write(line.getBytes(StandardCharsets.UTF_8));
            process.getOutputStream().flush();
        }

        String printed() throws IOException {
            return Files.readString(output, StandardCharsets.ISO_8859_1);
        }

        void awaitPrinted(String text) throws Exception {
            Looks.until(() -> printed().contains(text));
        }

        /** Ends its input, and waits for its end. */
        Ended end() throws Exception {
            process.getOutputStream().close();
            assertTrue(process.waitFor(30, TimeUnit.SECONDS));
            return new Ended(process.exitValue(), printed());
        }

        @Override
        public void close() throws IOException {
            process.destroyForcibly();
            process.getOutputStream().close();
        }
    }

    private Program client(Tls tls, int port, String... more) throws Exception {
        assumeTrue(Programs.has("openssl"), "no openssl on this machine");
        List<String> command = new ArrayList<>(List.of("openssl", "s_client", "-connect", "127.0.0.1:" + port,
                "-servername", "localhost", "-verify_return_error", "-verify_hostname", "localhost", "-CAfile",
                Certificates.AUTHORITY.writeCertificate(folder).toString(), option(tls)));
        command.addAll(List.of(more));
        return new Program(command.toArray(String[]::new));
    }

    private static int port(Listener listener) {
        return ((InetSocketAddress) listener.localAddress()).getPort();
    }

    /** What is asked of a program runs on a platform thread, so that it may wait in its own ways. */
    private <T> Task<T> beside(Callable<T> work) {
        return loop.spawn(() -> loop.offload(work));
    }

    @ParameterizedTest
    @EnumSource
    void opensslAsClient(Tls tls) throws Exception {
        TlsServer server = tls.server().applicationProtocols("echo").needClientCertificate().build();
        Path key = Certificates.CLIENT.writeKey(folder);
        Path certificate = Certificates.CLIENT.writeCertificate(folder);
        inTask(() -> {
            try (Listener listener = listen(); Program client = client(tls, port(listener), "-alpn", "echo,other",
                    "-key", key.toString(), "-cert", certificate.toString(), "-ign_eof")) {
                client.type("hello from openssl\n");
                try (TlsSocket connection = server.over(listener.accept())) {
                    assertReads("hello from openssl\n", connection);
                    assertEquals("echo", connection.applicationProtocol());
                    assertEquals(Certificates.CLIENT.certificate, (X509Certificate) connection.peerCertificates()[0]);
                    assertEquals(tls.version, connection.session().getProtocol());
                    connection.write(bytes("hello openssl\n"));
                    connection.shutdownOutput();
                    assertEquals(-1, readOne(connection), "it answers a close_notify");
                }
                Ended ended = beside(client::end).join();
                assertTrue(ended.text.contains("hello openssl"), ended.text);
                assertTrue(ended.text.contains("Verify return code: 0 (ok)"), ended.text);
                assertTrue(ended.text.contains("ALPN protocol: echo"), ended.text);
            }
        });
    }

    /** It refuses the certificate, and this end hears why. */
    @ParameterizedTest
    @EnumSource
    void opensslRefusesACertificate(Tls tls) throws Exception {
        TlsServer server = TlsServer.builder(tls.context(Certificates.AUTHORITY.signed("example.org"))).build();
        inTask(() -> {
            try (Listener listener = listen(); Program client = client(tls, port(listener))) {
                try (TlsSocket connection = server.over(listener.accept())) {
                    SSLException heard = assertThrows(SSLException.class, () -> readOne(connection));
                    assertTrue(heard.getMessage().contains("certificate"), heard::toString);
                }
                Ended ended = beside(client::end).join();
                assertTrue(ended.status != 0 && ended.text.contains("mismatch"), ended.text);
            }
        });
    }

    /** It asks for a renegotiation in TLS 1.2. */
    @Test
    void aRenegotiationIsRefused() throws Exception {
        TlsServer server = Tls.TLS_12.server().build();
        inTask(() -> {
            try (Listener listener = listen(); Program client = client(Tls.TLS_12, port(listener))) {
                try (TlsSocket connection = server.over(listener.accept())) {
                    connection.handshake();
                    client.type("R\n");
                    SSLException refused = assertThrows(SSLException.class, () -> readOne(connection));
                    assertTrue(refused.getMessage().contains("renegotiation, which is refused"), refused::toString);
                    assertThrows(SSLException.class, () -> connection.write(bytes("x")));
                }
                beside(client::end).join();
            }
        });
    }

    /** It updates its keys in TLS 1.3, and asks this end to update its own. */
    @Test
    void keyUpdates() throws Exception {
        TlsServer server = Tls.TLS_13.server().build();
        inTask(() -> {
            try (Listener listener = listen(); Program client = client(Tls.TLS_13, port(listener))) {
                try (TlsSocket connection = server.over(listener.accept())) {
                    connection.handshake();
                    int updates = 0;
                    for (String command : List.of("k", "K", "K")) {
                        client.type(command + "\n"); // a command if nothing else comes with it
                        updates++;
                        String updated = "KEYUPDATE\n".repeat(updates);
                        beside(() -> {
                            Looks.until(() -> client.printed().replaceAll("(?m)^(?!KEYUPDATE).*\n", "")
                                    .equals(updated));
                            return null;
                        }).join();
                        client.type("after " + command + "\n");
                        assertReads("after " + command + "\n", connection);
                        connection.write(bytes("answer to " + command + "\n"));
                        beside(() -> {
                            client.awaitPrinted("answer to " + command);
                            return null;
                        }).join();
                    }
                }
                beside(client::end).join();
            }
        });
    }

    /** It is killed: no close_notify comes. */
    @ParameterizedTest
    @EnumSource
    void opensslIsKilled(Tls tls) throws Exception {
        TlsServer server = tls.server().build();
        inTask(() -> {
            try (Listener listener = listen(); Program client = client(tls, port(listener))) {
                try (TlsSocket connection = server.over(listener.accept())) {
                    client.type("last words\n");
                    assertReads("last words\n", connection);
                    connection.write(bytes("heard\n")); // with an unread ticket its end would be a reset
                    beside(() -> {
                        client.awaitPrinted("heard");
                        return null;
                    }).join();
                    client.process.destroyForcibly();
                    assertThrows(MissingCloseNotifyException.class, () -> readOne(connection));
                }
            }
        });
    }

    @ParameterizedTest
    @EnumSource
    void opensslAsServer(Tls tls) throws Exception {
        assumeTrue(Programs.has("openssl"), "no openssl on this machine");
        int port = FreePorts.next();
        try (Program server = new Program("openssl", "s_server", "-accept", "127.0.0.1:" + port, "-naccept", "2",
                "-key", Certificates.LOCAL.writeKey(folder).toString(), "-cert",
                Certificates.LOCAL.writeCertificate(folder).toString(), "-alpn", "echo", "-rev", option(tls))) {
            server.awaitPrinted("ACCEPT");
            TlsClient client = tls.client().applicationProtocols("other", "echo").build();
            TlsClient trustsNobody = TlsClient.builder(Certificates.context(tls.provider(), null, null)).build();
            inTask(() -> {
                InetSocketAddress address = InetSocketAddress.createUnresolved("localhost", port);
                assertThrows(SSLException.class, () -> trustsNobody.connect(loop, address));
                try (TlsSocket connection = client.connect(loop, address)) {
                    assertEquals("echo", connection.applicationProtocol());
                    for (int size : new int[] {5, 1000, 15_000}) {
                        byte[] line = new byte[size];
                        Arrays.fill(line, (byte) 'b');
                        line[0] = 'a';
                        line[size - 1] = '\n';
                        connection.write(ByteBuffer.wrap(line));
                        byte[] answer = new byte[size];
                        ByteBuffer target = ByteBuffer.wrap(answer);
                        while (target.hasRemaining()) {
                            assertTrue(connection.read(target) > 0);
                        }
                        assertEquals('a', answer[size - 2]);
                    }
                    connection.close(LONG);
                }
                beside(server::end).join();
            });
        }
    }

    @ParameterizedTest
    @EnumSource
    void curl(Tls tls) throws Exception {
        assumeTrue(Programs.has("curl"), "no curl on this machine");
        TlsServer server = tls.server().applicationProtocols("http/1.1").build();
        byte[] body = new byte[100_000];
        Arrays.fill(body, (byte) 'x');
        inTask(() -> {
            try (Listener listener = listen(); Program curl = new Program("curl", "-sS", "--cacert",
                    Certificates.AUTHORITY.writeCertificate(folder).toString(), "--tls-max",
                    tls == Tls.TLS_12 ? "1.2" : "1.3", "--noproxy", "*",
                    "https://localhost:" + port(listener) + "/", "-4")) {
                try (TlsSocket connection = server.over(listener.accept())) {
                    assertReads("GET / HTTP/1.1\r\n", connection);
                    connection.write(bytes("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"));
                    connection.write(ByteBuffer.wrap(body)); // as long as the connection lasts: its end counts
                    connection.shutdownOutput();
                    connection.socket().shutdownOutput();
                    ByteBuffer rest = ByteBuffer.allocate(1 << 12);
                    while (connection.read(rest.clear()) >= 0) {
                        // the rest of the request
                    }
                }
                Ended ended = beside(curl::end).join();
                assertEquals(0, ended.status, ended.text);
                assertEquals(body.length, ended.text.length());
            }
        });
    }

    /** HAProxy ends the TLS of a client, and begins TLS of its own to a server: a peer on both sides. */
    @ParameterizedTest
    @EnumSource
    void haproxyInBetween(Tls tls) throws Exception {
        assumeTrue(Programs.has("haproxy"), "no haproxy on this machine");
        int port = FreePorts.next();
        Path authority = Certificates.AUTHORITY.writeCertificate(folder);
        Path shown = Files.writeString(folder.resolve("shown.pem"), Files.readString(
                Certificates.LOCAL.writeCertificate(folder)) + Files.readString(Certificates.LOCAL.writeKey(folder)));
        Path ofClient = Files.writeString(folder.resolve("client.pem"), Files.readString(
                Certificates.CLIENT.writeCertificate(folder)) + Files.readString(Certificates.CLIENT.writeKey(folder)));
        TlsServer server = tls.server().needClientCertificate().applicationProtocols("echo").build();
        byte[] content = new byte[100_000];
        new Random(4).nextBytes(content);
        inTask(() -> {
            try (Listener listener = listen()) {
                Path configuration = Files.writeString(folder.resolve("haproxy.cfg"), """
                        defaults
                            mode tcp
                            timeout connect 30s
                            timeout client 60s
                            timeout server 60s
                        listen both
                            bind 127.0.0.1:%d ssl crt %s alpn echo ssl-min-ver %s ssl-max-ver %s
                            server ours 127.0.0.1:%d ssl verify required ca-file %s verifyhost localhost sni \
                                str(localhost) alpn echo crt %s
                        """.formatted(port, shown, tls.version, tls.version, port(listener), authority, ofClient));
                Task<Void> serving = loop.spawn(() -> {
                    try (TlsSocket connection = server.over(listener.accept())) {
                        connection.handshake();
                        assertEquals("echo", connection.applicationProtocol());
                        assertEquals(Certificates.CLIENT.certificate, connection.peerCertificates()[0]);
                        echo(connection);
                    }
                });
                try (Program haproxy = new Program("haproxy", "-db", "-q", "-f", configuration.toString());
                        TlsSocket connection = connectLater(tls.client().applicationProtocols("echo").build(), port,
                                haproxy)) {
                    assertEquals("echo", connection.applicationProtocol());
                    Task<Integer> writing = loop.spawn(() -> connection.write(ByteBuffer.wrap(content)));
                    byte[] answer = new byte[content.length];
                    ByteBuffer target = ByteBuffer.wrap(answer);
                    while (target.hasRemaining()) {
                        assertTrue(connection.read(target) > 0);
                    }
                    assertArrayEquals(content, answer);
                    writing.join();
                    connection.close(LONG);
                    serving.join();
                }
            }
        });
    }

    /** Connects to a program as soon as that listens. */
    private TlsSocket connectLater(TlsClient client, int port, Program program) throws Exception {
        while (true) {
            try {
                return client.connect(loop, InetSocketAddress.createUnresolved("localhost", port));
            } catch (ConnectException notYet) {
                assertTrue(program.process.isAlive(), program.printed());
                loop.sleep(Duration.ofMillis(5));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void sslSocketAsClient(Tls tls) throws Exception {
        TlsServer server = tls.server().wantClientCertificate().build();
        inTask(() -> {
            try (Listener listener = listen()) {
                int port = port(listener);
                Task<String> asking = beside(() -> {
                    try (SSLSocket socket = (SSLSocket) tls.context(Certificates.CLIENT).getSocketFactory()
                            .createSocket("localhost", port)) {
                        SSLParameters parameters = socket.getSSLParameters();
                        parameters.setEndpointIdentificationAlgorithm("HTTPS");
                        parameters.setProtocols(new String[] {tls.version});
                        socket.setSSLParameters(parameters);
                        socket.getOutputStream().write("hello\n".getBytes(StandardCharsets.UTF_8));
                        if (tls == Tls.TLS_13) {
                            socket.shutdownOutput();
                        }
                        return new BufferedReader(new InputStreamReader(socket.getInputStream())).readLine();
                    }
                });
                try (TlsSocket connection = server.over(listener.accept())) {
                    assertReads("hello\n", connection);
                    if (tls == Tls.TLS_13) { // the half-close of the JDK's
                        assertEquals(-1, readOne(connection));
                    }
                    assertEquals(Certificates.CLIENT.certificate, connection.peerCertificates()[0]);
                    connection.write(bytes("hello yourself\n"));
                    assertEquals("hello yourself", asking.join());
                    assertEquals(-1, readOne(connection));
                }
            }
        });
    }

    @ParameterizedTest
    @EnumSource
    void sslSocketAsServer(Tls tls) throws Exception {
        try (SSLServerSocket listener = (SSLServerSocket) tls.context(Certificates.LOCAL).getServerSocketFactory()
                .createServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            TlsClient client = tls.client().build();
            inTask(() -> {
                Task<Long> serving = beside(() -> {
                    try (Socket socket = listener.accept()) {
                        return socket.getInputStream().transferTo(socket.getOutputStream());
                    }
                });
                try (TlsSocket connection = client.connect(loop,
                        InetSocketAddress.createUnresolved("localhost", listener.getLocalPort()))) {
                    connection.write(bytes("hello"));
                    assertReads("hello", connection);
                    connection.close(LONG);
                }
                assertEquals(5, serving.join());
            });
        }
    }

    /** Who speaks another protocol gets an alert. */
    @Test
    void otherProtocols() throws Exception {
        TlsServer server = Tls.TLS_13.server().build();
        inTask(() -> {
            for (String text : List.of("GET / HTTP/1.1\r\n\r\n", "SSH-2.0-OpenSSH_9.2\r\n", "\0\0\0\10\4\322\26\57")) {
                StreamSocket[] pair = StreamSocket.pair(loop);
                try (TlsSocket connection = server.over(pair[0])) {
                    pair[1].write(ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1)));
                    SSLException refused = assertThrows(SSLException.class, connection::handshake);
                    assertTrue(refused.getMessage().contains("plaintext connection?")
                            || refused.getMessage().contains("handshake"), refused::getMessage);
                    ByteBuffer alert = ByteBuffer.allocate(100);
                    assertTrue(pair[1].read(alert) > 0, "an alert comes");
                    assertEquals(21, alert.get(0));
                } finally {
                    pair[1].close();
                }
            }
        });
    }
}
