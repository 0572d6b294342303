package io.stepoll.internal.net;

import io.stepoll.Descriptor;
import io.stepoll.internal.failure.SystemCallFailures;
import io.stepoll.internal.sys.Datagrams;
import io.stepoll.internal.sys.RawAddress;
import io.stepoll.internal.sys.Scratch;
import io.stepoll.internal.sys.Sockets;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.util.Objects;

/**
 * Changes the membership of a datagram socket in a multicast group, by the options that do not depend on the protocol;
 * see RFC 3678. A source of null is any source.
 */
public final class MembershipCalls {
    private MembershipCalls() {}

    /** Throws unless a socket of that family can be in the group. */
    public static void check(int family, InetAddress group, NetworkInterface via) {
        Objects.requireNonNull(via, "via");
        if (!Objects.requireNonNull(group, "group").isMulticastAddress()) {
            throw new IllegalArgumentException(group.getHostAddress() + " is no multicast group");
        }
        if (family == Sockets.AF_UNIX) {
            throw new UnsupportedOperationException("a Unix socket has no multicast");
        }
        if (group instanceof Inet6Address && family == Sockets.AF_INET) {
            throw new IllegalArgumentException(group.getHostAddress() + " is IPv6, the socket IPv4");
        }
    }

    public static void join(Descriptor socket, InetAddress group, NetworkInterface via, InetAddress source)
            throws IOException {
        change(socket, source == null ? Datagrams.MCAST_JOIN_GROUP : Datagrams.MCAST_JOIN_SOURCE_GROUP, group, via,
                source);
    }

    public static void leave(Descriptor socket, InetAddress group, NetworkInterface via, InetAddress source)
            throws IOException {
        change(socket, source == null ? Datagrams.MCAST_LEAVE_GROUP : Datagrams.MCAST_LEAVE_SOURCE_GROUP, group, via,
                source);
    }

    public static void block(Descriptor socket, InetAddress group, NetworkInterface via, InetAddress source)
            throws IOException {
        change(socket, Datagrams.MCAST_BLOCK_SOURCE, group, via, source);
    }

    public static void unblock(Descriptor socket, InetAddress group, NetworkInterface via, InetAddress source)
            throws IOException {
        change(socket, Datagrams.MCAST_UNBLOCK_SOURCE, group, via, source);
    }

    /** For messages. */
    public static String text(InetAddress group, NetworkInterface via, InetAddress source) {
        return group.getHostAddress() + " on " + via.getName()
                + (source == null ? "" : " from " + source.getHostAddress());
    }

    private static void change(Descriptor socket, int option, InetAddress group, NetworkInterface via,
            InetAddress source) throws IOException {
        String what = text(group, via, source);
        RawAddress rawGroup = AddressCodec.rawInet(new InetSocketAddress(group, 0));
        int level = rawGroup.family() == Sockets.AF_INET ? Datagrams.IPPROTO_IP : Datagrams.IPPROTO_IPV6;
        try (Scratch groupMemory = new Scratch(Sockets.STORAGE_SIZE);
                Scratch sourceMemory = new Scratch(Sockets.STORAGE_SIZE)) {
            int sourceLength = 0;
            if (source != null) {
                RawAddress rawSource = AddressCodec.rawInet(new InetSocketAddress(source, 0));
                if (rawSource.family() != rawGroup.family()) {
                    throw new IllegalArgumentException("the group and the source are of different families: " + what);
                }
                sourceLength = rawSource.write(sourceMemory);
            }
            int result = Datagrams.membership(socket.fd(), level, option, via.getIndex(), groupMemory.address(),
                    rawGroup.write(groupMemory), sourceMemory.address(), sourceLength);
            SystemCallFailures.check("setsockopt", result, what);
        }
    }
}
