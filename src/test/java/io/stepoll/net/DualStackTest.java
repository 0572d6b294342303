package io.stepoll.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.stepoll.EventLoop;
import io.stepoll.StreamKind;
import io.stepoll.Task;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A TCP listener on IPv6's any address has clients of IPv4, too, unless it is told not to; see ipv6(7). */
@Timeout(60)
class DualStackTest {
    private static InetSocketAddress any() throws Exception {
        StreamKind.TCP6.fresh(); // skips where there is no IPv6
        return new InetSocketAddress(InetAddress.getByName("::"), 0);
    }

    private static int port(Listener listener) {
        return ((InetSocketAddress) listener.localAddress()).getPort();
    }

    @Test
    void clientsOfBoth() throws Exception {
        try (EventLoop loop = EventLoop.open(); Listener listener = Listener.bind(loop, any())) {
            for (String host : new String[] {"127.0.0.1", "::1"}) {
                InetAddress address = InetAddress.getByName(host);
                Task<Integer> task = loop.spawn(() -> {
                    try (StreamSocket client = StreamSocket.connect(loop, new InetSocketAddress(address,
                            port(listener))); StreamSocket server = listener.accept()) {
                        assertEquals(address, ((InetSocketAddress) client.remoteAddress()).getAddress());
                        assertEquals(address, ((InetSocketAddress) server.remoteAddress()).getAddress());
                        assertEquals(client.localAddress(), server.remoteAddress());
                        assertEquals(server.localAddress(), client.remoteAddress());
                        client.write(ByteBuffer.allocate(5));
                        return server.read(ByteBuffer.allocate(9));
                    }
                });
                loop.runUntilDone();
                assertEquals(5, task.join());
            }
        }
    }

    @Test
    void ofIpv6Alone() throws Exception {
        try (EventLoop loop = EventLoop.open();
                Listener listener = Listener.bind(loop, any(), 1, Map.of(LinuxSocketOptions.IPV6_V6ONLY, true))) {
            Task<StreamSocket> four = loop.spawn(() -> StreamSocket.connect(loop,
                    new InetSocketAddress(InetAddress.getByName("127.0.0.1"), port(listener))));
            loop.runUntilDone();
            assertInstanceOf(ConnectException.class, assertThrows(ExecutionException.class, four::join).getCause());
            Task<StreamSocket> six = loop.spawn(() -> StreamSocket.connect(loop,
                    new InetSocketAddress(InetAddress.getByName("::1"), port(listener))));
            loop.runUntilDone();
            six.join().close();
        }
    }
}
