package io.stepoll.tls;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.BrokenPipeException;
import io.stepoll.Descriptor;
import io.stepoll.Task;
import io.stepoll.net.StreamSocket;
import io.stepoll.support.Certificates;
import io.stepoll.support.StreamKind;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Two ends of this library talk to each other, by each version. */
@Timeout(60)
class TlsSocketTest extends TlsFixture {
    private static final int LARGEST_RECORD = 1 << 14;

    @ParameterizedTest
    @EnumSource
    void whatIsWrittenIsRead(Tls tls) throws Exception {
        inTask(() -> {
            try (Ends ends = ends(tls.client().build(), tls.server().build(), StreamKind.TCP)) {
                Task<Void> echo = loop.spawn(() -> echo(ends.server()));
                ends.client().write(bytes("hello"));
                assertReads("hello", ends.client());
                assertEquals(tls.version, ends.client().session().getProtocol());
                if (!IS_CONSCRYPT) { // whose server always says TLSv1.2
                    assertEquals(tls.version, ends.server().session().getProtocol());
                }
                ends.client().shutdownOutput();
                assertEquals(-1, readOne(ends.client()));
                assertEquals(-1, readOne(ends.client()));
                echo.join();
            }
        });
    }

    @ParameterizedTest
    @EnumSource
    void overUnixSockets(Tls tls) throws Exception {
        inTask(() -> {
            StreamSocket[] pair = StreamSocket.pair(loop);
            try (Ends ends = new Ends(tls.client().build().over(pair[0], "localhost"),
                    tls.server().build().over(pair[1]))) {
                Task<Void> echo = loop.spawn(() -> echo(ends.server()));
                assertEquals(7, ends.client().write(new ByteBuffer[] {bytes("one "), bytes(""), bytes("two")}));
                assertReads("one two", ends.client());
                ends.client().shutdownOutput();
                echo.join();
            }
        });
    }

    /** The bytes of one record go into several buffers, and what they have no room for into the next ones. */
    @ParameterizedTest
    @EnumSource
    void severalBuffers(Tls tls) throws Exception {
        inTask(() -> {
            try (Ends ends = connected(tls)) {
                ends.client().write(bytes("abcdefghij"));
                ByteBuffer[] targets = {ByteBuffer.allocate(3), ByteBuffer.allocateDirect(2), ByteBuffer.allocate(1)};
                assertEquals(6, ends.server().read(targets));
                assertEquals('d', targets[1].get(0));
                assertEquals(0, ends.server().read(targets), "no room");
                assertReads("ghij", ends.server());
                assertThrows(IllegalArgumentException.class,
                        () -> ends.server().read(ByteBuffer.allocate(1).asReadOnlyBuffer()));
                assertThrows(IndexOutOfBoundsException.class, () -> ends.server().read(targets, 2, 2));
            }
        });
    }

    /** A record of every size goes and comes as it is, and so do writes of several records. */
    @ParameterizedTest
    @EnumSource
    void recordsOfEverySize(Tls tls) throws Exception {
        byte[] content = new byte[5 * LARGEST_RECORD];
        new Random(1).nextBytes(content);
        inTask(() -> {
            try (Ends ends = connected(tls)) {
                ByteBuffer target = ByteBuffer.allocate(LARGEST_RECORD);
                for (int size = 1; size <= LARGEST_RECORD; size++) {
                    ends.client().write(ByteBuffer.wrap(content, size, size));
                    target.clear().limit(size);
                    while (target.hasRemaining()) {
                        assertTrue(ends.server().read(target) > 0);
                    }
                    assertEquals(ByteBuffer.wrap(content, size, size), target.flip());
                }
                for (int size : new int[] {LARGEST_RECORD + 1, 2 * LARGEST_RECORD, content.length}) {
                    Task<Integer> writing = loop.spawn(() -> ends.client().write(ByteBuffer.wrap(content, 0, size)));
                    ByteBuffer all = ByteBuffer.allocate(size);
                    while (all.hasRemaining()) {
                        assertTrue(ends.server().read(all) > 0);
                    }
                    assertEquals(ByteBuffer.wrap(content, 0, size), all.flip());
                    assertEquals(size, writing.join());
                }
            }
        });
    }

    /** Several tasks write at once, more than the socket takes: each write is whole. */
    @ParameterizedTest
    @EnumSource
    void writesAreWhole(Tls tls) throws Exception {
        int size = 3 * LARGEST_RECORD + 17;
        int writers = 20;
        inTask(() -> {
            try (Ends ends = connected(tls)) {
                List<Task<Integer>> tasks = new ArrayList<>();
                for (int i = 0; i < writers; i++) {
                    byte[] content = new byte[size];
                    Arrays.fill(content, (byte) i);
                    tasks.add(loop.spawn(() -> ends.client().write(ByteBuffer.wrap(content))));
                }
                byte[] seen = new byte[size];
                for (int i = 0; i < writers; i++) {
                    ByteBuffer target = ByteBuffer.wrap(seen);
                    while (target.hasRemaining()) {
                        assertTrue(ends.server().read(target) > 0);
                    }
                    byte[] expected = new byte[size];
                    Arrays.fill(expected, seen[0]);
                    assertArrayEquals(expected, seen);
                }
                for (Task<Integer> task : tasks) {
                    assertEquals(size, task.join());
                }
            }
        });
    }

    /** Both ends write more than the sockets take before either reads in another task. */
    @ParameterizedTest
    @EnumSource
    void bothDirectionsAtOnce(Tls tls) throws Exception {
        int much = StreamKind.MUCH / 8;
        inTask(() -> {
            try (Ends ends = connected(tls)) {
                List<Task<Integer>> writing = new ArrayList<>();
                for (TlsSocket end : List.of(ends.client(), ends.server())) {
                    writing.add(loop.spawn(() -> end.write(ByteBuffer.allocate(much))));
                }
                for (TlsSocket end : List.of(ends.client(), ends.server())) {
                    int count = 0;
                    ByteBuffer target = ByteBuffer.allocateDirect(1 << 16);
                    while (count < much) {
                        count += end.read(target.clear());
                    }
                    assertEquals(much, count);
                }
                for (Task<Integer> task : writing) {
                    assertEquals(much, task.join());
                }
            }
        });
    }

    // The end

    /** In TLS 1.3 one direction ends, and the other one goes on. Conscrypt's engine then sends no more, either. */
    @ParameterizedTest
    @EnumSource
    void oneDirectionThenTheOther(Tls tls) throws Exception {
        inTask(() -> {
            try (Ends ends = connected(tls)) {
                ends.client().write(bytes("question"));
                ends.client().shutdownOutput();
                ends.client().shutdownOutput(); // the second call changes nothing
                assertThrows(BrokenPipeException.class, () -> ends.client().write(bytes("more")));
                assertReads("question", ends.server());
                assertEquals(-1, readOne(ends.server()));
                if (tls == Tls.TLS_13 && !IS_CONSCRYPT) {
                    ends.server().write(bytes("answer"));
                    assertReads("answer", ends.client());
                } else {
                    assertThrows(BrokenPipeException.class, () -> ends.server().write(bytes("answer")));
                }
                ends.server().shutdownOutput();
                assertEquals(-1, readOne(ends.client()));
                assertTrue(ends.client().isOpen() && ends.server().isOpen());
                assertThrows(BrokenPipeException.class, () -> ends.server().write(bytes("more")));
            }
        });
    }

    @ParameterizedTest
    @EnumSource
    void closeTellsThePeer(Tls tls) throws Exception {
        inTask(() -> {
            try (Ends ends = connected(tls)) {
                // Behind the tickets of TLS 1.3: those that come between the close's last read and the close reset the
                // connection.
                ends.server().write(bytes("first"));
                assertReads("first", ends.client());
                ends.client().write(bytes("last"));
                ends.client().close();
                ends.client().close();
                assertFalse(ends.client().isOpen());
                assertReads("last", ends.server());
                assertEquals(-1, readOne(ends.server()));
                assertThrows(ClosedChannelException.class, () -> readOne(ends.client()));
                assertThrows(ClosedChannelException.class, () -> ends.client().write(bytes("x")));
                assertThrows(ClosedChannelException.class, ends.client()::shutdownOutput);
            }
        });
    }

    /** Bytes that no poll has reported yet are dropped by a close as well. Else it would reset the connection. */
    @ParameterizedTest
    @EnumSource
    void closeRightAfterBytesHaveCome(Tls tls) throws Exception {
        inTask(() -> {
            try (Ends ends = connected(tls)) {
                ends.server().write(bytes("x"));
                assertReads("x", ends.client());
                assertEquals(Descriptor.WOULD_BLOCK, ends.client().tryRead(ByteBuffer.allocate(1)));
                ends.client().write(bytes("last"));
                ends.server().write(bytes("never read"));
                ends.client().close();
                assertReads("last", ends.server());
                assertEquals(-1, readOne(ends.server()));
                assertEquals(-1, ends.server().socket().read(ByteBuffer.allocate(1)), "no reset");
            }
        });
    }

    @ParameterizedTest
    @EnumSource
    void anEndWithoutACloseNotifyIsToldApart(Tls tls) throws Exception {
        inTask(() -> {
            try (Ends ends = connected(tls)) {
                ends.server().write(bytes("cut"));
                ends.server().socket().close();
                assertReads("cut", ends.client());
                for (int i = 0; i < 2; i++) {
                    MissingCloseNotifyException cut = assertThrows(MissingCloseNotifyException.class,
                            () -> readOne(ends.client()));
                    assertTrue(cut.getMessage().contains("without a close_notify"), cut.getMessage());
                    assertTrue(cut.getMessage().contains("tcp:127.0.0.1:"), cut.getMessage());
                }
            }
            try (Ends ends = connected(tls.client().build(), tls.server().allowTruncation().build())) {
                ends.client().socket().shutdownOutput();
                assertEquals(-1, readOne(ends.server()));
                ends.server().write(bytes("the other direction goes on"));
                assertReads("the other direction goes on", ends.client());
            }
        });
    }

    /** What has come can be read when the peer has gone, also after a write that has failed. */
    @ParameterizedTest
    @EnumSource
    void whatHasComeIsReadAfterAFailedWrite(Tls tls) throws Exception {
        inTask(() -> {
            try (Ends ends = connected(tls)) {
                ends.server().write(bytes("refused"));
                ends.server().close();
                assertThrows(IOException.class, () -> {
                    while (true) {
                        ends.client().write(ByteBuffer.allocate(LARGEST_RECORD));
                    }
                });
                assertReads("refused", ends.client());
            }
        });
    }

    @ParameterizedTest
    @EnumSource
    void closeWaitsForThePeersEnd(Tls tls) throws Exception {
        inTask(() -> {
            try (Ends ends = connected(tls)) {
                Task<Void> other = loop.spawn(() -> {
                    assertEquals(-1, readOne(ends.server()));
                    loop.sleep(Duration.ofMillis(10));
                    ends.server().shutdownOutput();
                });
                ends.client().close(Duration.ofSeconds(30));
                assertFalse(ends.client().isOpen());
                other.join();
            }
            try (Ends ends = connected(tls)) {
                Task<Void> silent = loop.spawn(() -> ends.client().close(Duration.ofMillis(20)));
                loop.sleep(Duration.ofMillis(5));
                Throwable timeout = assertThrows(ExecutionException.class, silent::join).getCause();
                assertInstanceOf(SocketTimeoutException.class, timeout);
                assertFalse(ends.client().isOpen());
            }
        });
    }

    // What the ends agree on

    @ParameterizedTest
    @EnumSource
    void applicationProtocols(Tls tls) throws Exception {
        inTask(() -> {
            try (Ends ends = connected(tls.client().applicationProtocols("h2", "http/1.1").build(),
                    tls.server().applicationProtocols("http/1.1").build())) {
                assertEquals("http/1.1", ends.client().applicationProtocol());
                assertEquals("http/1.1", ends.server().applicationProtocol());
            }
            try (Ends ends = connected(tls.client().applicationProtocols("h2").build(), tls.server().build())) {
                assertEquals("", ends.client().applicationProtocol());
                assertEquals("", ends.server().applicationProtocol());
            }
        });
    }

    @ParameterizedTest
    @EnumSource
    void certificatesOfBothEnds(Tls tls) throws Exception {
        TlsClient named = TlsClient.builder(tls.context(Certificates.CLIENT)).protocols(tls.version).build();
        TlsClient nameless = tls.client().build();
        inTask(() -> {
            for (TlsServer server : List.of(tls.server().needClientCertificate().build(),
                    tls.server().wantClientCertificate().build())) {
                try (Ends ends = connected(named, server)) {
                    assertEquals(Certificates.LOCAL.certificate, ends.client().peerCertificates()[0]);
                    X509Certificate shown = (X509Certificate) ends.server().peerCertificates()[0];
                    assertEquals(Certificates.CLIENT.certificate, shown);
                }
            }
            try (Ends ends = connected(nameless, tls.server().wantClientCertificate().build())) {
                assertThrows(SSLPeerUnverifiedException.class, ends.server()::peerCertificates);
            }
        });
    }

    // Without waiting

    @ParameterizedTest
    @EnumSource
    void callsThatDoNotWait(Tls tls) throws Exception {
        inTask(() -> {
            try (Ends ends = ends(tls.client().build(), tls.server().build(), StreamKind.TCP)) {
                ByteBuffer target = ByteBuffer.allocate(100);
                assertThrows(IllegalStateException.class, () -> ends.client().tryRead(target));
                assertThrows(IllegalStateException.class, () -> ends.client().tryWrite(bytes("x")));
                assertThrows(IllegalStateException.class, ends.client()::session);
                handshake(ends);
                assertEquals(Descriptor.WOULD_BLOCK, ends.server().tryRead(target));
                assertEquals(5, ends.client().tryWrite(bytes("hello")));
                assertEquals(0, ends.client().tryWrite(bytes("")));
                assertReads("hello", ends.server());
                ByteBuffer much = ByteBuffer.allocate(StreamKind.MUCH);
                int count = ends.client().tryWrite(much);
                assertTrue(count > 0 && count < much.capacity() && count == much.position());
                int more = ends.client().tryWrite(bytes("x"));
                while (more > 0) { // the kernel has moved bytes to the other end meanwhile
                    count += more;
                    more = ends.client().tryWrite(bytes("x"));
                }
                assertEquals(Descriptor.WOULD_BLOCK, more);
                ByteBuffer received = ByteBuffer.allocate(1 << 16);
                for (int all = 0; all < count;) { // a task sends the rest of the last record
                    all += ends.server().read(received.clear());
                }
                ends.client().write(bytes("and on"));
                assertReads("and on", ends.server());
            }
        });
    }

    /** A handler reads and writes, with what was decrypted already and what did not go at once. */
    @ParameterizedTest
    @EnumSource
    void handlers(Tls tls) throws Exception {
        inTask(() -> {
            try (Ends ends = connected(tls)) {
                ByteBuffer buffer = ByteBuffer.allocate(10);
                ends.server().socket().descriptor().handle(_ -> {
                    while (ends.server().tryRead(buffer.clear()) > 0) {
                        ends.server().tryWrite(buffer.flip());
                    }
                }, true, false);
                ends.client().write(bytes("longer than the buffer of the handler"));
                assertReads("longer than the buffer of the handler", ends.client());
                assertThrows(IllegalStateException.class, () -> readOne(ends.server()));
            }
        });
    }

    @ParameterizedTest
    @EnumSource
    void requests(Tls tls) throws Exception {
        inTask(() -> {
            try (Ends ends = ends(tls.client().build(), tls.server().build(), StreamKind.TCP)) {
                Task<Boolean> waiting = loop.spawn(() -> ends.server().awaitRequest());
                ends.client().write(bytes("request"));
                assertTrue(waiting.join());
                assertTrue(ends.server().awaitRequest());
                assertReads("req", ends.server());
                assertTrue(ends.server().awaitRequest());
                assertReads("uest", ends.server());
                assertThrows(SocketTimeoutException.class,
                        () -> ends.server().awaitRequest(Duration.ofMillis(1)));
                ends.client().shutdownOutput();
                assertTrue(ends.server().awaitRequest());
                assertEquals(-1, readOne(ends.server()));
            }
        });
    }
}
