package io.stepoll.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.stepoll.ConnectFailedException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A TCP listener on IPv6's any address takes IPv4 clients, too, unless IPV6_V6ONLY is set; see ipv6(7). */
@Timeout(60)
class DualStackTest extends SocketFixture {
    private static InetSocketAddress any() throws Exception {
        assumeIpv6();
        return new InetSocketAddress(InetAddress.getByName("::"), 0);
    }

    private static InetSocketAddress at(String host, Listener listener) throws Exception {
        return new InetSocketAddress(InetAddress.getByName(host), port(listener.localAddress()));
    }

    @Test
    void clientsOfBothFamilies() throws Exception {
        Listener listener = Listener.bind(loop, any());
        for (String host : new String[] {"127.0.0.1", "::1"}) {
            inTask(() -> {
                InetSocketAddress address = at(host, listener);
                try (StreamSocket client = StreamSocket.connect(loop, address);
                        StreamSocket server = listener.accept()) {
                    assertEquals(address, client.remoteAddress());
                    assertEquals(address.getAddress(), ((InetSocketAddress) server.remoteAddress()).getAddress());
                    assertEquals(client.localAddress(), server.remoteAddress());
                    assertEquals(server.localAddress(), client.remoteAddress());
                    client.write(ByteBuffer.allocate(5));
                    assertEquals(5, server.read(ByteBuffer.allocate(9)));
                }
            });
        }
    }

    @Test
    void clientsOfIpv6Only() throws Exception {
        Listener listener = Listener.bind(loop, any(), 1, Map.of(LinuxSocketOptions.IPV6_V6ONLY, true));
        assertThrows(ConnectFailedException.class,
                () -> inTask(() -> StreamSocket.connect(loop, at("127.0.0.1", listener))));
        inTask(() -> StreamSocket.connect(loop, at("::1", listener)));
    }
}
