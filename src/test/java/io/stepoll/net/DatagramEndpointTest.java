package io.stepoll.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.ConnectFailedException;
import io.stepoll.DatagramRefusedException;
import io.stepoll.Task;
import io.stepoll.support.Programs;
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

/** Single datagrams in tasks, over real sockets of each kind. */
@Timeout(60)
class DatagramEndpointTest extends SocketFixture {
    private static final Duration SHORT = Duration.ofMillis(20);

    @ParameterizedTest
    @EnumSource(AddressKind.class)
    void sendAndReceive(AddressKind kind) throws Exception {
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
        });
    }

    @ParameterizedTest
    @EnumSource(AddressKind.class)
    void connected(AddressKind kind) throws Exception {
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
        });
        client.disconnect();
        assertFalse(client.isConnected());
        assertNull(client.remoteAddress());
        assertEquals(before, client.localAddress());
        DatagramEndpoint other = bound(kind);
        inTask(() -> {
            other.send(text("from afar"), client.localAddress());
            assertEquals(other.localAddress(), client.receive(ByteBuffer.allocate(16)));
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
        });
    }

    @ParameterizedTest
    @EnumSource(AddressKind.class)
    void truncationIsReported(AddressKind kind) throws Exception {
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
        });
    }

    @ParameterizedTest
    @EnumSource(AddressKind.class)
    void emptyDatagram(AddressKind kind) throws Exception {
        DatagramEndpoint one = bound(kind);
        DatagramEndpoint other = bound(kind).connect(one.localAddress());
        inTask(() -> {
            assertEquals(0, one.send(ByteBuffer.allocate(0), other.localAddress()));
            assertEquals(0, other.read(ByteBuffer.allocate(10)));
            one.send(ByteBuffer.allocateDirect(0), other.localAddress());
            assertEquals(one.localAddress(), other.receive(ByteBuffer.allocate(0)));
        });
    }

    /** The datagram is longer than the loop's own memory for heap buffers. Only Unix has datagrams of that length. */
    @Test
    void longDatagram() throws Exception {
        DatagramEndpoint[] pair = DatagramEndpoint.pair(loop);
        byte[] bytes = new byte[100_000];
        bytes[99_999] = 42;
        inTask(() -> {
            pair[0].write(ByteBuffer.wrap(bytes));
            ByteBuffer target = ByteBuffer.allocate(1 << 20);
            assertEquals(100_000, pair[1].read(target));
            assertEquals(42, target.get(99_999));
        });
        DatagramEndpoint udp = bound(AddressKind.IPV4);
        assertRefused(IOException.class, () -> inTask(() -> udp.send(ByteBuffer.wrap(bytes), udp.localAddress())),
                "sendto on udp:127.0.0.1:", "EMSGSIZE");
    }

    @Test
    void dualStack() throws Exception {
        assumeIpv6();
        DatagramEndpoint both = DatagramEndpoint.open(loop, StandardProtocolFamily.INET6);
        both.bind(new InetSocketAddress(InetAddress.getByName("0.0.0.0"), 0));
        int port = port(both.localAddress());
        for (AddressKind kind : new AddressKind[] {AddressKind.IPV4, AddressKind.IPV6}) {
            DatagramEndpoint client = bound(kind);
            InetAddress host = ((InetSocketAddress) client.localAddress()).getAddress();
            inTask(() -> {
                client.send(text("to both"), new InetSocketAddress(host, port));
                SocketAddress sender = both.receive(ByteBuffer.allocate(16));
                assertEquals(client.localAddress(), sender);
                both.send(text("from both"), sender);
                assertEquals(new InetSocketAddress(host, port), client.receive(ByteBuffer.allocate(16)));
            });
        }
    }

    /** The error ends the wait of the reader, and the read throws it. */
    @ParameterizedTest
    @EnumSource(names = {"IPV4", "IPV6"})
    void nobodyReceives(AddressKind kind) throws Exception {
        SocketAddress gone;
        try (DatagramEndpoint closed = bound(kind)) {
            gone = closed.localAddress();
        }
        DatagramEndpoint client = bound(kind).connect(gone);
        Task<Void> reader = loop.spawn(() -> {
            DatagramRefusedException refusal =
                    assertThrows(DatagramRefusedException.class, () -> client.read(ByteBuffer.allocate(10)));
            assertInstanceOf(PortUnreachableException.class, refusal);
            assertEquals("ECONNREFUSED", refusal.failedCall().errnoName());
            assertMessage(refusal, "udp:");
            assertThrows(SocketTimeoutException.class, () -> client.read(ByteBuffer.allocate(10), SHORT));
        });
        loop.spawn(() -> client.write(text("anybody?")));
        loop.runUntilDone();
        reader.join();
    }

    /** The error wakes the reader, but a write has taken the error away. The reader then goes on waiting. */
    @Test
    void aWriteTakesTheErrorOfAReader() throws Exception {
        SocketAddress gone;
        try (DatagramEndpoint closed = bound(AddressKind.IPV4)) {
            gone = closed.localAddress();
        }
        DatagramEndpoint client = bound(AddressKind.IPV4).connect(gone);
        Task<Integer> reader = loop.spawn(() -> client.read(ByteBuffer.allocate(10)));
        runUntilEnd(loop.spawn(() -> {
            client.write(text("anybody?"));
            assertThrows(DatagramRefusedException.class, () -> client.write(text("anybody?")));
        })).join();
        try (DatagramEndpoint back = DatagramEndpoint.bind(loop, gone)) {
            loop.spawn(() -> back.send(text("me"), client.localAddress()));
            loop.runUntilDone();
            assertEquals(2, reader.join());
        }
    }

    /** Steps until the task has ended, while others may wait on. */
    private <T> Task<T> runUntilEnd(Task<T> task) {
        while (!task.isDone()) {
            loop.step(false);
        }
        return task;
    }

    @Test
    void nobodyIsAtAUnixAddress() throws Exception {
        DatagramEndpoint one = bound(AddressKind.ABSTRACT);
        SocketAddress nobody = AbstractAddress.of("stepoll-nobody-at-all");
        assertThrows(DatagramRefusedException.class, () -> inTask(() -> one.send(text("x"), nobody)));
        assertThrows(ConnectFailedException.class, () -> one.connect(nobody));
    }

    @ParameterizedTest
    @EnumSource(AddressKind.class)
    void timeout(AddressKind kind) throws Exception {
        DatagramEndpoint one = bound(kind);
        DatagramEndpoint other = bound(kind).connect(one.localAddress());
        DatagramBatch batch = new DatagramBatch(4, 100);
        inTask(() -> {
            assertThrows(SocketTimeoutException.class, () -> one.receive(ByteBuffer.allocate(8), SHORT));
            assertThrows(SocketTimeoutException.class, () -> other.read(ByteBuffer.allocate(8), SHORT));
            assertThrows(SocketTimeoutException.class, () -> one.receiveBatch(batch, SHORT));
            other.write(text("late"));
            assertEquals(other.localAddress(), one.receive(ByteBuffer.allocate(8), SHORT));
        });
    }

    /**
     * Senders wait while the receiver's queue is full, with a deadline or without, and nothing is lost. The kernel does
     * not notify an unconnected sender of room.
     */
    @ParameterizedTest
    @EnumSource(names = {"PATH", "ABSTRACT"})
    void fullQueue(AddressKind kind) throws Exception {
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
        });
        Task<Integer> one = loop.spawn(() -> other.send(text("y"), target));
        Task<Integer> two = loop.spawn(() -> connected.write(text("z")));
        inTask(() -> {
            for (int i = 0; i < sent[0] + 2; i++) {
                server.receive(ByteBuffer.allocate(1));
            }
        });
        assertEquals(2, one.join() + two.join());
    }

    @Test
    void interruptAndClose() throws Exception {
        DatagramEndpoint one = bound(AddressKind.IPV4);
        Task<InterruptedIOException> receiver = loop.spawn(
                () -> assertThrows(InterruptedIOException.class, () -> one.receive(ByteBuffer.allocate(8))));
        Task<Integer> batches = loop.spawn(() -> one.receiveBatch(new DatagramBatch(2, 8)));
        loop.step(false);
        receiver.cancel();
        assertTrue(runUntilEnd(receiver).join().getMessage().contains("interrupted"));
        one.close();
        loop.runUntilDone();
        assertInstanceOf(AsynchronousCloseException.class,
                assertThrows(ExecutionException.class, batches::join).getCause());
        assertFalse(one.isOpen());
        assertNull(one.localAddress());
        assertThrows(ClosedChannelException.class, () -> inTask(() -> one.receive(ByteBuffer.allocate(8))));
        assertThrows(ClosedChannelException.class, () -> one.bind(fresh(AddressKind.IPV4)));
        one.close();
    }

    @ParameterizedTest
    @EnumSource(names = {"IPV4", "IPV6"})
    void datagramsOfTheJdksChannel(AddressKind kind) throws Exception {
        DatagramEndpoint ours = bound(kind);
        try (DatagramChannel theirs = DatagramChannel.open(kind.family)) {
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
    void datagramsOfPython() throws Exception {
        Assumptions.assumeTrue(Programs.has("python3"), "python3 is not here");
        String program = """
                import socket, sys
                s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
                s.bind('\\0' + sys.argv[2])
                s.settimeout(50)
                s.sendto(b'from python', sys.argv[1])
                sys.exit(0 if s.recv(99) == b'back' else 1)
                """;
        DatagramEndpoint ours = bound(AddressKind.PATH);
        String name = "stepoll-python-" + ProcessHandle.current().pid();
        Process python = Programs.start("python3", "-c", program, ours.localAddress().toString(), name);
        try {
            ByteBuffer buffer = ByteBuffer.allocate(32);
            inTask(() -> {
                SocketAddress sender = ours.receive(buffer, Duration.ofSeconds(50));
                assertEquals(AbstractAddress.of(name), sender);
                return ours.send(text("back"), sender);
            });
            assertText("from python", buffer);
            assertEquals(0, python.waitFor());
        } finally {
            Programs.end(python);
        }
    }
}
