package io.stepoll.net;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Addresses as text. No host name is looked up before a socket is bound or connected. */
@Timeout(60)
class AddressesTest extends SocketFixture {
    private static InetSocketAddress inet(String text) {
        return (InetSocketAddress) (text.startsWith("udp") ? Addresses.parseDatagram(text) : Addresses.parse(text));
    }

    /** The look-up of this name would take seconds, or fail. */
    @Test
    void hostNamesStayUnresolved() {
        for (String protocol : List.of("tcp", "udp")) {
            InetSocketAddress address = inet(protocol + ":no-such-host.invalid:80");
            assertTrue(address.isUnresolved());
            assertEquals("no-such-host.invalid", address.getHostString());
            assertEquals(80, address.getPort());
        }
        assertTrue(inet("tcp:localhost:80").isUnresolved());
        assertEquals("tcp:localhost:80", Addresses.format(inet("tcp:localhost:80")));
        assertEquals("udp:localhost:80", Addresses.formatDatagram(inet("udp:localhost:80")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"tcp:127.0.0.1:0", "tcp:[0:0:0:0:0:0:0:1]:65535", "tcp:0.0.0.0:80"})
    void numbersAreNoNames(String text) {
        assertFalse(inet(text).isUnresolved());
        assertEquals(text, Addresses.format(inet(text)));
        String udp = "udp" + text.substring("tcp".length());
        assertEquals(inet(text), inet(udp));
        assertEquals(udp, Addresses.formatDatagram(inet(udp)));
    }

    @Test
    void shortFormsOfIpv6() {
        assertEquals(inet("tcp:[0:0:0:0:0:0:0:1]:80"), inet("tcp:[::1]:80"));
        assertEquals(inet("udp:[0:0:0:0:0:0:0:0]:80"), inet("udp:[::]:80"));
    }

    /** The wildcard address takes IPv6 and IPv4. */
    @ParameterizedTest
    @ValueSource(strings = {"tcp:*:0", "tcp::0"})
    void wildcard(String text) throws Exception {
        assumeIpv6();
        assertInstanceOf(Inet6Address.class, inet(text).getAddress());
        try (Listener listener = Listener.bind(loop, Addresses.parse(text));
                DatagramEndpoint endpoint = DatagramEndpoint.bind(loop, inet("udp" + text.substring(3)))) {
            for (String ip : List.of("127.0.0.1", "[::1]")) {
                SocketAddress tcp = Addresses.parse("tcp:" + ip + ":" + port(listener.localAddress()));
                SocketAddress udp = Addresses.parseDatagram("udp:" + ip + ":" + port(endpoint.localAddress()));
                inTask(() -> {
                    StreamSocket.connect(loop, tcp).close();
                    listener.accept().close();
                    endpoint.send(text("x"), udp);
                    endpoint.receive(ByteBuffer.allocate(1));
                });
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tcp:localhost", "tcp:80", "tcp:localhost:", "tcp:localhost:65536", "tcp:localhost:-1",
        "tcp:localhost:+1", "tcp:localhost: 1", "tcp:localhost:99999999999", "tcp:localhost:http", "tcp:::1:80",
        "tcp:[::1:80", "tcp:[localhost]:80", "tcp:[1.2.3.4]:80", "tcp:[]:80", "tcp:256.1.1.1:80", "tcp:1.2.3.4.5:80",
        "tcp:[::g]:80", "unix:/a\\", "unix:/a\\x4", "unix:@\\xg0", "unix:/a\\n", "unix:/a\\x00"})
    void refused(String text) {
        assertRefused(IllegalArgumentException.class, () -> Addresses.parse(text), "\"" + text + "\"");
    }

    @Test
    void aPortOutOfRange() {
        assertRefused(IllegalArgumentException.class, () -> Addresses.parse("tcp:*:65536"), "0 to 65535", "65536");
        assertRefused(IllegalArgumentException.class, () -> Addresses.parseDatagram("udp:*"), "no port",
                "udp:host:port");
    }

    /** A name that the machine knows, and one that nobody knows, in a task and before the loop runs. */
    @Test
    void bindAndConnectLookNamesUp() throws Exception {
        SocketAddress any = Addresses.parse("tcp:localhost:0");
        Listener.bind(loop, any).close();
        DatagramEndpoint.bind(loop, any).close();
        inTask(() -> {
            try (Listener listener = Listener.bind(loop, any); DatagramEndpoint one = DatagramEndpoint.bind(loop, any);
                    DatagramEndpoint two = DatagramEndpoint.bind(loop, any)) {
                int port = port(listener.localAddress());
                StreamSocket.connect(loop, Addresses.parse("tcp:localhost:" + port)).close();
                one.connect(Addresses.parseDatagram("udp:localhost:" + port(two.localAddress())));
                assertEquals(two.localAddress(), one.remoteAddress());
            }
        });
        loop.step(false);
        SocketAddress nobody = Addresses.parse("tcp:no-such-host.invalid:80");
        assertRefused(SocketException.class, () -> Listener.bind(loop, nobody), "bind", "no-such-host.invalid");
        assertRefused(SocketException.class, () -> DatagramEndpoint.bind(loop, nobody), "no-such-host.invalid");
    }

    /** A callback cannot wait for a look-up, so it is refused at the call, and nothing is looked up. */
    @Test
    void noLookUpInACallback() throws Exception {
        IllegalStateException[] refusal = new IllegalStateException[1];
        loop.callSoon(() -> refusal[0] = assertThrows(IllegalStateException.class,
                () -> Listener.bind(loop, Addresses.parse("tcp:localhost:0"))));
        loop.step(false);
        assertMessage(refusal[0], "localhost", "callback");
    }

    @Test
    void namesOfUnixSockets() {
        assertEquals(UnixDomainSocketAddress.of("/a b"), Addresses.parse("unix:/a b"));
        assertEquals(UnixDomainSocketAddress.of("/a\\b\n"), Addresses.parse("unix:/a\\\\b\\x0a"));
        assertEquals("unix:/a\\\\b\\x0a", Addresses.format(UnixDomainSocketAddress.of("/a\\b\n")));
        assertEquals(UnixDomainSocketAddress.of("@a"), Addresses.parse("unix:\\x40a"));
        assertEquals("unix:\\x40a", Addresses.format(UnixDomainSocketAddress.of("@a")));
        assertEquals(AbstractAddress.of(new byte[] {0, 'a', (byte) 0xff}), Addresses.parse("unix:@\\x00a\\xff"));
        assertEquals("@\\x00a\\xff", AbstractAddress.of(new byte[] {0, 'a', (byte) 0xff}).toString());
        assertEquals("unix:@\u00fc\\xe2\\x80\\xae", Addresses.format(AbstractAddress.of("\u00fc\u202e")));
    }

    @Test
    void pathsThatAreNoText() {
        byte[] bytes = {'/', 'a', (byte) 0xff};
        PathAddress address = assertInstanceOf(PathAddress.class, Addresses.ofPath(bytes));
        bytes[1] = 'b';
        assertArrayEquals(new byte[] {'/', 'a', (byte) 0xff}, address.path());
        address.path()[1] = 'c';
        assertEquals("/a\\xff", address.toString());
        assertEquals(address, Addresses.parse("unix:/a\\xff"));
        assertEquals(address.hashCode(), Addresses.parse("unix:/a\\xff").hashCode());
        assertNotEquals(address, Addresses.parse("unix:@/a\\xff"));
        assertEquals(UnixDomainSocketAddress.of("/a"), Addresses.ofPath("/a".getBytes(StandardCharsets.UTF_8)));
        assertThrows(IllegalArgumentException.class, () -> Addresses.ofPath(new byte[0]));
        assertThrows(IllegalArgumentException.class, () -> Addresses.ofPath(new byte[] {'/', 0}));
    }
}
