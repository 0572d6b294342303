package io.stepoll.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.BrokenPipeException;
import io.stepoll.ConnectionResetException;
import io.stepoll.SystemCallFailure;
import io.stepoll.Task;
import io.stepoll.support.Programs;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Records over real sockets, in tasks. */
@Timeout(60)
class SeqpacketTest extends SocketFixture {
    private static final Duration SHORT = Duration.ofMillis(20);
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final int EMSGSIZE = 90;
    private static final int EPROTOTYPE = 91;

    /** Returns a connected pair: made by a listener, or for null a pair without addresses. */
    private SeqpacketSocket[] pair(AddressKind kind) throws Exception {
        if (kind == null) {
            return SeqpacketSocket.pair(loop);
        }
        SocketAddress address = fresh(kind);
        try (SeqpacketListener listener = SeqpacketListener.bind(loop, address)) {
            assertEquals(address, listener.localAddress());
            Task<SeqpacketSocket> accepting = loop.spawn(() -> listener.accept());
            SeqpacketSocket client = inTask(() -> SeqpacketSocket.connect(loop, address));
            assertEquals(address, client.remoteAddress());
            assertEquals(address, accepting.join().localAddress());
            return new SeqpacketSocket[] {client, accepting.join()};
        }
    }

    private void boundariesAndEnds(SeqpacketSocket one, SeqpacketSocket other) throws Exception {
        inTask(() -> {
            for (boolean direct : new boolean[] {false, true}) {
                int[] lengths = {1, 0, 100, 0, 0, 70_000, 5};
                for (int length : lengths) {
                    ByteBuffer record = direct ? ByteBuffer.allocateDirect(length) : ByteBuffer.allocate(length);
                    for (int i = 0; i < length; i++) {
                        record.put((byte) (i + length));
                    }
                    assertEquals(length, one.write(record.flip()));
                    assertEquals(length, record.position());
                }
                ByteBuffer target = direct ? ByteBuffer.allocateDirect(100_000) : ByteBuffer.allocate(100_000);
                for (int length : lengths) {
                    assertEquals(length, other.read(target.clear().position(3)));
                    assertEquals(3 + length, target.position());
                    for (int i = 0; i < length; i++) {
                        assertEquals((byte) (i + length), target.get(3 + i));
                    }
                }
            }
            one.write(text("last"));
            one.write(ByteBuffer.allocate(0));
            one.shutdownOutput();
            ByteBuffer target = ByteBuffer.allocate(10);
            assertEquals(4, other.read(target));
            assertEquals(0, other.read(target), "an empty record before the end");
            assertEquals(-1, other.read(target));
            assertEquals(-1, other.read(target, SHORT));
            other.write(text("still open"));
            assertEquals(10, one.read(target.clear()));
            assertThrows(BrokenPipeException.class, () -> one.write(text("too late")));
            other.close();
            assertEquals(-1, one.read(target.clear()));
        });
        one.close();
    }

    @ParameterizedTest
    @EnumSource(names = {"PATH", "ABSTRACT"})
    void boundariesAndEnds(AddressKind kind) throws Exception {
        SeqpacketSocket[] pair = pair(kind);
        boundariesAndEnds(pair[0], pair[1]);
    }

    /** Several buffers make one record, and take one, also where that exceeds the loop's memory for copies. */
    @Test
    void aLargeRecordOfSeveralBuffers() throws Exception {
        SeqpacketSocket[] pair = SeqpacketSocket.pair(loop);
        ByteBuffer[] sources = {ByteBuffer.allocate(30_000), ByteBuffer.allocate(30_000), ByteBuffer.allocate(30_000)};
        ByteBuffer[] targets = {ByteBuffer.allocate(50_000), ByteBuffer.allocate(50_000)};
        for (int i = 0; i < sources.length; i++) {
            Arrays.fill(sources[i].array(), (byte) i);
        }
        inTask(() -> {
            assertEquals(90_000, pair[0].descriptor().write(sources, 0, 3));
            assertEquals(90_000, pair[1].descriptor().read(targets, 0, 2));
        });
        assertEquals(2, targets[1].get(39_999));
        assertEquals(1, targets[0].get(30_000));
    }

    @Test
    void boundariesAndEndsOfAPair() throws Exception {
        SeqpacketSocket[] pair = pair(null);
        assertNull(pair[0].localAddress());
        assertNull(pair[0].remoteAddress());
        boundariesAndEnds(pair[1], pair[0]);
    }

    @Test
    void truncationIsReported() throws Exception {
        SeqpacketSocket[] pair = pair(null);
        inTask(() -> {
            for (boolean direct : new boolean[] {false, true}) {
                ByteBuffer target = direct ? ByteBuffer.allocateDirect(4) : ByteBuffer.allocate(4);
                pair[0].write(text("too long"));
                pair[0].write(text("fits"));
                pair[0].write(text("full"));
                TruncatedDatagramException cut =
                        assertThrows(TruncatedDatagramException.class, () -> pair[1].read(target));
                assertEquals(8, cut.length());
                assertMessage(cut, "a record of 8 bytes");
                assertText("too ", target);
                assertEquals(4, pair[1].read(target.clear()));
                assertText("fits", target);
                cut = assertThrows(TruncatedDatagramException.class, () -> pair[1].read(target.position(4)));
                assertEquals(4, cut.length());
            }
        });
    }

    @Test
    void timeouts() throws Exception {
        SocketAddress address = fresh(AddressKind.ABSTRACT);
        SeqpacketListener listener = SeqpacketListener.bind(loop, address, 0);
        assertNull(listener.tryAccept());
        assertThrows(SocketTimeoutException.class, () -> inTask(() -> listener.accept(SHORT)));
        SeqpacketSocket client = inTask(() -> SeqpacketSocket.connect(loop, address, LONG));
        assertThrows(SocketTimeoutException.class,
                () -> inTask(() -> SeqpacketSocket.connect(loop, address, SHORT)), "the backlog is full");
        SeqpacketSocket server = inTask(() -> listener.accept(LONG));
        assertThrows(SocketTimeoutException.class, () -> inTask(() -> client.read(ByteBuffer.allocate(1), SHORT)));
        int sent = inTask(() -> {
            ByteBuffer record = ByteBuffer.allocate(1000);
            for (int i = 0;; i++) {
                try {
                    client.write(record.clear().putInt(i).clear(), SHORT);
                } catch (SocketTimeoutException e) {
                    assertEquals(0, record.position());
                    return i;
                }
            }
        });
        inTask(() -> {
            ByteBuffer record = ByteBuffer.allocate(1000);
            for (int i = 0; i < sent; i++) {
                assertEquals(1000, server.read(record.clear()));
                assertEquals(i, record.getInt(0));
            }
            client.write(text("on again"));
            return server.read(record.clear());
        });
    }

    /** The writer is ahead as far as there is room. All records arrive, in order. */
    @Test
    void slowReader() throws Exception {
        int count = 20_000;
        SeqpacketSocket[] pair = pair(AddressKind.PATH);
        Task<Void> writer = loop.spawn(() -> {
            ByteBuffer record = ByteBuffer.allocateDirect(600);
            for (int i = 0; i < count; i++) {
                pair[0].write(record.clear().putInt(i).position(0).limit(4 + i % 500));
            }
            pair[0].close();
        });
        inTask(() -> {
            ByteBuffer record = ByteBuffer.allocateDirect(600);
            for (int i = 0; i < count; i++) {
                if (i % 1000 == 0) {
                    loop.sleep(Duration.ofMillis(1)); // the writer fills the room that there is
                }
                assertEquals(4 + i % 500, pair[1].read(record.clear()));
                assertEquals(i, record.getInt(0));
            }
            return pair[1].read(record);
        });
        writer.join();
    }

    @Test
    void resetAndBrokenPipe() throws Exception {
        SeqpacketSocket[] pair = pair(AddressKind.PATH);
        inTask(() -> {
            pair[0].write(text("never read"));
            pair[1].close();
            assertThrows(ConnectionResetException.class, () -> pair[0].read(ByteBuffer.allocate(1)));
            assertThrows(BrokenPipeException.class, () -> pair[0].write(text("more")));
        });
    }

    @Test
    void aCloseEndsTheWait() throws Exception {
        SeqpacketSocket[] pair = pair(null);
        Task<Integer> reader = loop.spawn(() -> pair[0].read(ByteBuffer.allocate(1)));
        loop.step(false);
        pair[0].close();
        loop.runUntilDone();
        assertInstanceOf(AsynchronousCloseException.class,
                assertThrows(ExecutionException.class, reader::join).getCause());
        assertThrows(ClosedChannelException.class, () -> inTask(() -> pair[0].write(text("x"))));
        assertNull(pair[0].remoteAddress());
    }

    @Test
    void peerCredentialsAndOptions() throws Exception {
        SeqpacketSocket[] pair = pair(AddressKind.PATH);
        for (SeqpacketSocket socket : pair) {
            assertEquals(ProcessHandle.current().pid(),
                    socket.getOption(LinuxSocketOptions.PEER_CREDENTIALS).pid());
        }
        inTask(() -> {
            pair[0].setOption(StandardSocketOptions.SO_SNDBUF, 8192);
            IOException tooLong = assertThrows(IOException.class, () -> pair[0].write(ByteBuffer.allocate(20_000)));
            assertEquals(EMSGSIZE, assertInstanceOf(SystemCallFailure.class, tooLong).errno());
        });
    }

    @Test
    void wrongUseIsRefused() throws Exception {
        SocketAddress inet = new InetSocketAddress("127.0.0.1", 0);
        assertThrows(IllegalArgumentException.class, () -> SeqpacketListener.bind(loop, inet));
        StreamSocket[] streams = StreamSocket.pair(loop);
        assertRefused(IllegalArgumentException.class,
                () -> SeqpacketSocket.own(loop, streams[0].descriptor().fd()), "Unix stream socket");
        Listener listener = Listener.bind(loop, fresh(AddressKind.PATH));
        SeqpacketSocket[] pair = pair(null);
        inTask(() -> {
            assertThrows(IllegalArgumentException.class, () -> SeqpacketSocket.connect(loop, inet));
            assertThrows(IllegalArgumentException.class,
                    () -> pair[0].read(ByteBuffer.allocate(1).asReadOnlyBuffer()));
            IOException other = assertThrows(IOException.class,
                    () -> SeqpacketSocket.connect(loop, listener.localAddress()));
            assertEquals(EPROTOTYPE, assertInstanceOf(SystemCallFailure.class, other).errno());
        });
        assertTrue(streams[0].isOpen() && streams[1].isOpen() && listener.isOpen());
    }

    /** A socket leaves the loop as a number, and comes back as another socket. */
    @Test
    void disownedAndOwnedAgain() throws Exception {
        SeqpacketSocket[] pair = pair(null);
        SeqpacketSocket again = SeqpacketSocket.own(loop, pair[0].descriptor().disown());
        assertFalse(pair[0].isOpen());
        inTask(() -> {
            pair[1].write(ByteBuffer.allocate(0));
            assertEquals(0, again.read(ByteBuffer.allocate(1)));
        });
        again.close();
    }

    @Test
    void recordsOfPython() throws Exception {
        Assumptions.assumeTrue(Programs.has("python3"), "python3 is not here");
        String program = """
                import socket, sys
                s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
                s.settimeout(50)
                s.connect(sys.argv[1])
                for record in (b'one', b'', b'three'):
                    s.send(record)
                sys.exit(0 if [s.recv(99), s.recv(99)] == [b'back', b'again'] else 1)
                """;
        SeqpacketListener listener = SeqpacketListener.bind(loop, fresh(AddressKind.PATH));
        Process python = Programs.start("python3", "-c", program, listener.localAddress().toString());
        try {
            inTask(() -> {
                SeqpacketSocket socket = listener.accept(Duration.ofSeconds(50));
                ByteBuffer target = ByteBuffer.allocate(99);
                for (String record : List.of("one", "", "three")) {
                    socket.read(target.clear(), Duration.ofSeconds(50));
                    assertText(record, target);
                }
                socket.write(text("back"));
                return socket.write(text("again"));
            });
            assertEquals(0, python.waitFor());
        } finally {
            Programs.end(python);
        }
    }
}
