package io.stepoll.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.stepoll.BindFailedException;
import io.stepoll.SystemCallFailure;
import io.stepoll.Task;
import io.stepoll.internal.net.TcpInfoStruct;
import io.stepoll.internal.sys.Errno;
import io.stepoll.internal.sys.Options;
import io.stepoll.net.OptionSubject.Kind;
import io.stepoll.support.Emulator;
import io.stepoll.support.FreePorts;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketOption;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import jdk.net.ExtendedSocketOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What options report, and options that must be set before a socket is bound or connected. */
@Timeout(60)
class OptionEffectsTest extends SocketFixture {
    private static final int BACKLOG = 16;

    @Test
    void tcpInfoOfAConnection() throws Exception {
        Emulator.assumeNone("it knows a part of TCP_INFO");
        try (OptionSubject subject = new OptionSubject(loop, Kind.TCP4)) {
            inTask(() -> {
                subject.socket().write(ByteBuffer.allocate(1000));
                ByteBuffer received = ByteBuffer.allocate(1000);
                while (received.hasRemaining()) {
                    subject.peer().read(received);
                }
            });
            TcpInfo sender = subject.socket().getOption(LinuxSocketOptions.TCP_INFO);
            TcpInfo receiver = subject.peer().getOption(LinuxSocketOptions.TCP_INFO);
            assertEquals(TcpInfo.State.ESTABLISHED, sender.state());
            assertEquals(1000, sender.sentBytes());
            assertEquals(0, sender.receivedBytes());
            assertEquals(1000, receiver.receivedBytes());
            assertEquals(0, sender.totalRetransmits());
            assertEquals(0, sender.lostSegments());
            assertTrue(sender.rttMicros() > 0, sender.toString());
            assertTrue(sender.rttVarianceMicros() > 0, sender.toString());
            assertTrue(sender.retransmissionTimeoutMicros() > sender.rttMicros(), sender.toString());
            assertTrue(sender.congestionWindowSegments() > 0, sender.toString());
            assertTrue(sender.sendSegmentBytes() > 0 && sender.pathMtuBytes() > sender.sendSegmentBytes(),
                    sender.toString());
            assertTrue(receiver.lastDataReceivedMillis() >= 0, receiver.toString());
        }
    }

    @Test
    void tcpInfoKnowsTheState() throws Exception {
        try (OptionSubject subject = new OptionSubject(loop, Kind.TCP4)) {
            assertEquals(TcpInfo.State.LISTEN, subject.listener().getOption(LinuxSocketOptions.TCP_INFO).state());
            subject.peer().shutdownOutput();
            assertEquals(-1, inTask(() -> subject.socket().read(ByteBuffer.allocate(1))));
            assertEquals(TcpInfo.State.CLOSE_WAIT, subject.get(LinuxSocketOptions.TCP_INFO).state());
            TcpInfo.State other = subject.peer().getOption(LinuxSocketOptions.TCP_INFO).state();
            // The acknowledgement of the peer may come later.
            assertTrue(other == TcpInfo.State.FIN_WAIT_1 || other == TcpInfo.State.FIN_WAIT_2, other::toString);
        }
    }

    /** A field that an older kernel does not fill is -1, not 0. A state that a newer kernel adds is UNKNOWN. */
    @Test
    void tcpInfoOfAnotherKernel() {
        ByteBuffer struct = ByteBuffer.allocate(Options.TcpInfoField.size());
        TcpInfo nothing = TcpInfo.of(new TcpInfoStruct(struct, 8));
        assertEquals(TcpInfo.State.UNKNOWN, nothing.state());
        assertEquals(0, nothing.retransmits());
        assertEquals(-1, nothing.rttMicros());
        assertEquals(-1, nothing.receivedBytes());
        struct.put(0, (byte) 0xff);
        assertEquals(TcpInfo.State.UNKNOWN, TcpInfo.of(new TcpInfoStruct(struct, struct.capacity())).state());
    }

    @Test
    void peerCredentials() throws Exception {
        try (OptionSubject subject = new OptionSubject(loop, Kind.UNIX)) {
            PeerCredentials peer = subject.get(LinuxSocketOptions.PEER_CREDENTIALS);
            assertEquals(ProcessHandle.current().pid(), peer.pid());
            assertEquals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"), peer.uid());
            assertEquals(Files.getAttribute(Path.of("/proc/self"), "unix:gid"), peer.gid());
        }
    }

    @Test
    void thePeersPrincipalIsTheSameAsTheJdks() throws Exception {
        SocketAddress address = fresh(AddressKind.PATH);
        try (Listener listener = Listener.bind(loop, address);
                SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(address);
            try (StreamSocket socket = inTask(() -> listener.accept())) {
                var theirs = channel.getOption(ExtendedSocketOptions.SO_PEERCRED);
                var ours = socket.getOption(ExtendedSocketOptions.SO_PEERCRED);
                assertEquals(theirs, ours);
                assertEquals(theirs.user().getName(), ours.user().getName());
                assertEquals(theirs.group().getName(), ours.group().getName());
            }
        }
        assertEquals("-7", Options.userName(-7));
        assertEquals("-7", Options.groupName(-7));
    }

    @Test
    void anUnconnectedSocketHasNoPeer() throws Exception {
        try (OptionSubject subject = new OptionSubject(loop, Kind.UNIX_DATAGRAM)) {
            assertEquals(new PeerCredentials(0, -1, -1), subject.get(LinuxSocketOptions.PEER_CREDENTIALS));
            assertRefused(SocketException.class, () -> subject.get(ExtendedSocketOptions.SO_PEERCRED), "SO_PEERCRED");
        }
    }

    @Test
    void twoListenersOnOnePort() throws Exception {
        Map<SocketOption<?>, ?> shared = Map.of(StandardSocketOptions.SO_REUSEPORT, true);
        try (Listener first = Listener.bind(loop, Addresses.parse("tcp:127.0.0.1:0"), BACKLOG, shared);
                Listener second = Listener.bind(loop, first.localAddress(), BACKLOG, shared)) {
            assertEquals(first.localAddress(), second.localAddress());
            assertEquals(true, second.getOption(StandardSocketOptions.SO_REUSEPORT));
            assertThrows(BindFailedException.class, () -> Listener.bind(loop, first.localAddress()));
        }
    }

    @Test
    void bothFamiliesOnOnePort() throws Exception {
        assumeIpv6();
        int port = FreePorts.next();
        try (Listener six = Listener.bind(loop, Addresses.parse("tcp:[::]:" + port), BACKLOG,
                Map.of(LinuxSocketOptions.IPV6_V6ONLY, true))) {
            assertEquals(true, six.getOption(LinuxSocketOptions.IPV6_V6ONLY));
            assertEquals(port, port(six.localAddress()));
            try (Listener four = Listener.bind(loop, Addresses.parse("tcp:0.0.0.0:" + port))) {
                assertEquals(port, port(four.localAddress()));
            }
        }
    }

    /** An option of the caller counts more than the one that bind sets by itself. */
    @Test
    void theAddressIsNotReused() throws Exception {
        try (Listener listener = Listener.bind(loop, Addresses.parse("tcp:127.0.0.1:0"), BACKLOG,
                Map.of(StandardSocketOptions.SO_REUSEADDR, false))) {
            assertEquals(false, listener.getOption(StandardSocketOptions.SO_REUSEADDR));
        }
    }

    @Test
    void connectionsInheritFromTheListener() throws Exception {
        try (Listener listener = Listener.bind(loop, Addresses.parse("tcp:127.0.0.1:0"), BACKLOG,
                Map.of(StandardSocketOptions.SO_KEEPALIVE, true, StandardSocketOptions.SO_RCVBUF, 16384))) {
            Task<StreamSocket> accepting = loop.spawn(() -> listener.accept());
            try (StreamSocket client = inTask(() -> StreamSocket.connect(loop, listener.localAddress()));
                    StreamSocket server = accepting.join()) {
                assertEquals(true, server.getOption(StandardSocketOptions.SO_KEEPALIVE));
                assertEquals(2 * 16384, server.getOption(StandardSocketOptions.SO_RCVBUF));
                assertEquals(false, client.getOption(StandardSocketOptions.SO_KEEPALIVE));
            }
        }
    }

    @Test
    void fastOpenIsSetBeforeConnect() throws Exception {
        try (Listener listener = Listener.bind(loop, Addresses.parse("tcp:127.0.0.1:0"), BACKLOG,
                Map.of(LinuxSocketOptions.TCP_FASTOPEN, BACKLOG))) {
            // If the server side is switched on the first connection gets the cookie, and the second waits for data.
            for (int i = 0; i < 2; i++) {
                Task<StreamSocket> accepting = loop.spawn(() -> listener.accept());
                StreamSocket client;
                try {
                    client = inTask(() -> {
                        StreamSocket socket = StreamSocket.connecting(loop).timeout(Duration.ofSeconds(30))
                                .option(LinuxSocketOptions.TCP_FASTOPEN_CONNECT, true).connect(listener.localAddress());
                        socket.write(ByteBuffer.allocate(100));
                        return socket;
                    });
                } catch (SocketException e) {
                    accepting.cancel();
                    assumeTrue(((SystemCallFailure) e).errno() != Errno.EOPNOTSUPP,
                            "TCP Fast Open is switched off for clients: " + e.getMessage());
                    throw e;
                }
                try (client; StreamSocket server = accepting.join()) {
                    assertEquals(true, client.getOption(LinuxSocketOptions.TCP_FASTOPEN_CONNECT));
                    assertEquals(100, inTask(() -> server.read(ByteBuffer.allocate(200))));
                }
            }
        }
    }
}
