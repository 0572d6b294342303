package io.stepoll.net;

import io.stepoll.Descriptor;
import io.stepoll.SystemCallFailure;
import io.stepoll.internal.net.DescriptorAccess;
import io.stepoll.internal.net.MembershipCalls;
import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The membership of a datagram socket in a multicast group: from {@link DatagramEndpoint#join} until {@link #close}, or
 * until the socket is closed. See ip(7), RFC 3678.
 *
 * @since 0.1.0
 */
public final class Membership implements AutoCloseable {
    private final Descriptor socket;
    private final InetAddress group;
    private final NetworkInterface via;
    private final @Nullable InetAddress source;
    private final Set<InetAddress> blocked = new HashSet<>();
    private boolean left;

    /** Joins the group. */
    Membership(Descriptor socket, int family, InetAddress group, NetworkInterface via, @Nullable InetAddress source)
            throws IOException {
        this.socket = socket;
        this.group = group;
        this.via = via;
        this.source = source;
        MembershipCalls.check(family, group, via);
        MembershipCalls.join(socket, group, via, source);
    }

    /** {@return the address of the group} */
    public InetAddress group() {
        return group;
    }

    /**
     * Leaves the group. Does nothing if that was done before, or the socket is closed.
     *
     * @throws IOException a {@link SystemCallFailure}
     */
    @Override
    public void close() throws IOException {
        if (!left && DescriptorAccess.isOpenHere(socket, "leave")) {
            left = true;
            MembershipCalls.leave(socket, group, via, source);
        }
    }

    /**
     * Blocks a source: the socket receives its datagrams to the group no more. Does nothing if the source is blocked
     * already.
     *
     * @param other the source
     * @return this
     * @throws IOException a {@link SystemCallFailure}
     * @throws IllegalArgumentException if the source is of another family than the group
     * @throws IllegalStateException if the group was joined with a source, or was left
     */
    public Membership block(InetAddress other) throws IOException {
        checkAnySource("block");
        if (!blocked.contains(Objects.requireNonNull(other, "other"))) {
            MembershipCalls.block(socket, group, via, other);
            blocked.add(other);
        }
        return this;
    }

    /**
     * Receives the datagrams of a blocked source again.
     *
     * @param other the source
     * @return this
     * @throws IOException a {@link SystemCallFailure}
     * @throws IllegalStateException if the source is not blocked, or the group was left
     */
    public Membership unblock(InetAddress other) throws IOException {
        checkAnySource("unblock");
        if (!blocked.contains(Objects.requireNonNull(other, "other"))) {
            throw new IllegalStateException(other.getHostAddress() + " is not blocked in " + this);
        }
        MembershipCalls.unblock(socket, group, via, other);
        blocked.remove(other);
        return this;
    }

    private void checkAnySource(String call) {
        if (source != null || left || !DescriptorAccess.isOpenHere(socket, call)) {
            throw new IllegalStateException(call + ": " + this + (source != null ? " is of one source" : " was left"));
        }
    }

    @Override
    public String toString() {
        return "Membership[" + MembershipCalls.text(group, via, source) + "]";
    }
}
