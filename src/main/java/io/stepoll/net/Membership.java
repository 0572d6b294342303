package io.stepoll.net;

import io.stepoll.SystemCallFailure;
import io.stepoll.internal.sys.Datagrams;
import io.stepoll.internal.sys.RawAddress;
import io.stepoll.internal.sys.Scratch;
import io.stepoll.internal.sys.Sockets;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;

/**
 * A datagram socket's membership in a multicast group, from {@link DatagramEndpoint#join}, until {@link #close} or the
 * socket's. See ip(7), RFC 3678.
 */
public final class Membership implements AutoCloseable {
    private final DatagramEndpoint endpoint;
    private final InetAddress group;
    private final NetworkInterface via;
    private final InetAddress source;
    private final Set<InetAddress> blocked = new HashSet<>();
    private boolean left;

    Membership(DatagramEndpoint endpoint, InetAddress group, NetworkInterface via, InetAddress source)
            throws IOException {
        this.endpoint = endpoint;
        this.group = group;
        this.via = via;
        this.source = source;
        check();
        change(source == null ? Datagrams.MCAST_JOIN_GROUP : Datagrams.MCAST_JOIN_SOURCE_GROUP, source);
    }

    private void check() {
        Objects.requireNonNull(via, "via");
        if (!Objects.requireNonNull(group, "group").isMulticastAddress()) {
            throw new IllegalArgumentException(group.getHostAddress() + " is no multicast group");
        }
        if (endpoint.family() == Sockets.AF_UNIX) {
            throw new UnsupportedOperationException("a Unix socket has no multicast");
        }
        if (group instanceof Inet6Address && endpoint.family() == Sockets.AF_INET) {
            throw new IllegalArgumentException(group.getHostAddress() + " is IPv6, the socket IPv4");
        }
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
            change(source == null ? Datagrams.MCAST_LEAVE_GROUP : Datagrams.MCAST_LEAVE_SOURCE_GROUP, source);
        }
    }

    /**
     * Receives no more of what one source sends to the group. Does nothing if that is blocked already.
     *
     * @param other the source
     * @return this
     * @throws IOException a {@link SystemCallFailure}
     * @throws IllegalArgumentException if it is of another family than the group
     * @throws IllegalStateException if the group was joined with a source, or was left
     */
    public Membership block(InetAddress other) throws IOException {
        checkAnySource("block");
        if (!blocked.contains(Objects.requireNonNull(other, "other"))) {
            change(Datagrams.MCAST_BLOCK_SOURCE, other);
            blocked.add(other);
        }
        return this;
    }

    /**
     * Receives again what a blocked source sends to the group.
     *
     * @param other the source
     * @return this
     * @throws IOException a {@link SystemCallFailure}
     * @throws IllegalStateException if that is not blocked, or the group was left
     */
    public Membership unblock(InetAddress other) throws IOException {
        checkAnySource("unblock");
        if (!blocked.contains(Objects.requireNonNull(other, "other"))) {
            throw new IllegalStateException(other.getHostAddress() + " is not blocked in " + this);
        }
        change(Datagrams.MCAST_UNBLOCK_SOURCE, other);
        blocked.remove(other);
        return this;
    }

    private void checkAnySource(String call) {
        if (source != null || left || !endpoint.descriptor().isOpenHere(call)) {
            throw new IllegalStateException(call + ": " + this + (source != null ? " is of one source" : " was left"));
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

    /** By the options that do not depend on the protocol; with a source, or without one if it is null. */
    private void change(int option, InetAddress from) throws IOException {
        String what = text(group, via, from);
        RawAddress rawGroup = Addresses.raw(new InetSocketAddress(group, 0));
        int level = rawGroup.family() == Sockets.AF_INET ? Datagrams.IPPROTO_IP : Datagrams.IPPROTO_IPV6;
        try (Scratch groupMemory = new Scratch(Sockets.STORAGE_SIZE);
                Scratch sourceMemory = new Scratch(Sockets.STORAGE_SIZE)) {
            int sourceLength = 0;
            if (from != null) {
                RawAddress rawSource = Addresses.raw(new InetSocketAddress(from, 0));
                if (rawSource.family() != rawGroup.family()) {
                    throw new IllegalArgumentException("the group and the source are of different families: " + what);
                }
                sourceLength = rawSource.write(sourceMemory);
            }
            int result = Datagrams.membership(endpoint.descriptor().fd(), level, option, via.getIndex(),
                    groupMemory.address(), rawGroup.write(groupMemory), sourceMemory.address(), sourceLength);
            SystemCallFailure.check("setsockopt", result, what);
        }
    }
}
