package io.stepoll.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.SystemCallFailure;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What options do to datagram sockets, and what is refused; each with each is {@link SocketOptionsTest}'s. */
@Timeout(60)
class DatagramOptionsTest extends DatagramFixture {
    private static final int EACCES = 13;
    private static final int EMSGSIZE = 90;

    /** How the call failed; 0 if it did not. */
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

    /** What does not fit into the send buffer is no datagram; see unix(7). */
    @ParameterizedTest
    @EnumSource(names = {"PATH", "ABSTRACT"})
    void sendBuffer(Kind kind) throws Exception {
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
        InetSocketAddress everybody = new InetSocketAddress(InetAddress.getByName("127.255.255.255"), 9);
        DatagramEndpoint sender = bound(Kind.IPV4);
        assertEquals(false, sender.getOption(StandardSocketOptions.SO_BROADCAST));
        assertEquals(EACCES, errnoOf(sender, 1, everybody));
        sender.setOption(StandardSocketOptions.SO_BROADCAST, true);
        assertNotEquals(EACCES, errnoOf(sender, 1, everybody));
    }

    /** Options that come before bind go between open and bind. */
    @ParameterizedTest
    @EnumSource(names = {"IPV4", "IPV6"})
    void twoOnOnePort(Kind kind) throws Exception {
        StandardProtocolFamily family = kind == Kind.IPV4 ? StandardProtocolFamily.INET : StandardProtocolFamily.INET6;
        DatagramEndpoint first = DatagramEndpoint.open(loop, family)
                .setOption(StandardSocketOptions.SO_REUSEPORT, true).bind(fresh(kind));
        DatagramEndpoint second = DatagramEndpoint.open(loop, family);
        assertThrows(BindException.class, () -> second.bind(first.localAddress()));
        second.setOption(StandardSocketOptions.SO_REUSEPORT, true).bind(first.localAddress());
        assertEquals(first.localAddress(), second.localAddress());
    }

    @Test
    void ipv6Only() throws Exception {
        fresh(Kind.IPV6);
        DatagramEndpoint six = DatagramEndpoint.open(loop, StandardProtocolFamily.INET6)
                .setOption(LinuxSocketOptions.IPV6_V6ONLY, true).bind(new InetSocketAddress("::", 0));
        int port = ((InetSocketAddress) six.localAddress()).getPort();
        DatagramEndpoint four = DatagramEndpoint.bind(loop, new InetSocketAddress("0.0.0.0", port));
        assertEquals(port, ((InetSocketAddress) four.localAddress()).getPort());
    }

    @Test
    void refused() throws Exception {
        DatagramEndpoint udp = bound(Kind.IPV4);
        DatagramEndpoint unix = bound(Kind.ABSTRACT);
        String message = assertThrows(UnsupportedOperationException.class,
                () -> udp.getOption(StandardSocketOptions.TCP_NODELAY)).getMessage();
        assertTrue(message.contains("TCP_NODELAY is no option of this IPv4 datagram socket"), message);
        message = assertThrows(UnsupportedOperationException.class,
                () -> unix.setOption(StandardSocketOptions.IP_TOS, 1)).getMessage();
        assertTrue(message.contains("IP_TOS is no option of this Unix datagram socket"), message);
        message = assertThrows(IllegalArgumentException.class,
                () -> udp.setOption(StandardSocketOptions.IP_MULTICAST_TTL, 256)).getMessage();
        assertTrue(message.contains("IP_MULTICAST_TTL") && message.contains("256"), message);
        udp.close();
        assertThrows(ClosedChannelException.class, () -> udp.getOption(StandardSocketOptions.SO_RCVBUF));
        assertThrows(ClosedChannelException.class, () -> udp.setOption(StandardSocketOptions.SO_RCVBUF, 4096));
        assertTrue(udp.supportedOptions().isEmpty());
        loop.step(false);
        CompletableFuture<Void> elsewhere = CompletableFuture.runAsync(() -> assertThrows(WrongThreadException.class,
                () -> unix.getOption(StandardSocketOptions.SO_RCVBUF)), task -> Thread.ofPlatform().start(task));
        try {
            elsewhere.join();
        } catch (CompletionException e) {
            throw new AssertionError(e.getCause());
        }
    }
}
