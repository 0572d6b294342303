package io.stepoll.net;

import io.stepoll.SystemCallFailure;
import io.stepoll.internal.sys.Datagrams;
import io.stepoll.internal.sys.RawAddress;
import io.stepoll.internal.sys.Scratch;
import io.stepoll.internal.sys.Sockets;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.util.Objects;

/**
 * A datagram socket's membership in a multicast group, from {@link DatagramEndpoint#join}, until {@link #close} or the
 * socket's. See ip(7), RFC 3678.
 */
public final class Membership implements AutoCloseable {
    private final DatagramEndpoint endpoint;
    private final InetAddress group;
    private final NetworkInterface via;
    private final InetAddress source;
    private boolean left;

    Membership(DatagramEndpoint endpoint, InetAddress group, NetworkInterface via, InetAddress source)
            throws IOException {
        this.endpoint = endpoint;
        this.group = group;
        this.via = via;
        this.source = source;
        change(endpoint.descriptor().fd(), endpoint.family(), true, group, via, source);
    }

    /**
     * The group.
     *
     * @return its address
     */
    public InetAddress group() {
        return group;
    }

    /**
     * Leaves the group. Does nothing if it was left before, or the socket is closed.
     *
     * @throws IOException a {@link SystemCallFailure}
     */
    @Override
    public void close() throws IOException {
        if (!left && endpoint.descriptor().isOpenHere("leave")) {
            left = true;
            change(endpoint.descriptor().fd(), endpoint.family(), false, group, via, source);
        }
    }

    @Override
    public String toString() {
        return "Membership[" + text(group, via, source) + "]";
    }

    private static String text(InetAddress group, NetworkInterface via, InetAddress source) {
        return group.getHostAddress() + " on " + via.getName()
                + (source == null ? "" : " from " + source.getHostAddress());
    }

    /** By the options that do not depend on the protocol. */
    private static void change(int fd, int family, boolean join, InetAddress group, NetworkInterface via,
            InetAddress source) throws IOException {
        Objects.requireNonNull(via, "via");
        if (!Objects.requireNonNull(group, "group").isMulticastAddress()) {
            throw new IllegalArgumentException(group.getHostAddress() + " is no multicast group");
        }
        if (family == Sockets.AF_UNIX) {
            throw new UnsupportedOperationException("a Unix socket has no multicast");
        }
        RawAddress rawGroup = Addresses.raw(new InetSocketAddress(group, 0));
        if (rawGroup.family() == Sockets.AF_INET6 && family == Sockets.AF_INET) {
            throw new IllegalArgumentException(group.getHostAddress() + " is IPv6, the socket IPv4");
        }
        String what = text(group, via, source);
        int level = rawGroup.family() == Sockets.AF_INET ? Datagrams.IPPROTO_IP : Datagrams.IPPROTO_IPV6;
        int option;
        if (source == null) {
            option = join ? Datagrams.MCAST_JOIN_GROUP : Datagrams.MCAST_LEAVE_GROUP;
        } else {
            option = join ? Datagrams.MCAST_JOIN_SOURCE_GROUP : Datagrams.MCAST_LEAVE_SOURCE_GROUP;
        }
        try (Scratch groupMemory = new Scratch(Sockets.STORAGE_SIZE);
                Scratch sourceMemory = new Scratch(Sockets.STORAGE_SIZE)) {
            int sourceLength = 0;
            if (source != null) {
                RawAddress rawSource = Addresses.raw(new InetSocketAddress(source, 0));
                if (rawSource.family() != rawGroup.family()) {
                    throw new IllegalArgumentException("the group and the source are of different families: " + what);
                }
                sourceLength = rawSource.write(sourceMemory);
            }
            SystemCallFailure.check("setsockopt", Datagrams.membership(fd, level, option, via.getIndex(),
                    groupMemory.address(), rawGroup.write(groupMemory), sourceMemory.address(), sourceLength), what);
        }
    }
}
