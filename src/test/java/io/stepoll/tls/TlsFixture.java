package io.stepoll.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.stepoll.EventLoop;
import io.stepoll.Task;
import io.stepoll.TaskBody;
import io.stepoll.net.Listener;
import io.stepoll.net.StreamChannel;
import io.stepoll.net.StreamSocket;
import io.stepoll.support.Certificates;
import io.stepoll.support.StreamKind;
import io.stepoll.support.TaskResults;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.Provider;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import javax.net.ssl.SSLContext;
import org.conscrypt.Conscrypt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A loop for a test of TLS, and connections of each provider and version. */
abstract class TlsFixture {
    /** Whether this JVM tests with Conscrypt, and not with the JDK's provider: see ConscryptTest. */
    static final boolean IS_CONSCRYPT = Boolean.getBoolean("stepoll.conscrypt");

    /** The versions, by the provider of this JVM. */
    enum Tls {
        TLS_12("TLSv1.2"),
        TLS_13("TLSv1.3");

        private static final Provider PROVIDER = IS_CONSCRYPT ? Conscrypt.newProvider() : null;

        final String version;

        Tls(String version) {
            this.version = version;
        }

        Provider provider() {
            return PROVIDER;
        }

        SSLContext context(Certificates shown) throws Exception {
            return Certificates.context(provider(), shown, Certificates.AUTHORITY);
        }

        /** A client that trusts the authority of the tests. */
        TlsClient.Builder client() throws Exception {
            return TlsClient.builder(context(null)).protocols(version);
        }

        /** A server for localhost. */
        TlsServer.Builder server() throws Exception {
            return TlsServer.builder(context(Certificates.LOCAL)).protocols(version);
        }
    }

    EventLoop loop;

    @BeforeEach
    void open() throws Exception {
        loop = EventLoop.builder().name("tls").open();
    }

    @AfterEach
    void close() {
        loop.close();
    }

    <T> T inTask(Callable<T> body) throws Exception {
        return TaskResults.of(loop, loop.spawn(body));
    }

    void inTask(TaskBody body) throws Exception {
        TaskResults.of(loop, loop.spawn(body));
    }

    /** The two ends of a connection; the client's comes first. */
    record Ends(TlsSocket client, TlsSocket server) implements AutoCloseable {
        @Override
        public void close() {
            client.close();
            server.close();
        }
    }

    /** Two ends over connected sockets, whose handshake is still to be done. In a task. */
    Ends ends(TlsClient client, TlsServer server, StreamKind kind) throws IOException {
        StreamSocket[] pair = StreamKind.connect(loop, kind.fresh());
        return new Ends(client.over(pair[0], "localhost"), server.over(pair[1]));
    }

    /** Two ends whose handshake is complete. In a task. */
    Ends connected(TlsClient client, TlsServer server) throws Exception {
        Ends ends = ends(client, server, StreamKind.TCP);
        handshake(ends);
        return ends;
    }

    Ends connected(Tls tls) throws Exception {
        return connected(tls.client().build(), tls.server().build());
    }

    /**
     * The same over a Unix socket, whose room grows by nothing but reads: one of TCP grows when the kernel sees fit.
     */
    Ends connectedByUnixSocket(Tls tls) throws Exception {
        Ends ends = ends(tls.client().build(), tls.server().build(), StreamKind.UNIX);
        handshake(ends);
        return ends;
    }

    /** The two ends do the handshake with each other. In a task. */
    void handshake(Ends ends) throws Exception {
        try (var group = loop.<Void>openGroup()) {
            group.spawn(() -> {
                ends.server.handshake();
                return null;
            });
            ends.client.handshake();
            group.join();
        }
    }

    /** Records what a client says in its first flight. In a task. */
    byte[] firstFlight(Tls tls) throws Exception {
        StreamSocket[] pair = StreamSocket.pair(loop);
        try (TlsSocket client = tls.client().build().over(pair[0], "localhost")) {
            Task<Void> handshake = loop.spawn(() -> client.handshake());
            ByteBuffer hello = ByteBuffer.allocate(1 << 14);
            pair[1].read(hello);
            pair[1].close();
            assertThrows(ExecutionException.class, handshake::join);
            byte[] bytes = new byte[hello.flip().remaining()];
            hello.get(bytes);
            return bytes;
        }
    }

    static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Reads as many bytes as the text has, and compares. */
    static void assertReads(String expected, StreamChannel channel) throws IOException {
        ByteBuffer target = ByteBuffer.allocate(expected.getBytes(StandardCharsets.UTF_8).length);
        while (target.hasRemaining()) {
            if (channel.read(target) < 0) {
                break;
            }
        }
        assertEquals(expected, StandardCharsets.UTF_8.decode(target.flip()).toString());
    }

    static int readOne(StreamChannel channel) throws IOException {
        return channel.read(ByteBuffer.allocate(1));
    }

    /** Sends back what comes, until the end. */
    static void echo(StreamChannel channel) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(1 << 14);
        while (channel.read(buffer.clear()) >= 0) {
            channel.write(buffer.flip());
        }
        channel.shutdownOutput();
    }

    Listener listen() throws IOException {
        return Listener.bind(loop, StreamKind.TCP.fresh());
    }
}
