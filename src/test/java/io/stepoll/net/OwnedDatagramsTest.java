package io.stepoll.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.internal.sys.RawAddress;
import io.stepoll.internal.sys.Sockets;
import io.stepoll.support.Libc;
import io.stepoll.support.RawSockets;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.NotYetConnectedException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Datagram sockets that come by their number. */
@Timeout(60)
class OwnedDatagramsTest extends SocketFixture {
    /** What a number has been: bound, connected, both or neither. The socket here has the same. */
    @ParameterizedTest
    @EnumSource
    void boundAndConnected(AddressKind kind) throws Exception {
        DatagramEndpoint peer = bound(kind);
        SocketAddress there = peer.localAddress();
        DatagramEndpoint first = bound(kind);
        SocketAddress here = first.localAddress();
        DatagramEndpoint owned = DatagramEndpoint.own(loop, first.connect(there).descriptor().disown());
        assertTrue(owned.isConnected());
        assertEquals(here, owned.localAddress());
        assertEquals(there, owned.remoteAddress());
        inTask(() -> {
            owned.write(text("one"));
            ByteBuffer buffer = ByteBuffer.allocate(16);
            assertEquals(here, peer.receive(buffer));
            assertText("one", buffer);
            peer.send(text("two"), here);
            assertEquals(3, owned.read(buffer.clear()));
        });
        assertFalse(owned.disconnect().isConnected());
        assertEquals(here, owned.localAddress(), "the address and the port remain");
        DatagramEndpoint again = DatagramEndpoint.own(loop, owned.descriptor().disown());
        assertFalse(again.isConnected());
        inTask(() -> {
            peer.send(text("three"), here);
            ByteBuffer buffer = ByteBuffer.allocate(16);
            assertEquals(there, again.receive(buffer));
            assertThrows(NotYetConnectedException.class, () -> again.write(text("to whom?")));
            again.send(text("four"), there);
            assertEquals(here, peer.receive(buffer.clear()));
        });
        again.close();
        DatagramEndpoint neither = DatagramEndpoint.own(loop, DatagramEndpoint.open(loop, kind.family)
                .descriptor().disown());
        assertFalse(neither.isConnected());
        inTask(() -> {
            neither.send(text("five"), there);
            peer.receive(ByteBuffer.allocate(16));
        });
    }

    /** A connected socket that was never bound keeps its port when it is disconnected, and no address. */
    @Test
    void connectedWithoutABind() throws Exception {
        DatagramEndpoint peer = bound(AddressKind.IPV4);
        DatagramEndpoint owned = DatagramEndpoint.own(loop, DatagramEndpoint.open(loop, AddressKind.IPV4.family)
                .connect(peer.localAddress()).descriptor().disown());
        int port = port(owned.localAddress());
        owned.disconnect();
        assertEquals(Addresses.parseDatagram("udp:0.0.0.0:" + port), owned.localAddress());
    }

    @Test
    void oneOfAPair() throws Exception {
        DatagramEndpoint[] pair = DatagramEndpoint.pair(loop);
        DatagramEndpoint owned = DatagramEndpoint.own(loop, pair[0].descriptor().disown());
        assertTrue(owned.isConnected());
        assertNull(owned.localAddress());
        DatagramBatch batch = new DatagramBatch(2, 16);
        inTask(() -> {
            pair[1].write(text("x"));
            pair[1].write(text("y"));
            assertEquals(2, owned.receiveBatch(batch));
        });
    }

    /** As systemd passes one: bound, by another process, at a path. Whoever has bound it removes the file. */
    @Test
    void theFileStays() throws Exception {
        Path path = folder.resolve("theirs");
        int number = RawSockets.bound(path, Sockets.SOCK_DGRAM);
        DatagramEndpoint owned = DatagramEndpoint.own(loop, number);
        assertEquals(UnixDomainSocketAddress.of(path), owned.localAddress());
        owned.close();
        assertTrue(Files.exists(path));
    }

    /** The number of what is no datagram socket stays the caller's. */
    @Test
    void misuse() throws Exception {
        int[] streams = RawSockets.pair();
        int[] pipe = Libc.pipe();
        int listener = RawSockets.listener(RawSockets.freshAddress());
        int tcp = RawSockets.check(Sockets.socket(Sockets.AF_INET, Sockets.SOCK_STREAM));
        assertRefused(IllegalArgumentException.class, () -> DatagramEndpoint.own(loop, streams[0]), "Unix stream");
        assertRefused(IllegalArgumentException.class, () -> DatagramEndpoint.own(loop, listener), "Unix stream socket");
        assertRefused(IllegalArgumentException.class, () -> DatagramEndpoint.own(loop, tcp), "IPv4 stream socket");
        assertRefused(IllegalArgumentException.class, () -> DatagramEndpoint.own(loop, pipe[0]), "no socket");
        assertRefused(IllegalArgumentException.class, () -> DatagramEndpoint.own(loop, -1), "negative");
        for (int number : new int[] {streams[0], streams[1], pipe[0], pipe[1], listener, tcp}) {
            assertTrue(RawSockets.isOpen(number));
            RawSockets.close(number);
        }
        assertRefused(IOException.class, () -> DatagramEndpoint.own(loop, streams[0]), "EBADF");
        DatagramEndpoint here = bound(AddressKind.IPV4);
        assertRefused(IOException.class, () -> DatagramEndpoint.own(loop, here.descriptor().fd()), "EEXIST");
        assertTrue(here.isOpen());
        int udp = RawSockets.bound(new RawAddress(Sockets.AF_INET, new byte[] {127, 0, 0, 1}, 0, 0),
                Sockets.SOCK_DGRAM);
        assertOnlyForTheLoop(() -> DatagramEndpoint.own(loop, udp));
        RawSockets.close(udp);
    }
}
