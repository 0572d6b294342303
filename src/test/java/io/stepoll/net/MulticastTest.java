package io.stepoll.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.stepoll.support.Emulator;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.time.Duration;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Multicast groups on the loopback interface, to which the JDK's channel sends. */
@Timeout(60)
class MulticastTest extends SocketFixture {
    private static final Duration SHORT = Duration.ofMillis(50);
    private static final Duration LONG = Duration.ofSeconds(20);

    @BeforeAll
    static void ask() {
        Emulator.assumeNone("it does not know MCAST_JOIN_GROUP");
    }

    private static NetworkInterface loopback() throws Exception {
        return NetworkInterface.getByInetAddress(InetAddress.getByName("127.0.0.1"));
    }

    /**
     * Returns the interface for the group. The loopback interface has no IPv6 groups, so those are on another one. The
     * tests use IPv6 groups of the interface's own scope (ff11, ff31), whose datagrams never leave this machine.
     */
    private static NetworkInterface via(InetAddress group) throws Exception {
        if (!(group instanceof Inet6Address)) {
            return loopback();
        }
        return NetworkInterface.networkInterfaces().filter(MulticastTest::hasGroups).findFirst()
                .orElseGet(() -> Assumptions.abort("no interface with IPv6 multicast here"));
    }

    private static boolean hasGroups(NetworkInterface some) {
        try {
            return some.isUp() && !some.isLoopback() && some.supportsMulticast() && address(some) != null;
        } catch (SocketException e) {
            return false; // the interface has gone since it was listed
        }
    }

    private static InetAddress address(NetworkInterface some) {
        return some.inetAddresses().filter(address -> address instanceof Inet6Address && address.isLinkLocalAddress())
                .findFirst().orElse(null);
    }

    /** Returns the source address of the datagrams that {@link #send} sends. */
    private static InetAddress sender(InetAddress group) throws Exception {
        return group instanceof Inet6Address ? address(via(group)) : InetAddress.getByName("127.0.0.1");
    }

    private static void send(String text, InetAddress group, DatagramEndpoint to) throws Exception {
        boolean six = group instanceof Inet6Address;
        try (DatagramChannel sender =
                DatagramChannel.open(six ? StandardProtocolFamily.INET6 : StandardProtocolFamily.INET)) {
            sender.bind(new InetSocketAddress(sender(group), 0));
            sender.setOption(StandardSocketOptions.IP_MULTICAST_IF, via(group));
            sender.setOption(StandardSocketOptions.IP_MULTICAST_LOOP, true);
            sender.send(text(text), new InetSocketAddress(group, port(to.localAddress())));
        } catch (IOException e) {
            Assumptions.abort("no multicast by " + via(group).getName() + " here: " + e);
        }
    }

    private SocketAddress receive(DatagramEndpoint endpoint, Duration timeout) throws Exception {
        return inTask(() -> endpoint.receive(ByteBuffer.allocate(16), timeout));
    }

    @Test
    void joinsAndLeaves() throws Exception {
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

    /** An IPv6 socket that takes IPv4, too, joins an IPv4 group. */
    @Test
    void dualStack() throws Exception {
        assumeIpv6();
        InetAddress group = InetAddress.getByName("239.255.7.2");
        DatagramEndpoint member = DatagramEndpoint.open(loop).bind(new InetSocketAddress("::", 0));
        try (Membership membership = member.join(group, loopback(), null)) {
            assertEquals(group, membership.group());
            send("to all", group, member);
            receive(member, LONG);
        }
    }

    @Test
    void groupsOfOneSource() throws Exception {
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

    private DatagramEndpoint six() throws Exception {
        assumeIpv6();
        return DatagramEndpoint.bind(loop, new InetSocketAddress("::", 0));
    }

    @Test
    void joinsAndLeavesInIpv6() throws Exception {
        InetAddress group = InetAddress.getByName("ff11::7:1");
        DatagramEndpoint member = six();
        Membership membership = member.join(group, via(group), null);
        send("to all", group, member);
        receive(member, LONG);
        membership.close();
        send("to nobody", group, member);
        assertThrows(SocketTimeoutException.class, () -> receive(member, SHORT));
    }

    @Test
    void ipv6GroupsOfOneSource() throws Exception {
        InetAddress group = InetAddress.getByName("ff31::7:2");
        DatagramEndpoint member = six();
        Membership another = member.join(group, via(group), InetAddress.getByName("fd00::9"));
        send("from us", group, member);
        assertThrows(SocketTimeoutException.class, () -> receive(member, SHORT));
        another.close();
        member.join(group, via(group), sender(group));
        send("from us", group, member);
        receive(member, LONG);
    }

    /** The endpoint sends, by the interface and with the TTL of its options. */
    @ParameterizedTest
    @ValueSource(strings = {"239.255.7.3", "ff11::7:3"})
    void sentByAnEndpoint(String name) throws Exception {
        InetAddress group = InetAddress.getByName(name);
        boolean isSix = group instanceof Inet6Address;
        DatagramEndpoint member = isSix ? six() : DatagramEndpoint.bind(loop, new InetSocketAddress("0.0.0.0", 0));
        member.join(group, via(group), null);
        send("any route here?", group, member);
        receive(member, LONG);
        int port = port(member.localAddress());
        DatagramEndpoint sender = DatagramEndpoint.bind(loop, new InetSocketAddress(sender(group), 0))
                .setOption(StandardSocketOptions.IP_MULTICAST_IF, via(group))
                .setOption(StandardSocketOptions.IP_MULTICAST_TTL, 1);
        inTask(() -> sender.send(text("sent"), new InetSocketAddress(group, port)));
        assertEquals(port(sender.localAddress()), port(receive(member, LONG)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"239.255.7.4", "ff11::7:4"})
    void blockedSource(String name) throws Exception {
        InetAddress group = InetAddress.getByName(name);
        boolean isSix = group instanceof Inet6Address;
        InetAddress us = sender(group);
        InetAddress other = InetAddress.getByName(isSix ? "fd00::9" : "127.0.0.9");
        DatagramEndpoint member = isSix ? six() : DatagramEndpoint.bind(loop, new InetSocketAddress("0.0.0.0", 0));
        Membership membership = member.join(group, via(group), null);
        assertThrows(IllegalStateException.class, () -> membership.unblock(us));
        assertSame(membership, membership.block(us).block(us));
        send("blocked", group, member);
        assertThrows(SocketTimeoutException.class, () -> receive(member, SHORT));
        assertSame(membership, membership.block(other).unblock(us));
        send("not blocked", group, member);
        receive(member, LONG);
        assertThrows(IllegalStateException.class, () -> membership.unblock(us));
        InetAddress wrong = InetAddress.getByName(isSix ? "127.0.0.1" : "::1");
        assertThrows(IllegalArgumentException.class, () -> membership.block(wrong));
        membership.close();
        assertThrows(IllegalStateException.class, () -> membership.block(us));
        Membership ofOne = member.join(InetAddress.getByName(isSix ? "ff31::7:5" : "232.1.2.5"), via(group), us);
        assertThrows(IllegalStateException.class, () -> ofOne.block(other));
    }
}
