package io.stepoll.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.internal.sys.Descriptors;
import io.stepoll.support.Emulator;
import java.lang.foreign.Arena;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.NotYetConnectedException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;

/** Each wrong use throws an exception that names the mistake. */
@Timeout(60)
class DatagramMisuseTest extends SocketFixture {
    @Test
    void nulls() throws Exception {
        DatagramEndpoint one = bound(AddressKind.IPV4);
        assertRefused(NullPointerException.class, () -> DatagramEndpoint.bind(loop, null), "address");
        assertRefused(NullPointerException.class, () -> DatagramEndpoint.open(loop, null), "family");
        assertRefused(NullPointerException.class, () -> one.connect(null), "address");
        assertRefused(NullPointerException.class, () -> inTask(() -> one.send(text("x"), null)), "address");
        assertRefused(NullPointerException.class, () -> inTask(() -> one.send(null, one.localAddress())), "source");
        assertRefused(NullPointerException.class, () -> inTask(() -> one.receive(null)));
        assertRefused(NullPointerException.class, () -> inTask(() -> one.read(null)), "target");
        assertRefused(NullPointerException.class, () -> one.join(null, null, null));
    }

    /** A stream socket cannot be made of the number of another socket, which stays the caller's. */
    @Test
    void otherSocketsAreNoStreams() throws Exception {
        int udp = bound(AddressKind.IPV4).descriptor().disown();
        int listener = Listener.bind(loop, fresh(AddressKind.ABSTRACT)).descriptor().disown();
        assertRefused(IllegalArgumentException.class, () -> StreamSocket.own(loop, udp), "IPv4 datagram socket");
        assertRefused(IllegalArgumentException.class, () -> StreamSocket.own(loop, listener), "listening");
        assertEquals(0, Descriptors.close(udp));
        assertEquals(0, Descriptors.close(listener));
    }

    @Test
    void wrongAddresses() throws Exception {
        DatagramEndpoint four = bound(AddressKind.IPV4);
        DatagramEndpoint unix = bound(AddressKind.ABSTRACT);
        SocketAddress unresolved = InetSocketAddress.createUnresolved("nowhere.invalid", 1);
        SocketAddress tooLong = AbstractAddress.of("n".repeat(108));
        assertRefused(SocketException.class, () -> inTask(() -> four.send(text("x"), unresolved)), "unresolved");
        assertRefused(SocketException.class, () -> DatagramEndpoint.bind(loop, unresolved), "unresolved");
        assertRefused(SocketException.class, () -> inTask(() -> unix.send(text("x"), tooLong)), "too long");
    }

    @Test
    void wrongFamilies() throws Exception {
        DatagramEndpoint four = bound(AddressKind.IPV4);
        DatagramEndpoint unix = bound(AddressKind.ABSTRACT);
        SocketAddress name = AbstractAddress.of("x");
        SocketAddress six = new InetSocketAddress(InetAddress.getByName("::1"), 1);
        assertRefused(IllegalArgumentException.class, () -> inTask(() -> four.send(text("x"), name)), "Unix", "IPv4");
        assertRefused(IllegalArgumentException.class, () -> inTask(() -> four.send(text("x"), six)), "IPv6", "IPv4");
        assertRefused(IllegalArgumentException.class, () -> unix.connect(four.localAddress()), "IPv4", "Unix");
        assertRefused(IllegalArgumentException.class, () -> four.bind(name), "Unix", "IPv4");
        assertRefused(BindException.class, () -> DatagramEndpoint.bind(loop, four.localAddress()),
                "bind on udp:", "EADDRINUSE");
    }

    @Test
    void wrongBuffers() throws Exception {
        DatagramEndpoint one = bound(AddressKind.IPV4);
        ByteBuffer freed;
        try (Arena arena = Arena.ofShared()) {
            freed = arena.allocate(8).asByteBuffer();
        }
        inTask(() -> one.send(text("still there"), one.localAddress()));
        assertRefused(IllegalArgumentException.class,
                () -> inTask(() -> one.receive(ByteBuffer.allocate(8).asReadOnlyBuffer())), "read-only");
        assertRefused(IllegalStateException.class, () -> inTask(() -> one.receive(freed)), "arena");
        assertRefused(IllegalStateException.class, () -> inTask(() -> one.send(freed, one.localAddress())), "arena");
        assertRefused(NotYetConnectedException.class, () -> inTask(() -> one.read(ByteBuffer.allocate(8))));
        assertRefused(NotYetConnectedException.class, () -> inTask(() -> one.write(ByteBuffer.allocate(8))));
        assertEquals(one.localAddress(), inTask(() -> one.receive(ByteBuffer.allocate(11))));
    }

    @Test
    void wrongThreadsAndCallbacks() throws Exception {
        DatagramEndpoint one = bound(AddressKind.IPV4);
        loop.step(false);
        DatagramBatch batch = new DatagramBatch(1, 1);
        for (Executable call : new Executable[] {() -> one.receive(ByteBuffer.allocate(1)),
                () -> one.send(text("x"), one.localAddress()), () -> one.receiveBatch(batch),
                () -> one.sendBatch(batch), one::localAddress, one::disconnect, one::close,
                () -> one.connect(fresh(AddressKind.IPV4)),
                () -> DatagramEndpoint.open(loop), () -> DatagramEndpoint.pair(loop)}) {
            assertOnlyForTheLoop(call);
        }
        boolean[] ran = new boolean[1];
        loop.callSoon(() -> {
            assertRefused(IllegalStateException.class, () -> one.receive(ByteBuffer.allocate(1)), "recvfrom",
                    "callback");
            ran[0] = true;
        });
        loop.step(false);
        assertTrue(ran[0]);
    }

    @Test
    void wrongGroups() throws Exception {
        Emulator.assumeNone("it does not know MCAST_JOIN_GROUP");
        InetAddress noGroup = InetAddress.getByName("127.0.0.1");
        InetAddress ipv6Source = InetAddress.getByName("::1");
        NetworkInterface lo = NetworkInterface.getByInetAddress(noGroup);
        DatagramEndpoint four = bound(AddressKind.IPV4);
        DatagramEndpoint unix = bound(AddressKind.ABSTRACT);
        InetAddress group = InetAddress.getByName("239.1.2.3");
        InetAddress six = InetAddress.getByName("ff01::123");
        assertRefused(IllegalArgumentException.class, () -> four.join(noGroup, lo, null), "group");
        assertRefused(UnsupportedOperationException.class, () -> unix.join(group, lo, null), "Unix");
        assertRefused(IllegalArgumentException.class, () -> four.join(six, lo, null), "IPv6");
        assertRefused(IllegalArgumentException.class, () -> four.join(group, lo, ipv6Source), "families");
        assertRefused(NullPointerException.class, () -> four.join(group, null, null), "via");
        four.join(group, lo, null);
        assertRefused(SocketException.class, () -> four.join(group, lo, null), "239.1.2.3 on lo", "EADDRINUSE");
    }
}
