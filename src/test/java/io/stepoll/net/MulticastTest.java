package io.stepoll.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.time.Duration;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Groups on the loopback interface; the JDK sends. */
@Timeout(60)
class MulticastTest extends DatagramFixture {
    private static final Duration SHORT = Duration.ofMillis(50);
    private static final Duration LONG = Duration.ofSeconds(20);

    private static NetworkInterface loopback() throws Exception {
        return NetworkInterface.getByInetAddress(InetAddress.getByName("127.0.0.1"));
    }

    private static void send(String text, InetAddress group, DatagramEndpoint to) throws Exception {
        int port = ((InetSocketAddress) to.localAddress()).getPort();
        try (DatagramChannel sender = DatagramChannel.open(StandardProtocolFamily.INET)) {
            sender.bind(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0));
            sender.setOption(StandardSocketOptions.IP_MULTICAST_IF, loopback());
            sender.setOption(StandardSocketOptions.IP_MULTICAST_LOOP, true);
            sender.send(text(text), new InetSocketAddress(group, port));
        } catch (IOException e) {
            Assumptions.abort("no multicast on the loopback interface here: " + e);
        }
    }

    private SocketAddress receive(DatagramEndpoint endpoint, Duration timeout) throws Exception {
        return inTask(() -> endpoint.receive(ByteBuffer.allocate(16), timeout));
    }

    @Test
    void joinAndLeave() throws Exception {
        InetAddress group = InetAddress.getByName("239.255.7.1");
        DatagramEndpoint member = DatagramEndpoint.bind(loop, new InetSocketAddress("0.0.0.0", 0));
        Membership membership = member.join(group, loopback(), null);
        send("to all", group, member);
        receive(member, LONG);
        membership.close();
        membership.close();
        send("to nobody", group, member);
        assertThrows(SocketTimeoutException.class, () -> receive(member, SHORT));
    }

    /** An IPv4 group on a socket for both. */
    @Test
    void dualStack() throws Exception {
        fresh(Kind.IPV6);
        InetAddress group = InetAddress.getByName("239.255.7.2");
        DatagramEndpoint member = DatagramEndpoint.open(loop).bind(new InetSocketAddress("::", 0));
        try (Membership membership = member.join(group, loopback(), null)) {
            assertEquals(group, membership.group());
            send("to all", group, member);
            receive(member, LONG);
        }
    }

    @Test
    void sources() throws Exception {
        InetAddress group = InetAddress.getByName("232.1.2.3");
        DatagramEndpoint member = DatagramEndpoint.bind(loop, new InetSocketAddress("0.0.0.0", 0));
        Membership another = member.join(group, loopback(), InetAddress.getByName("127.0.0.9"));
        send("from 127.0.0.1", group, member);
        assertThrows(SocketTimeoutException.class, () -> receive(member, SHORT));
        another.close();
        member.join(group, loopback(), InetAddress.getByName("127.0.0.1"));
        send("from 127.0.0.1", group, member);
        receive(member, LONG);
    }
}
