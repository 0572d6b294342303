package io.stepoll.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.EventLoop;
import io.stepoll.Task;
import io.stepoll.metrics.LoopMetrics;
import io.stepoll.metrics.Metric;
import io.stepoll.net.Addresses;
import io.stepoll.net.Listener;
import io.stepoll.net.StreamSocket;
import io.stepoll.support.Certificates;
import io.stepoll.support.Seeds;
import io.stepoll.support.StreamKind;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Handshakes that fail, that are cut off, and that depend on names. */
@Timeout(60)
class TlsHandshakeTest extends TlsFixture {
    /** Both ends fail; returns the two exceptions, the client's first. In a task. */
    private List<Throwable> failures(TlsClient client, TlsServer server) throws Exception {
        try (Ends ends = ends(client, server, StreamKind.TCP)) {
            Task<Void> serving = loop.spawn(() -> echo(ends.server()));
            Throwable ofClient = assertThrows(IOException.class, () -> {
                ends.client().write(bytes("x"));
                readOne(ends.client());
            });
            ends.client().close();
            return List.of(ofClient, assertThrows(ExecutionException.class, serving::join).getCause());
        }
    }

    /** The client says why (in the JDK's words), and where, and the server hears it by an alert. */
    private void assertCertificateRefused(Tls tls, Certificates shown, String why) throws Exception {
        inTask(() -> {
            List<Throwable> failures = failures(tls.client().build(),
                    TlsServer.builder(tls.context(shown)).protocols(tls.version).build());
            assertInstanceOf(SSLHandshakeException.class, failures.get(0));
            assertTrue(failures.get(0).getMessage().contains("handshake on tcp:127.0.0.1:"), failures.get(0)::toString);
            StringBuilder texts = new StringBuilder();
            for (Throwable cause = failures.get(0); cause != null; cause = cause.getCause()) {
                texts.append(cause.getMessage()).append('\n');
            }
            assertTrue(IS_CONSCRYPT || texts.toString().contains(why), texts::toString);
            assertInstanceOf(SSLException.class, failures.get(1));
            String heard = failures.get(1).getMessage().toLowerCase(java.util.Locale.ROOT);
            assertTrue(IS_CONSCRYPT || heard.contains("certificate"), heard); // Conscrypt sends a close_notify instead
        });
    }

    @ParameterizedTest
    @EnumSource
    void expiredCertificate(Tls tls) throws Exception {
        assertCertificateRefused(tls, Certificates.AUTHORITY.signed("localhost", Instant.now().minusSeconds(60)),
                "NotAfter");
    }

    @ParameterizedTest
    @EnumSource
    void certificateOfAnotherHost(Tls tls) throws Exception {
        assertCertificateRefused(tls, Certificates.AUTHORITY.signed("example.org"), "localhost");
        inTask(() -> {
            TlsServer other = TlsServer.builder(tls.context(Certificates.AUTHORITY.signed("example.org")))
                    .protocols(tls.version).build();
            connected(tls.client().acceptAnyHost().build(), other).close();
        });
    }

    @ParameterizedTest
    @EnumSource
    void untrustedCertificate(Tls tls) throws Exception {
        assertCertificateRefused(tls, Certificates.authority("somebody").signed("localhost"),
                "unable to find valid certification path");
    }

    @ParameterizedTest
    @EnumSource
    void selfSignedCertificate(Tls tls) throws Exception {
        assertCertificateRefused(tls, Certificates.selfSigned("localhost"),
                "unable to find valid certification path");
    }

    @ParameterizedTest
    @EnumSource
    void clientWithoutACertificate(Tls tls) throws Exception {
        inTask(() -> {
            List<Throwable> failures = failures(tls.client().build(), tls.server().needClientCertificate().build());
            assertInstanceOf(SSLException.class, failures.get(0)); // in TLS 1.3 the alert comes after the handshake
            assertInstanceOf(SSLHandshakeException.class, failures.get(1));
        });
    }

    @ParameterizedTest
    @EnumSource
    void clientWhoseCertificateIsNotTrusted(Tls tls) throws Exception {
        TlsClient stranger = TlsClient.builder(tls.context(Certificates.authority("somebody").signed("a client")))
                .protocols(tls.version).build();
        inTask(() -> {
            List<Throwable> failures = failures(stranger, tls.server().needClientCertificate().build());
            assertInstanceOf(SSLException.class, failures.get(0));
            assertInstanceOf(SSLHandshakeException.class, failures.get(1));
        });
    }

    private void assertCounted(int succeeded, int failed) {
        LoopMetrics metrics = loop.metrics();
        assertEquals(succeeded, metrics.get(Metric.TLS_HANDSHAKES), metrics::toString);
        assertEquals(failed, metrics.get(Metric.TLS_HANDSHAKES_FAILED), metrics::toString);
    }

    /** Each end of a handshake counts once, however it ends. */
    @ParameterizedTest
    @EnumSource
    void handshakesAreCounted(Tls tls) throws Exception {
        TlsClient client = tls.client().build();
        TlsServer server = tls.server().build();
        inTask(() -> {
            connected(client, server).close();
            assertCounted(2, 0);
            failures(client, TlsServer.builder(tls.context(Certificates.selfSigned("localhost"))).protocols(tls.version)
                    .build());
            assertCounted(2, 2);
            try (Ends ends = ends(client, server, StreamKind.TCP)) { // nobody has begun one
                assertCounted(2, 2);
                assertThrows(SocketTimeoutException.class, () -> ends.client().handshake(Duration.ofMillis(1)));
                assertCounted(2, 2); // it may go on
                handshake(ends);
                assertCounted(4, 2);
            }
            try (Ends ends = ends(client, server, StreamKind.TCP)) {
                assertThrows(SocketTimeoutException.class, () -> ends.server().handshake(Duration.ofMillis(1)));
            }
            assertCounted(4, 3); // given up
            try (Ends ends = ends(client, server, StreamKind.TCP)) {
                assertThrows(SocketTimeoutException.class, () -> ends.server().handshake(Duration.ofMillis(1)));
                ends.server().socket().close(); // as a server does with an idle connection
            }
            assertCounted(4, 4);
            try (Ends ends = ends(client, server, StreamKind.TCP)) {
                ends.client().socket().close();
                assertThrows(SSLHandshakeException.class, () -> ends.server().handshake());
                assertThrows(SSLException.class, () -> ends.server().handshake());
            }
            assertCounted(4, 5);
        });
    }

    @Test
    void versionsThatDoNotMeet() throws Exception {
        inTask(() -> {
            List<Throwable> failures = failures(Tls.TLS_12.client().build(), Tls.TLS_13.server().build());
            assertInstanceOf(SSLHandshakeException.class, failures.get(0));
            assertInstanceOf(SSLHandshakeException.class, failures.get(1));
        });
    }

    @ParameterizedTest
    @EnumSource
    void applicationProtocolsThatDoNotMeet(Tls tls) throws Exception {
        inTask(() -> {
            TlsClient client = tls.client().applicationProtocols("h2").build();
            TlsServer server = tls.server().applicationProtocols("imap").build();
            if (IS_CONSCRYPT) { // its server goes on without, as RFC 7301 does not want it
                try (Ends ends = connected(client, server)) {
                    assertEquals("", ends.client().applicationProtocol());
                }
            } else {
                List<Throwable> failures = failures(client, server);
                assertInstanceOf(SSLHandshakeException.class, failures.get(0));
                assertTrue(failures.get(0).getMessage().contains("no_application_protocol"),
                        failures.get(0)::getMessage);
                assertInstanceOf(SSLHandshakeException.class, failures.get(1));
            }
        });
    }

    /** What a failed handshake has said is said again by each later call, and nothing is sent. */
    @ParameterizedTest
    @EnumSource
    void aFailedConnectionStaysFailed(Tls tls) throws Exception {
        inTask(() -> {
            try (Ends ends = ends(tls.client().build(), TlsServer.builder(
                    tls.context(Certificates.selfSigned("localhost"))).build(), StreamKind.TCP)) {
                Task<Void> serving = loop.spawn(() -> echo(ends.server()));
                SSLException first = assertThrows(SSLHandshakeException.class, ends.client()::handshake);
                SSLException second = assertThrows(SSLException.class, () -> ends.client().write(bytes("x")));
                assertEquals(first.getMessage(), second.getMessage());
                assertEquals(first, second.getCause());
                assertThrows(SSLException.class, () -> readOne(ends.client()));
                ends.client().close();
                assertThrows(ExecutionException.class, serving::join);
            }
        });
    }

    // Names

    @ParameterizedTest
    @EnumSource
    void theServerChoosesByName(Tls tls) throws Exception {
        Certificates one = Certificates.AUTHORITY.signed("one.test");
        Certificates two = Certificates.AUTHORITY.signed("two.test");
        SSLContext contextOfOne = tls.context(one);
        SSLContext contextOfTwo = tls.context(two);
        SSLContext contextOfNone = tls.context(Certificates.LOCAL);
        List<String> asked = new ArrayList<>();
        TlsServer server = TlsServer.builder(name -> {
            asked.add(name);
            return switch (name) {
                case null -> contextOfNone;
                case "one.test" -> contextOfOne;
                case "two.test" -> contextOfTwo;
                default -> null;
            };
        }).protocols(tls.version).build();
        TlsClient client = tls.client().build();
        inTask(() -> {
            for (String name : List.of("one.test", "two.test", "127.0.0.1")) {
                StreamSocket[] pair = StreamKind.connect(loop, StreamKind.TCP.fresh());
                try (Ends ends = new Ends(client.over(pair[0], name), server.over(pair[1]))) {
                    handshake(ends);
                    Certificates expected = name.startsWith("one") ? one : name.startsWith("two") ? two
                            : Certificates.LOCAL;
                    assertEquals(expected.certificate, ends.client().peerCertificates()[0]);
                    ends.client().write(bytes(name));
                    assertReads(name, ends.server());
                }
            }
            StreamSocket[] pair = StreamKind.connect(loop, StreamKind.TCP.fresh());
            try (Ends ends = new Ends(client.over(pair[0], "three.test"), server.over(pair[1]))) {
                Task<Void> serving = loop.spawn(() -> ends.server().handshake());
                SSLHandshakeException ofClient = assertThrows(SSLHandshakeException.class, ends.client()::handshake);
                assertTrue(ofClient.getMessage().toLowerCase(java.util.Locale.ROOT).contains("unrecognized_name"),
                        ofClient::getMessage);
                Throwable ofServer = assertThrows(ExecutionException.class, serving::join).getCause();
                assertTrue(ofServer.getMessage().contains("three.test"), ofServer::getMessage);
            }
        });
        assertEquals(java.util.Arrays.asList("one.test", "two.test", null, "three.test"), asked);
    }

    /** A client that is refused by an exception hears of it, too. */
    @ParameterizedTest
    @EnumSource
    void theChooserFails(Tls tls) throws Exception {
        IllegalStateException defect = new IllegalStateException("no certificate today");
        TlsServer server = TlsServer.builder(_ -> {
            throw defect;
        }).build();
        inTask(() -> {
            List<Throwable> failures = failures(tls.client().build(), server);
            String heard = failures.get(0).getMessage().toLowerCase(java.util.Locale.ROOT);
            assertTrue(heard.contains("internal_error") || heard.contains("internal error"), heard);
            assertInstanceOf(SSLHandshakeException.class, failures.get(1));
            assertEquals(defect, failures.get(1).getCause());
        });
    }

    /** Hosts have such names, within a company or of containers, though SNI has no place for them. */
    @ParameterizedTest
    @EnumSource
    void namesThatAreNoneOfTheDns(Tls tls) throws Exception {
        AtomicReference<String> asked = new AtomicReference<>();
        Certificates shown = Certificates.AUTHORITY.signed("my_host");
        TlsServer server = TlsServer.builder(name -> {
            asked.set(name);
            return tls.context(name == null ? shown : Certificates.LOCAL);
        }).protocols(tls.version).build();
        inTask(() -> {
            for (String host : List.of("my_host", "localhost.", "LOCALHOST")) {
                StreamSocket[] pair = StreamKind.connect(loop, StreamKind.TCP.fresh());
                boolean isOdd = host.equals("my_host"); // the JDK compares such a name with no certificate
                TlsClient client = isOdd ? tls.client().acceptAnyHost().build() : tls.client().build();
                try (Ends ends = new Ends(client.over(pair[0], host), server.over(pair[1]))) {
                    handshake(ends);
                    assertEquals(isOdd ? null : host.replace(".", ""), asked.get());
                }
            }
        });
    }

    /** A trust manager that throws what it should not. Both ends hear of it, and neither hangs. */
    @ParameterizedTest
    @EnumSource
    void aTrustManagerWithADefect(Tls tls) throws Exception {
        SSLContext context = tls.provider() == null ? SSLContext.getInstance("TLS")
                : SSLContext.getInstance("TLS", tls.provider());
        context.init(null, new TrustManager[] {new X509ExtendedTrustManager() {
            private void check() {
                throw new IllegalStateException("a defect");
            }

            @Override
            public void checkClientTrusted(X509Certificate[] chain, String type) {
                check();
            }

            @Override
            public void checkServerTrusted(X509Certificate[] chain, String type) {
                check();
            }

            @Override
            public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {
                check();
            }

            @Override
            public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {
                check();
            }

            @Override
            public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {
                check();
            }

            @Override
            public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {
                check();
            }

            @Override
            public X509Certificate[] getAcceptedIssuers() {
                return new X509Certificate[0];
            }
        }}, null);
        inTask(() -> {
            List<Throwable> failures = failures(TlsClient.builder(context).protocols(tls.version).build(),
                    tls.server().build());
            assertInstanceOf(SSLHandshakeException.class, failures.get(0));
            assertTrue(failures.get(0).getMessage().contains("a defect"), failures.get(0)::toString);
            assertInstanceOf(SSLException.class, failures.get(1));
        });
    }

    /** A new certificate counts for the next connection, and the connections of before go on. */
    @ParameterizedTest
    @EnumSource
    void theCertificateChangesMeanwhile(Tls tls) throws Exception {
        AtomicReference<SSLContext> current = new AtomicReference<>(tls.context(Certificates.LOCAL));
        Certificates next = Certificates.AUTHORITY.signed("localhost");
        TlsServer server = TlsServer.builder(_ -> current.get()).protocols(tls.version).build();
        inTask(() -> {
            try (Ends before = connected(tls.client().build(), server)) {
                current.set(tls.context(next));
                try (Ends after = connected(tls.client().build(), server)) {
                    assertEquals(Certificates.LOCAL.certificate, before.client().peerCertificates()[0]);
                    assertEquals(next.certificate, after.client().peerCertificates()[0]);
                    before.client().write(bytes("still here"));
                    assertReads("still here", before.server());
                }
            }
        });
    }

    /** The client of a whole connection: by a name of the host, with a timeout. */
    @ParameterizedTest
    @EnumSource
    void connect(Tls tls) throws Exception {
        TlsServer server = tls.server().build();
        inTask(() -> {
            try (Listener listener = listen()) {
                int port = ((InetSocketAddress) listener.localAddress()).getPort();
                Task<Void> serving = loop.spawn(() -> {
                    for (int i = 0; i < 2; i++) {
                        try (TlsSocket connection = server.over(listener.accept())) {
                            echo(connection);
                        }
                    }
                });
                for (String host : List.of("localhost", "127.0.0.1")) {
                    try (TlsSocket client = tls.client().build().connect(loop,
                            InetSocketAddress.createUnresolved(host, port), Duration.ofSeconds(30))) {
                        client.write(bytes(host));
                        assertReads(host, client);
                        client.close(Duration.ofSeconds(30));
                    }
                }
                serving.join();
            }
        });
    }

    /** No socket is left when the handshake of a connect fails. */
    @Test
    void aFailedConnectLeavesNothing() throws Exception {
        TlsClient client = Tls.TLS_13.client().build();
        inTask(() -> {
            try (Listener listener = listen()) {
                InetSocketAddress address = (InetSocketAddress) listener.localAddress();
                Task<Integer> peer = loop.spawn(() -> {
                    try (StreamSocket socket = listener.accept()) {
                        socket.write(bytes("HTTP/1.1 400 this is no TLS\r\n"));
                        int count = 0;
                        while (count >= 0) {
                            count = socket.read(ByteBuffer.allocate(1000));
                        }
                        return count;
                    }
                });
                assertThrows(SSLHandshakeException.class, () -> client.connect(loop, address));
                assertEquals(-1, peer.join());
                assertThrows(java.net.SocketTimeoutException.class,
                        () -> client.connect(loop, address, Duration.ofMillis(20)));
            }
        });
    }

    // What comes is cut off, or is rubbish

    /** The name that a client asks for is in the message of the failure, which goes to logs. */
    @Test
    void aNameThatIsNoText() throws Exception {
        TlsServer byName = TlsServer.builder(_ -> null).build();
        inTask(() -> {
            byte[] hello = firstFlight(Tls.TLS_13);
            String text = new String(hello, StandardCharsets.ISO_8859_1);
            hello[text.indexOf("localhost") + 5] = '\n';
            StreamSocket[] pair = StreamSocket.pair(loop);
            try (TlsSocket connection = byName.over(pair[0])) {
                pair[1].write(ByteBuffer.wrap(hello));
                SSLHandshakeException refused = assertThrows(SSLHandshakeException.class, connection::handshake);
                assertTrue(refused.getMessage().endsWith("asks for: local\\x0aost"), refused::getMessage);
            } finally {
                pair[1].close();
            }
        });
    }

    /** A client ends after a number of bytes of its first flight: the server always says so, and nobody hangs. */
    @ParameterizedTest
    @EnumSource
    void cutAfterEachByte(Tls tls) throws Exception {
        TlsServer server = tls.server().build();
        TlsServer byName = TlsServer.builder(_ -> tls.context(Certificates.LOCAL)).protocols(tls.version).build();
        inTask(() -> {
            byte[] hello = firstFlight(tls);
            int step = tls == Tls.TLS_13 && !IS_CONSCRYPT ? 1 : 7;
            for (int length = 0; length < hello.length; length += step) {
                StreamSocket[] pair = StreamSocket.pair(loop);
                try (TlsSocket connection = (length % 2 == 0 ? server : byName).over(pair[0])) {
                    pair[1].write(ByteBuffer.wrap(hello, 0, length));
                    pair[1].shutdownOutput();
                    SSLHandshakeException cut = assertThrows(SSLHandshakeException.class, connection::handshake);
                    assertTrue(cut.getMessage().contains("the peer has closed the connection"), cut::toString);
                } finally {
                    pair[1].close();
                }
            }
        });
    }

    /** The client's first flight comes byte by byte, and as records of one byte each. */
    @ParameterizedTest
    @EnumSource
    void inSmallPieces(Tls tls) throws Exception {
        AtomicReference<String> asked = new AtomicReference<>();
        TlsServer server = TlsServer.builder(name -> {
            asked.set(name);
            return tls.context(Certificates.LOCAL);
        }).protocols(tls.version).build();
        inTask(() -> {
            byte[] hello = firstFlight(tls);
            ByteBuffer records = ByteBuffer.allocate(6 * hello.length);
            for (int i = 5; i < hello.length; i++) {
                records.put(hello, 0, 3).putShort((short) 1).put(hello[i]);
            }
            for (byte[] sent : List.of(hello, java.util.Arrays.copyOf(records.array(), records.position()))) {
                asked.set(null);
                StreamSocket[] pair = StreamSocket.pair(loop);
                try (TlsSocket connection = server.over(pair[0])) {
                    Task<Void> handshake = loop.spawn(() -> connection.handshake());
                    for (byte one : sent) {
                        pair[1].write(ByteBuffer.wrap(new byte[] {one}));
                        loop.sleep(Duration.ZERO);
                    }
                    ByteBuffer answer = ByteBuffer.allocate(1 << 14);
                    pair[1].read(answer);
                    assertEquals(22, answer.get(0), "the server's answer is a handshake record");
                    assertEquals("localhost", asked.get());
                    pair[1].close();
                    assertThrows(ExecutionException.class, handshake::join);
                }
            }
        });
    }

    @ParameterizedTest
    @EnumSource
    void randomBytes(Tls tls) throws Exception {
        SplittableRandom random = Seeds.random("rubbish");
        TlsServer server = tls.server().build();
        TlsServer byName = TlsServer.builder(_ -> tls.context(Certificates.LOCAL)).protocols(tls.version).build();
        TlsClient client = tls.client().build();
        inTask(() -> {
            byte[] hello = firstFlight(tls);
            for (int i = 0; i < 60; i++) {
                byte[] rubbish = new byte[10_000];
                random.nextBytes(rubbish);
                if (i % 4 == 1) { // begins like a record
                    System.arraycopy(hello, 0, rubbish, 0, 5);
                } else if (i % 4 == 2) { // a message with a wrong byte
                    System.arraycopy(hello, 0, rubbish, 0, hello.length);
                    rubbish[random.nextInt(hello.length)] ^= (byte) (1 << random.nextInt(8));
                }
                StreamSocket[] pair = StreamSocket.pair(loop);
                try (TlsSocket connection = i % 3 == 0 ? server.over(pair[0]) : i % 3 == 1 ? byName.over(pair[0])
                        : client.over(pair[0], "localhost")) {
                    pair[1].write(ByteBuffer.wrap(rubbish));
                    pair[1].shutdownOutput();
                    assertThrows(SSLException.class, () -> readOne(connection));
                } finally {
                    pair[1].close();
                }
            }
        });
    }

    /** After the handshake a wrong byte breaks the connection; both ends hear of it. */
    @ParameterizedTest
    @EnumSource
    void randomBytesAfterTheHandshake(Tls tls) throws Exception {
        inTask(() -> {
            try (Ends ends = connected(tls)) {
                byte[] rubbish = new byte[20_000]; // more than a record may have: none that it begins is waited for
                Seeds.random("rubbish").nextBytes(rubbish);
                ends.client().socket().write(ByteBuffer.wrap(rubbish));
                SSLException failure = assertThrows(SSLException.class, () -> readOne(ends.server()));
                assertTrue(failure.getMessage().contains("read on tcp:127.0.0.1:"), failure::getMessage);
                assertThrows(SSLException.class, () -> ends.server().write(bytes("x")));
                ends.server().close();
                SSLException heard = assertThrows(SSLException.class, () -> readOne(ends.client()));
                boolean isAlert = !(heard instanceof MissingCloseNotifyException);
                assertTrue(isAlert || IS_CONSCRYPT, heard::toString); // which sends none where it finds no record
            }
        });
    }

    /** The server's connection comes along, with the client's address by the PROXY protocol and the loop's state. */
    @Test
    void behindABalancer() throws Exception {
        TlsServer server = Tls.values()[0].server().build();
        TlsClient client = Tls.values()[0].client().build();
        CompletableFuture<List<Object>> seen = new CompletableFuture<>();
        try (io.stepoll.LoopGroup group = io.stepoll.LoopGroup.open(1);
                io.stepoll.net.Server serving = io.stepoll.net.Server.builder(group).perLoopState(its -> 42)
                        .proxyProtocol(io.stepoll.net.ProxyProtocol.REQUIRED)
                        .serve(server.serving(Duration.ofSeconds(30), (TlsSocket connection,
                                io.stepoll.net.Connection<Integer> accepted) -> {
                            seen.complete(List.of(accepted.peer(), accepted.state()));
                            TlsFixture.echo(connection);
                        })).open(StreamKind.TCP.fresh())) {
            EventLoop its = group.loop(0);
            its.spawn(() -> {
                StreamSocket socket = StreamSocket.connect(its, serving.localAddress());
                socket.write(bytes("PROXY TCP4 10.1.2.3 10.4.5.6 7 8\r\n"));
                try (TlsSocket connection = client.over(socket, "localhost")) {
                    connection.handshake(Duration.ofSeconds(30));
                    connection.write(bytes("text"));
                    assertReads("text", connection);
                    connection.close(Duration.ofSeconds(30));
                }
            }).join();
            assertEquals(List.of(Addresses.parse("tcp:10.1.2.3:7"), 42), seen.get());
        }
    }

    /** The handshakes of two loops of a group; each connection stays on its loop. */
    @ParameterizedTest
    @EnumSource
    void twoLoops(Tls tls) throws Exception {
        TlsServer server = tls.server().build();
        TlsClient client = tls.client().build();
        try (io.stepoll.LoopGroup group = io.stepoll.LoopGroup.open(2);
                io.stepoll.net.Server serving = io.stepoll.net.Server.builder(group).handingOver()
                        .serve(server.serving(Duration.ofSeconds(30), TlsFixture::echo))
                        .open(StreamKind.TCP.fresh())) {
            InetSocketAddress address = InetSocketAddress.createUnresolved("localhost",
                    ((InetSocketAddress) serving.localAddress()).getPort());
            List<Task<Void>> clients = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                EventLoop its = group.loop(i % 2);
                String text = "connection " + i;
                clients.add(its.spawn(() -> {
                    try (TlsSocket connection = client.connect(its, address)) {
                        connection.write(bytes(text));
                        assertReads(text, connection);
                        connection.close(Duration.ofSeconds(30));
                    }
                }));
            }
            for (Task<Void> task : clients) {
                task.join();
            }
        }
        assertFalse(loop.isDraining());
    }
}
