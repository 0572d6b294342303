package io.stepoll.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.SystemCallFailure;
import io.stepoll.Task;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Single datagrams over real sockets, kind by kind. */
@Timeout(60)
class DatagramEndpointTest extends DatagramFixture {
    private static final Duration SHORT = Duration.ofMillis(20);

    @ParameterizedTest
    @EnumSource(Kind.class)
    void sendAndReceive(Kind kind) throws Exception {
        DatagramEndpoint one = bound(kind);
        DatagramEndpoint other = bound(kind);
        inTask(() -> {
            for (ByteBuffer buffer : new ByteBuffer[] {ByteBuffer.allocate(100), ByteBuffer.allocateDirect(100)}) {
                assertEquals(5, one.send(text("hello"), other.localAddress()));
                assertEquals(one.localAddress(), other.receive(buffer));
                assertText("hello", buffer);
                buffer.clear();
                ByteBuffer direct = ByteBuffer.allocateDirect(10).put(text("xxback")).flip().position(2);
                assertEquals(4, other.send(direct, one.localAddress()));
                assertFalse(direct.hasRemaining());
                assertEquals(other.localAddress(), one.receive(buffer.position(3), SHORT));
                assertEquals(7, buffer.position());
            }
            return null;
        });
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void connected(Kind kind) throws Exception {
        DatagramEndpoint server = bound(kind);
        DatagramEndpoint client = bound(kind).connect(server.localAddress());
        assertTrue(client.isConnected());
        assertEquals(server.localAddress(), client.remoteAddress());
        SocketAddress before = client.localAddress();
        inTask(() -> {
            client.write(text("ping"));
            ByteBuffer buffer = ByteBuffer.allocate(16);
            SocketAddress sender = server.receive(buffer);
            assertEquals(client.localAddress(), sender);
            server.send(text("pong"), sender);
            assertEquals(4, client.read(buffer.clear()));
            assertText("pong", buffer);
            return null;
        });
        client.disconnect();
        assertFalse(client.isConnected());
        assertNull(client.remoteAddress());
        assertEquals(before, client.localAddress());
        DatagramEndpoint stranger = bound(kind);
        inTask(() -> {
            stranger.send(text("from afar"), client.localAddress());
            assertEquals(stranger.localAddress(), client.receive(ByteBuffer.allocate(16)));
            return null;
        });
    }

    @Test
    void pair() throws Exception {
        DatagramEndpoint[] pair = DatagramEndpoint.pair(loop);
        assertNull(pair[0].localAddress());
        assertNull(pair[0].remoteAddress());
        inTask(() -> {
            pair[0].write(text("one"));
            pair[0].write(text(""));
            pair[0].write(text("three"));
            ByteBuffer buffer = ByteBuffer.allocate(16);
            assertEquals(3, pair[1].read(buffer));
            assertEquals(0, pair[1].read(buffer));
            assertNull(pair[1].receive(buffer));
            assertText("onethree", buffer);
            return null;
        });
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void truncationIsReported(Kind kind) throws Exception {
        DatagramEndpoint one = bound(kind);
        DatagramEndpoint other = bound(kind);
        inTask(() -> {
            for (ByteBuffer small : new ByteBuffer[] {ByteBuffer.allocate(4), ByteBuffer.allocateDirect(4)}) {
                one.send(text("a long one"), other.localAddress());
                one.send(text("next"), other.localAddress());
                TruncatedDatagramException cut =
                        assertThrows(TruncatedDatagramException.class, () -> other.receive(small));
                assertEquals(10, cut.length());
                assertEquals(one.localAddress(), cut.sender());
                assertText("a lo", small);
                other.receive(small.clear());
                assertText("next", small);
            }
            one.send(text("unwanted"), other.localAddress());
            assertEquals(8, assertThrows(TruncatedDatagramException.class,
                    () -> other.receive(ByteBuffer.allocate(0))).length());
            return null;
        });
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void emptyDatagram(Kind kind) throws Exception {
        DatagramEndpoint one = bound(kind);
        DatagramEndpoint other = bound(kind).connect(one.localAddress());
        inTask(() -> {
            assertEquals(0, one.send(ByteBuffer.allocate(0), other.localAddress()));
            assertEquals(0, other.read(ByteBuffer.allocate(10)));
            one.send(ByteBuffer.allocateDirect(0), other.localAddress());
            assertEquals(one.localAddress(), other.receive(ByteBuffer.allocate(0)));
            return null;
        });
    }

    /** More than the usual buffer of a heap transfer has room for; only Unix has such datagrams. */
    @Test
    void large() throws Exception {
        DatagramEndpoint[] pair = DatagramEndpoint.pair(loop);
        byte[] bytes = new byte[100_000];
        bytes[99_999] = 42;
        inTask(() -> {
            pair[0].write(ByteBuffer.wrap(bytes));
            ByteBuffer target = ByteBuffer.allocate(1 << 20);
            assertEquals(100_000, pair[1].read(target));
            assertEquals(42, target.get(99_999));
            return null;
        });
        DatagramEndpoint udp = bound(Kind.IPV4);
        IOException refusal = assertThrows(IOException.class,
                () -> inTask(() -> udp.send(ByteBuffer.wrap(bytes), udp.localAddress())));
        assertTrue(refusal.getMessage().contains("EMSGSIZE"), refusal.getMessage());
        assertTrue(refusal.getMessage().contains("sendto on udp:127.0.0.1:"), refusal.getMessage());
    }

    @Test
    void dualStack() throws Exception {
        fresh(Kind.IPV6);
        DatagramEndpoint both = DatagramEndpoint.open(loop, StandardProtocolFamily.INET6);
        both.bind(new InetSocketAddress(InetAddress.getByName("0.0.0.0"), 0));
        int port = ((InetSocketAddress) both.localAddress()).getPort();
        for (Kind kind : new Kind[] {Kind.IPV4, Kind.IPV6}) {
            DatagramEndpoint client = bound(kind);
            InetAddress host = ((InetSocketAddress) client.localAddress()).getAddress();
            inTask(() -> {
                client.send(text("to both"), new InetSocketAddress(host, port));
                SocketAddress sender = both.receive(ByteBuffer.allocate(16));
                assertEquals(client.localAddress(), sender);
                both.send(text("from both"), sender);
                assertEquals(new InetSocketAddress(host, port), client.receive(ByteBuffer.allocate(16)));
                return null;
            });
        }
    }

    /** Woken by the error itself, and told of it. */
    @ParameterizedTest
    @EnumSource(names = {"IPV4", "IPV6"})
    void nobodyReceives(Kind kind) throws Exception {
        SocketAddress gone;
        try (DatagramEndpoint closed = bound(kind)) {
            gone = closed.localAddress();
        }
        DatagramEndpoint client = bound(kind).connect(gone);
        Task<Void> reader = loop.spawn(() -> {
            PortUnreachableException refusal =
                    assertThrows(PortUnreachableException.class, () -> client.read(ByteBuffer.allocate(10)));
            assertEquals("ECONNREFUSED", assertInstanceOf(SystemCallFailure.class, refusal).failedCall().errnoName());
            assertTrue(refusal.getMessage().contains("udp:"), refusal.getMessage());
            assertThrows(SocketTimeoutException.class, () -> client.read(ByteBuffer.allocate(10), SHORT));
        });
        loop.spawn(() -> client.write(text("anybody?")));
        loop.runUntilDone();
        reader.join();
    }

    /** The writer takes the error away that woke the reader, who then just goes on waiting. */
    @Test
    void errorOfAnother() throws Exception {
        SocketAddress gone;
        try (DatagramEndpoint closed = bound(Kind.IPV4)) {
            gone = closed.localAddress();
        }
        DatagramEndpoint client = bound(Kind.IPV4).connect(gone);
        Task<Integer> reader = loop.spawn(() -> client.read(ByteBuffer.allocate(10)));
        inTask0(() -> {
            client.write(text("anybody?"));
            assertThrows(PortUnreachableException.class, () -> client.write(text("anybody?")));
        });
        try (DatagramEndpoint back = DatagramEndpoint.bind(loop, gone)) {
            loop.spawn(() -> back.send(text("me"), client.localAddress()));
            loop.runUntilDone();
            assertEquals(2, reader.join());
        }
    }

    private void inTask0(io.stepoll.TaskBody body) throws Exception {
        Task<Void> task = loop.spawn(body);
        while (!task.isDone()) {
            loop.step(false);
        }
        task.join();
    }

    @Test
    void nobodyAtAUnixAddress() throws Exception {
        DatagramEndpoint one = bound(Kind.ABSTRACT);
        SocketAddress nobody = AbstractAddress.of("stepoll-nobody-at-all");
        assertThrows(PortUnreachableException.class, () -> inTask(() -> one.send(text("x"), nobody)));
        assertThrows(java.net.ConnectException.class, () -> one.connect(nobody));
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void timeout(Kind kind) throws Exception {
        DatagramEndpoint one = bound(kind);
        DatagramEndpoint other = bound(kind).connect(one.localAddress());
        DatagramBatch batch = new DatagramBatch(4, 100);
        inTask(() -> {
            assertThrows(SocketTimeoutException.class, () -> one.receive(ByteBuffer.allocate(8), SHORT));
            assertThrows(SocketTimeoutException.class, () -> other.read(ByteBuffer.allocate(8), SHORT));
            assertThrows(SocketTimeoutException.class, () -> one.receiveBatch(batch, SHORT));
            other.write(text("late"));
            assertEquals(other.localAddress(), one.receive(ByteBuffer.allocate(8), SHORT));
            return null;
        });
    }

    /** A full queue: senders wait, with a deadline or without; nothing is lost. Unconnected, nobody tells them. */
    @ParameterizedTest
    @EnumSource(names = {"PATH", "ABSTRACT"})
    void fullQueue(Kind kind) throws Exception {
        DatagramEndpoint server = bound(kind);
        DatagramEndpoint other = bound(kind);
        DatagramEndpoint connected = bound(kind).connect(server.localAddress());
        SocketAddress target = server.localAddress();
        int[] sent = new int[1];
        inTask(() -> {
            assertThrows(SocketTimeoutException.class, () -> {
                for (;;) {
                    connected.write(text("x"), SHORT);
                    sent[0]++;
                }
            });
            assertThrows(SocketTimeoutException.class, () -> other.send(text("y"), target, SHORT));
            return null;
        });
        Task<Integer> one = loop.spawn(() -> other.send(text("y"), target));
        Task<Integer> two = loop.spawn(() -> connected.write(text("z")));
        inTask(() -> {
            for (int i = 0; i < sent[0] + 2; i++) {
                server.receive(ByteBuffer.allocate(1));
            }
            return null;
        });
        assertEquals(2, one.join() + two.join());
    }

    @Test
    void interruptAndClose() throws Exception {
        DatagramEndpoint one = bound(Kind.IPV4);
        Task<InterruptedIOException> receiver = loop.spawn(
                () -> assertThrows(InterruptedIOException.class, () -> one.receive(ByteBuffer.allocate(8))));
        Task<Integer> batches = loop.spawn(() -> one.receiveBatch(new DatagramBatch(2, 8)));
        loop.step(false);
        receiver.cancel();
        while (!receiver.isDone()) {
            loop.step(false);
        }
        assertTrue(receiver.join().getMessage().contains("interrupted"));
        one.close();
        loop.runUntilDone();
        assertInstanceOf(AsynchronousCloseException.class,
                assertThrows(ExecutionException.class, batches::join).getCause());
        assertFalse(one.isOpen());
        assertNull(one.localAddress());
        assertThrows(ClosedChannelException.class, () -> inTask(() -> one.receive(ByteBuffer.allocate(8))));
        assertThrows(ClosedChannelException.class, () -> one.bind(fresh(Kind.IPV4)));
        one.close();
    }

    @ParameterizedTest
    @EnumSource(names = {"IPV4", "IPV6"})
    void theJdksChannel(Kind kind) throws Exception {
        DatagramEndpoint ours = bound(kind);
        try (DatagramChannel theirs = DatagramChannel.open(
                kind == Kind.IPV4 ? StandardProtocolFamily.INET : StandardProtocolFamily.INET6)) {
            theirs.bind(fresh(kind));
            theirs.send(text("from the JDK"), ours.localAddress());
            ByteBuffer buffer = ByteBuffer.allocate(32);
            inTask(() -> {
                SocketAddress sender = ours.receive(buffer);
                assertEquals(theirs.getLocalAddress(), sender);
                return ours.send(buffer.flip(), sender);
            });
            buffer.clear();
            assertEquals(ours.localAddress(), theirs.receive(buffer));
            assertText("from the JDK", buffer);
            theirs.connect(ours.localAddress()); // both sides connected
            ours.connect(theirs.getLocalAddress());
            theirs.write(text("connected"));
            inTask(() -> {
                ours.read(buffer.clear());
                return ours.write(buffer.flip());
            });
            theirs.read(buffer.clear());
            assertText("connected", buffer);
        }
    }

    @Test
    void python() throws Exception {
        String program = "import socket,sys\ns=socket.socket(socket.AF_UNIX,socket.SOCK_DGRAM)\n"
                + "s.bind('\\0'+sys.argv[2])\ns.settimeout(50)\ns.sendto(b'from python',sys.argv[1])\n"
                + "sys.exit(0 if s.recv(99)==b'back' else 1)";
        DatagramEndpoint ours = bound(Kind.PATH);
        String name = "stepoll-python-" + ProcessHandle.current().pid();
        Process python;
        try {
            python = new ProcessBuilder("python3", "-c", program, ours.localAddress().toString(), name)
                    .inheritIO().start();
        } catch (IOException e) {
            Assumptions.abort("python3 is not here");
            return;
        }
        ByteBuffer buffer = ByteBuffer.allocate(32);
        inTask(() -> {
            SocketAddress sender = ours.receive(buffer, Duration.ofSeconds(50));
            assertEquals(AbstractAddress.of(name), sender);
            return ours.send(text("back"), sender);
        });
        assertText("from python", buffer);
        assertEquals(0, python.waitFor());
    }
}
