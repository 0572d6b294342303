package io.stepoll.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.BindFailedException;
import io.stepoll.SystemCallFailure;
import io.stepoll.support.FreePorts;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What options do to datagram sockets. {@link SocketOptionsTest} tries each option on each kind of socket. */
@Timeout(60)
class DatagramOptionsTest extends SocketFixture {
    private static final int EACCES = 13;
    private static final int EMSGSIZE = 90;

    /** Returns the errno of the send; 0 if it does not fail. */
    private int errnoOf(DatagramEndpoint from, int bytes, InetSocketAddress to) throws Exception {
        return inTask(() -> {
            try {
                from.send(ByteBuffer.allocate(bytes), to);
                return 0;
            } catch (IOException e) {
                return assertInstanceOf(SystemCallFailure.class, e).errno();
            }
        });
    }

    /** A datagram must fit into the send buffer; see unix(7). */
    @ParameterizedTest
    @EnumSource(names = {"PATH", "ABSTRACT"})
    void sendBuffer(AddressKind kind) throws Exception {
        DatagramEndpoint receiver = bound(kind);
        DatagramEndpoint sender = DatagramEndpoint.open(loop, StandardProtocolFamily.UNIX)
                .setOption(StandardSocketOptions.SO_SNDBUF, 8192).connect(receiver.localAddress());
        assertEquals(2 * 8192, sender.getOption(StandardSocketOptions.SO_SNDBUF));
        inTask(() -> {
            IOException failure = assertThrows(IOException.class, () -> sender.write(ByteBuffer.allocate(30_000)));
            assertEquals(EMSGSIZE, assertInstanceOf(SystemCallFailure.class, failure).errno());
            sender.setOption(StandardSocketOptions.SO_SNDBUF, 60_000).write(ByteBuffer.allocate(30_000));
            return receiver.receive(ByteBuffer.allocate(30_000));
        });
    }

    @Test
    void broadcastMustBeAllowed() throws Exception {
        InetSocketAddress broadcast = new InetSocketAddress(InetAddress.getByName("127.255.255.255"), 9);
        DatagramEndpoint sender = bound(AddressKind.IPV4);
        assertEquals(false, sender.getOption(StandardSocketOptions.SO_BROADCAST));
        assertEquals(EACCES, errnoOf(sender, 1, broadcast));
        sender.setOption(StandardSocketOptions.SO_BROADCAST, true);
        assertNotEquals(EACCES, errnoOf(sender, 1, broadcast));
    }

    /** An option that counts at the bind is set between open and bind. */
    @ParameterizedTest
    @EnumSource(names = {"IPV4", "IPV6"})
    void twoEndpointsOnOnePort(AddressKind kind) throws Exception {
        DatagramEndpoint first = DatagramEndpoint.open(loop, kind.family)
                .setOption(StandardSocketOptions.SO_REUSEPORT, true).bind(fresh(kind));
        DatagramEndpoint second = DatagramEndpoint.open(loop, kind.family);
        assertThrows(BindFailedException.class, () -> second.bind(first.localAddress()));
        second.setOption(StandardSocketOptions.SO_REUSEPORT, true).bind(first.localAddress());
        assertEquals(first.localAddress(), second.localAddress());
    }

    @Test
    void anIpv6OnlyEndpointLeavesThePortToIpv4() throws Exception {
        assumeIpv6();
        int port = FreePorts.next();
        DatagramEndpoint six = DatagramEndpoint.open(loop, StandardProtocolFamily.INET6)
                .setOption(LinuxSocketOptions.IPV6_V6ONLY, true).bind(new InetSocketAddress("::", port));
        assertEquals(port, port(six.localAddress()));
        DatagramEndpoint four = DatagramEndpoint.bind(loop, new InetSocketAddress("0.0.0.0", port));
        assertEquals(port, port(four.localAddress()));
    }

    @Test
    void wrongOptionsAreRefused() throws Exception {
        DatagramEndpoint udp = bound(AddressKind.IPV4);
        DatagramEndpoint unix = bound(AddressKind.ABSTRACT);
        assertRefused(UnsupportedOperationException.class, () -> udp.getOption(StandardSocketOptions.TCP_NODELAY),
                "TCP_NODELAY is no option of this IPv4 datagram socket");
        assertRefused(UnsupportedOperationException.class, () -> unix.setOption(StandardSocketOptions.IP_TOS, 1),
                "IP_TOS is no option of this Unix datagram socket");
        assertRefused(IllegalArgumentException.class,
                () -> udp.setOption(StandardSocketOptions.IP_MULTICAST_TTL, 256), "IP_MULTICAST_TTL", "256");
        udp.close();
        assertThrows(ClosedChannelException.class, () -> udp.getOption(StandardSocketOptions.SO_RCVBUF));
        assertThrows(ClosedChannelException.class, () -> udp.setOption(StandardSocketOptions.SO_RCVBUF, 4096));
        assertTrue(udp.supportedOptions().isEmpty());
        loop.step(false);
        assertOnlyForTheLoop(() -> unix.getOption(StandardSocketOptions.SO_RCVBUF));
    }
}
