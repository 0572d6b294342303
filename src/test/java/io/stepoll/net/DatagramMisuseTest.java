package io.stepoll.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.internal.sys.Descriptors;
import java.lang.foreign.Arena;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.NotYetConnectedException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;

/** Each wrong use is answered by an exception that names what was wrong. */
@Timeout(60)
class DatagramMisuseTest extends DatagramFixture {
    private static void refused(Class<? extends Exception> type, Executable call, String... words) {
        Exception refusal = assertThrows(type, call);
        for (String word : words) {
            assertTrue(refusal.getMessage().contains(word), () -> "\"" + word + "\" in: " + refusal.getMessage());
        }
    }

    @Test
    void nulls() throws Exception {
        DatagramEndpoint one = bound(Kind.IPV4);
        refused(NullPointerException.class, () -> DatagramEndpoint.bind(loop, null), "address");
        refused(NullPointerException.class, () -> DatagramEndpoint.open(loop, null), "family");
        refused(NullPointerException.class, () -> one.connect(null), "address");
        refused(NullPointerException.class, () -> inTask(() -> one.send(text("x"), null)), "address");
        refused(NullPointerException.class, () -> inTask(() -> one.send(null, one.localAddress())), "source");
        refused(NullPointerException.class, () -> inTask(() -> one.receive(null)));
        refused(NullPointerException.class, () -> inTask(() -> one.read(null)), "target");
        refused(NullPointerException.class, () -> one.join(null, null, null));
    }

    /** What a stream socket is made of by number; the descriptor stays the caller's. */
    @Test
    void noStreams() throws Exception {
        int udp = loop.disown(bound(Kind.IPV4).descriptor());
        int listener = loop.disown(Listener.bind(loop, fresh(Kind.ABSTRACT)).descriptor());
        refused(IllegalArgumentException.class, () -> StreamSocket.of(loop, udp), "IPv4 datagram socket");
        refused(IllegalArgumentException.class, () -> StreamSocket.of(loop, listener), "listening");
        assertEquals(0, Descriptors.close(udp));
        assertEquals(0, Descriptors.close(listener));
    }

    @Test
    void addresses() throws Exception {
        DatagramEndpoint four = bound(Kind.IPV4);
        DatagramEndpoint unix = bound(Kind.ABSTRACT);
        SocketAddress unresolved = InetSocketAddress.createUnresolved("nowhere.invalid", 1);
        SocketAddress tooLong = AbstractAddress.of("n".repeat(108));
        refused(SocketException.class, () -> inTask(() -> four.send(text("x"), unresolved)), "unresolved");
        refused(SocketException.class, () -> DatagramEndpoint.bind(loop, unresolved), "unresolved");
        refused(SocketException.class, () -> inTask(() -> unix.send(text("x"), tooLong)), "too long");
    }

    @Test
    void families() throws Exception {
        DatagramEndpoint four = bound(Kind.IPV4);
        DatagramEndpoint unix = bound(Kind.ABSTRACT);
        SocketAddress name = AbstractAddress.of("x");
        SocketAddress six = new InetSocketAddress(InetAddress.getByName("::1"), 1);
        refused(IllegalArgumentException.class, () -> inTask(() -> four.send(text("x"), name)), "Unix", "IPv4");
        refused(IllegalArgumentException.class, () -> inTask(() -> four.send(text("x"), six)), "IPv6", "IPv4");
        refused(IllegalArgumentException.class, () -> unix.connect(four.localAddress()), "IPv4", "Unix");
        refused(IllegalArgumentException.class, () -> four.bind(name), "Unix", "IPv4");
        refused(BindException.class, () -> DatagramEndpoint.bind(loop, four.localAddress()),
                "bind on udp:", "EADDRINUSE");
    }

    @Test
    void buffers() throws Exception {
        DatagramEndpoint one = bound(Kind.IPV4);
        ByteBuffer freed;
        try (Arena arena = Arena.ofConfined()) {
            freed = arena.allocate(8).asByteBuffer();
        }
        inTask(() -> one.send(text("still there"), one.localAddress()));
        refused(IllegalArgumentException.class,
                () -> inTask(() -> one.receive(ByteBuffer.allocate(8).asReadOnlyBuffer())), "read-only");
        refused(IllegalStateException.class, () -> inTask(() -> one.receive(freed)), "arena");
        refused(IllegalStateException.class, () -> inTask(() -> one.send(freed, one.localAddress())), "arena");
        refused(NotYetConnectedException.class, () -> inTask(() -> one.read(ByteBuffer.allocate(8))));
        refused(NotYetConnectedException.class, () -> inTask(() -> one.write(ByteBuffer.allocate(8))));
        assertEquals(one.localAddress(), inTask(() -> one.receive(ByteBuffer.allocate(11))));
    }

    @Test
    void threadsAndCallbacks() throws Exception {
        DatagramEndpoint one = bound(Kind.IPV4);
        loop.step(false);
        DatagramBatch batch = new DatagramBatch(1, 1);
        for (Executable call : new Executable[] {() -> one.receive(ByteBuffer.allocate(1)),
                () -> one.send(text("x"), one.localAddress()), () -> one.receiveBatch(batch),
                () -> one.sendBatch(batch), one::localAddress, one::disconnect, one::close,
                () -> one.connect(fresh(Kind.IPV4)),
                () -> DatagramEndpoint.open(loop), () -> DatagramEndpoint.pair(loop)}) {
            CompletableFuture<Void> elsewhere = CompletableFuture.runAsync(
                    () -> assertThrows(WrongThreadException.class, call), run -> Thread.ofPlatform().start(run));
            try {
                elsewhere.join();
            } catch (CompletionException e) {
                throw new AssertionError(e.getCause());
            }
        }
        boolean[] ran = new boolean[1];
        loop.callSoon(() -> {
            refused(IllegalStateException.class, () -> one.receive(ByteBuffer.allocate(1)), "recvfrom", "callback");
            ran[0] = true;
        });
        loop.step(false);
        assertTrue(ran[0]);
    }

    @Test
    void noGroups() throws Exception {
        NetworkInterface lo = NetworkInterface.getByInetAddress(InetAddress.getByName("127.0.0.1"));
        DatagramEndpoint four = bound(Kind.IPV4);
        DatagramEndpoint unix = bound(Kind.ABSTRACT);
        InetAddress group = InetAddress.getByName("239.1.2.3");
        InetAddress six = InetAddress.getByName("ff01::123");
        refused(IllegalArgumentException.class, () -> four.join(InetAddress.getByName("127.0.0.1"), lo, null), "group");
        refused(UnsupportedOperationException.class, () -> unix.join(group, lo, null), "Unix");
        refused(IllegalArgumentException.class, () -> four.join(six, lo, null), "IPv6");
        refused(IllegalArgumentException.class, () -> four.join(group, lo, InetAddress.getByName("::1")), "families");
        refused(NullPointerException.class, () -> four.join(group, null, null), "via");
        four.join(group, lo, null);
        refused(SocketException.class, () -> four.join(group, lo, null), "239.1.2.3 on lo", "EADDRINUSE");
    }
}
