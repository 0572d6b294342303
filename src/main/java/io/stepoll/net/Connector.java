package io.stepoll.net;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.internal.net.ConnectSettings;
import io.stepoll.internal.net.Connecting;
import io.stepoll.internal.net.SocketType;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Connects sockets with options, from a local address, or to the first of several addresses that answers. Get one from
 * {@link StreamSocket#connecting} or {@link SeqpacketSocket#connecting}:
 *
 * <p>{@snippet :
 * StreamSocket socket = StreamSocket.connecting(loop)
 *         .from(Addresses.parse("tcp:192.0.2.7:0"))
 *         .option(StandardSocketOptions.SO_RCVBUF, 1 << 20)
 *         .timeout(Duration.ofSeconds(3))
 *         .connect(Addresses.parse("tcp:example.org:80"));
 * }
 *
 * <p><b>Several addresses</b> (Happy Eyeballs, RFC 8305). A host name may stand for several, of which some may lead
 * nowhere. They are tried one after the other. The next attempt begins when the last one has failed, or after the
 * {@link #attemptDelay}; those under way go on. The first success wins, and the others are closed. If all fail, one
 * exception names all addresses, and the failure of each is suppressed in it. Of a host name IPv6 and IPv4 take turns,
 * beginning with the family that {@link java.net.InetAddress#getAllByName} has first: that is IPv4 unless the system
 * property {@code java.net.preferIPv6Addresses} says otherwise.
 *
 * <p><b>TCP sockets have TCP_NODELAY</b>, so that small writes go at once. {@code option(TCP_NODELAY, false)} turns it
 * off.
 *
 * <p>A connector may connect many sockets. It belongs to the loop's thread and its tasks.
 *
 * @param <S> the sockets
 * @since 0.1.0
 */
public final class Connector<S> {
    /** Makes the socket of a connected descriptor; if that fails, closes the descriptor. */
    @FunctionalInterface
    interface Maker<S> {
        S make(Descriptor descriptor) throws IOException;
    }

    private final EventLoop loop;
    private final SocketType type;
    private final Maker<S> maker;
    private final Map<SocketOption<?>, Object> options = new LinkedHashMap<>();
    private @Nullable SocketAddress local;
    private Duration timeout = ChronoUnit.FOREVER.getDuration();
    private Duration attemptDelay = ConnectSettings.DEFAULT_ATTEMPT_DELAY;

    Connector(EventLoop loop, SocketType type, Maker<S> maker) {
        this.loop = Objects.requireNonNull(loop, "loop");
        this.type = type;
        this.maker = maker;
    }

    /**
     * Sets the address that the sockets are bound to before they connect; see bind(2).
     *
     * @param newLocal the address. With the port 0 the kernel chooses the port in connect(2), so that connections to
     *     different peers can share one (IP_BIND_ADDRESS_NO_PORT of ip(7)). Another port is taken even if a former
     *     connection still holds it, to another peer (SO_REUSEADDR). An address of one family leads to addresses of
     *     that family only; the wildcard address leads to both. The file of a Unix path is removed when the socket is
     *     closed.
     * @return this
     */
    public Connector<S> from(SocketAddress newLocal) {
        local = Objects.requireNonNull(newLocal, "newLocal");
        return this;
    }

    /**
     * Sets an option of the sockets before they are bound and connected, in the order of the calls. Some options would
     * come too late afterwards, among them {@link LinuxSocketOptions#TCP_FASTOPEN_CONNECT},
     * {@link LinuxSocketOptions#SO_BINDTODEVICE}, {@link LinuxSocketOptions#SO_MARK}, for the window scale
     * {@link java.net.StandardSocketOptions#SO_RCVBUF}, and, for a peer that passes descriptors at once,
     * {@link LinuxSocketOptions#SO_PASSRIGHTS}.
     *
     * @param option the option
     * @param value its value
     * @param <T> of the value
     * @return this
     */
    public <T> Connector<S> option(SocketOption<T> option, T value) {
        options.put(Objects.requireNonNull(option, "option"), value);
        return this;
    }

    /**
     * Sets options as {@link #option} does, in the order of the map.
     *
     * @param several the options and their values
     * @return this
     */
    public Connector<S> options(Map<? extends SocketOption<?>, ?> several) {
        several.forEach((option, value) -> options.put(Objects.requireNonNull(option, "option"), value));
        return this;
    }

    /**
     * Sets how long a connect may take, the look-up of a host name and all addresses together.
     *
     * @param newTimeout the time; by default there is no end
     * @return this
     */
    public Connector<S> timeout(Duration newTimeout) {
        timeout = Objects.requireNonNull(newTimeout, "newTimeout");
        return this;
    }

    /**
     * Sets how long an attempt has before the next address is tried beside it.
     *
     * @param newDelay the time; by default 250 ms, as RFC 8305 recommends, which also says that less than 100 ms
     *     burdens the network
     * @return this
     * @throws IllegalArgumentException if the time is negative
     */
    public Connector<S> attemptDelay(Duration newDelay) {
        if (newDelay.isNegative()) {
            throw new IllegalArgumentException("the delay of an attempt must not be negative: " + newDelay);
        }
        attemptDelay = newDelay;
        return this;
    }

    /**
     * Connects, waiting until that has succeeded or failed; see connect(2). In a task.
     *
     * @param address where to; an unresolved host name is looked up, off the loop
     * @return the socket
     * @throws IOException as for {@link StreamSocket#connect(EventLoop, SocketAddress)};
     *     {@link SocketTimeoutException} past the timeout; a {@link java.net.BindException} for a local address that is
     *     in use or not of this machine; a {@link java.net.SocketException} if no address is of the local one's family;
     *     and as for {@link StreamSocket#setOption}. Then no socket is left.
     * @throws IllegalArgumentException as for {@link StreamSocket#setOption}
     * @throws UnsupportedOperationException as for {@link StreamSocket#setOption}
     */
    public S connect(SocketAddress address) throws IOException {
        check(address);
        return maker.make(Connecting.connect(loop, type, Addresses.CODEC, address, settings()));
    }

    /**
     * Connects to the first of several addresses that answers; see {@link #connect(SocketAddress)}. They are tried in
     * the order of the list. In a task.
     *
     * @param addresses where to; host names must have been looked up
     * @return the socket
     * @throws IOException as there
     * @throws IllegalArgumentException as there, and if there is no address
     * @throws UnsupportedOperationException as there
     */
    public S connectToAny(List<? extends SocketAddress> addresses) throws IOException {
        if (addresses.isEmpty()) {
            throw new IllegalArgumentException("no address to connect to");
        }
        addresses.forEach(this::check);
        return maker.make(Connecting.connectToAny(loop, type, Addresses.CODEC, List.copyOf(addresses), settings()));
    }

    private void check(SocketAddress address) {
        if (type == SocketType.SEQPACKET) {
            SeqpacketSocket.checkUnix(address);
        }
    }

    private ConnectSettings settings() {
        return new ConnectSettings(local, timeout, attemptDelay,
                Collections.unmodifiableMap(new LinkedHashMap<>(options)));
    }
}
