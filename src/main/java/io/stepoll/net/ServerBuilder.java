package io.stepoll.net;

import io.stepoll.EventLoop;
import io.stepoll.EventLoopBuilder;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The options of a {@link Server} to be opened; from {@link Server#builder}. {@link #serve} or {@link #handle} says
 * what becomes of the connections; everything else has a default. One builder may open several servers. Not for several
 * threads at once.
 *
 * @param <S> the state of a loop, see {@link #perLoopState}
 * @since 0.1.0
 */
public final class ServerBuilder<S extends @Nullable Object> {
    private final List<EventLoop> loops;
    private final Map<SocketOption<?>, Object> options = new LinkedHashMap<>();
    private final Map<SocketOption<?>, Object> connectionOptions = new LinkedHashMap<>();
    private @Nullable Boolean perLoop;
    private @Nullable ConnectionHandler<S> tasks;
    private @Nullable HandlerFactory<S> handlers;
    private int backlog = Listener.DEFAULT_BACKLOG;
    private int mostConnections;
    private Server.WhenFull whenFull = Server.WhenFull.WAIT;
    private @Nullable Duration idleTimeout;
    private @Nullable Duration headerTimeout;
    private ProxyProtocol proxyProtocol = ProxyProtocol.OFF;
    private @Nullable Predicate<? super @Nullable SocketAddress> filter;
    private @Nullable BiConsumer<? super @Nullable SocketAddress, ? super Throwable> failureHook;
    private @Nullable LoopState<S> state;

    ServerBuilder(List<EventLoop> loops) {
        this.loops = List.copyOf(loops);
    }

    /**
     * Serves each connection in a task of its own, which is named {@code serve tcp:peer}.
     *
     * @param handler what the tasks do
     * @return this
     */
    public ServerBuilder<S> serve(ConnectionHandler<S> handler) {
        tasks = Objects.requireNonNull(handler, "handler");
        handlers = null;
        return this;
    }

    /**
     * Serves each connection in callbacks, by a handler.
     *
     * @param factory makes the handler of a connection
     * @return this
     */
    public ServerBuilder<S> handle(HandlerFactory<S> factory) {
        handlers = Objects.requireNonNull(factory, "factory");
        tasks = null;
        return this;
    }

    /**
     * Lets each loop accept for itself: a listener on each loop, all at one address by SO_REUSEPORT; see socket(7). The
     * kernel chooses the loop by a hash of the addresses, and nothing passes between the loops. When a listener is
     * closed, with its loop for instance, the connections in its backlog are reset, although the other listeners go on.
     * For TCP; this is the default there. docs/threads.md weighs the two ways.
     *
     * @return this
     */
    public ServerBuilder<S> perLoop() {
        perLoop = true;
        return this;
    }

    /**
     * Lets the first loop accept, and hand the connections to all loops in turn, itself included. Closed loops are
     * passed over, and so are those with a full inbox, see {@link EventLoopBuilder#inboxLimit}; if that is so of all,
     * the connection is reset. When the first loop is closed, nobody accepts any more. This is the default for Unix
     * sockets.
     *
     * @return this
     */
    public ServerBuilder<S> handingOver() {
        perLoop = false;
        return this;
    }

    /**
     * Sets how many connections wait to be accepted at most, at each listener; see listen(2). The default is
     * {@value Listener#DEFAULT_BACKLOG}. The kernel lowers it to net.core.somaxconn.
     *
     * @param connections how many
     * @return this
     * @throws IllegalArgumentException if it is negative
     */
    public ServerBuilder<S> backlog(int connections) {
        if (connections < 0) {
            throw new IllegalArgumentException("a backlog is not negative: " + connections);
        }
        backlog = connections;
        return this;
    }

    /**
     * Sets an option of the listeners, before they are bound, or when they are taken over; see
     * {@link Listener#bind(EventLoop, SocketAddress, int, Map)}. Accepted connections inherit most options.
     *
     * @param option the option
     * @param value the value
     * @param <T> the type of its value
     * @return this
     */
    public <T> ServerBuilder<S> option(SocketOption<T> option, T value) {
        options.put(Objects.requireNonNull(option, "option"), Objects.requireNonNull(value, option.name()));
        return this;
    }

    /**
     * Sets an option of each connection, when it was accepted: one system call each. TCP connections have TCP_NODELAY
     * on by default, which costs no call, as they inherit it from the listener: a small answer does not wait for the
     * acknowledgement of the one before.
     *
     * @param option the option. If a connection refuses it, the connection has failed, see {@link #onFailure}.
     * @param value the value
     * @param <T> the type of its value
     * @return this
     */
    public <T> ServerBuilder<S> connectionOption(SocketOption<T> option, T value) {
        Objects.requireNonNull(value, option.name());
        if (option == StandardSocketOptions.TCP_NODELAY) {
            options.put(option, value);
        } else {
            connectionOptions.put(option, value);
        }
        return this;
    }

    /**
     * Limits the number of connections, over all loops together. By default there is no limit.
     *
     * @param connections how many, at least 1
     * @param when what the server does when it has so many
     * @return this
     * @throws IllegalArgumentException if it is less
     */
    public ServerBuilder<S> maxConnections(int connections, Server.WhenFull when) {
        if (connections < 1) {
            throw new IllegalArgumentException("a server has at least 1 connection, not " + connections);
        }
        mostConnections = connections;
        whenFull = Objects.requireNonNull(when, "when");
        return this;
    }

    /**
     * Closes a connection on which no byte has moved for some time, in either direction. What the handler itself takes
     * counts, too, so this is for more than the longest answer takes. It costs no timer an operation: one timer for
     * each loop looks at all connections, so a connection may be closed up to a quarter of the time later. By default
     * there is no such limit.
     *
     * <p>The failure is a {@link java.net.SocketTimeoutException}, see {@link #onFailure}; without a hook it is logged
     * at level DEBUG.
     *
     * @param timeout for how long
     * @return this
     * @throws IllegalArgumentException if it is not more than zero
     */
    public ServerBuilder<S> idleTimeout(Duration timeout) {
        idleTimeout = positive(timeout);
        return this;
    }

    /**
     * Closes a connection whose client takes too long for the header of a request, whether it sends bytes meanwhile or
     * not. {@link Connection} says when the clock runs. Otherwise as {@link #idleTimeout}.
     *
     * @param timeout for how long
     * @return this
     * @throws IllegalArgumentException if it is not more than zero
     */
    public ServerBuilder<S> headerTimeout(Duration timeout) {
        headerTimeout = positive(timeout);
        return this;
    }

    private static Duration positive(Duration timeout) {
        if (!timeout.isPositive()) {
            throw new IllegalArgumentException("a timeout must be more than 0: " + timeout);
        }
        return timeout;
    }

    /**
     * Sets whether connections begin with a header of the PROXY protocol; by default they do not. The header is read in
     * the connection's task, before it serves; with {@link #handle} in a task that ends then.
     *
     * @param protocol whether they do
     * @return this
     */
    public ServerBuilder<S> proxyProtocol(ProxyProtocol protocol) {
        proxyProtocol = Objects.requireNonNull(protocol, "protocol");
        return this;
    }

    /**
     * Accepts the connections of some peers only. Those of others are reset, and counted by {@link Server#refused}.
     *
     * @param welcome whether to accept the peer of that address; null for a Unix socket without a name. With the PROXY
     *     protocol the peer is the balancer. The task that accepts asks it, so it must not wait.
     *     What it throws is the failure of the connection.
     * @return this
     */
    public ServerBuilder<S> acceptIf(Predicate<? super @Nullable SocketAddress> welcome) {
        filter = Objects.requireNonNull(welcome, "welcome");
        return this;
    }

    /**
     * Sets who is told of the failures of connections, at once: of what their handlers have thrown, and of what has
     * kept a connection from being served. That the peer has gone, by a reset or a broken pipe, is no failure: it is
     * logged at level DEBUG. By default failures are logged at level ERROR, with the address of the peer.
     *
     * @param hook gets the address of the peer, null for a Unix socket without a name, and what was thrown. It is
     *     called in the connection's task or, for handlers and timeouts, in a callback, so it must not wait by name.
     * @return this
     */
    public ServerBuilder<S> onFailure(BiConsumer<? super @Nullable SocketAddress, ? super Throwable> hook) {
        failureHook = Objects.requireNonNull(hook, "hook");
        return this;
    }

    /**
     * Gives each loop a state, which all its connections find at {@link Connection#state}. As all of them run on that
     * loop, no lock is needed.
     *
     * @param factory makes the state of a loop
     * @param <T> the state
     * @return this, with the type of the state. To be called before {@link #serve} or {@link #handle}.
     * @throws IllegalStateException if one of these was called before
     */
    public <T extends @Nullable Object> ServerBuilder<T> perLoopState(LoopState<T> factory) {
        if (tasks != null || handlers != null) {
            throw new IllegalStateException("perLoopState is to be called before serve and handle");
        }
        @SuppressWarnings("unchecked")
        ServerBuilder<T> typed = (ServerBuilder<T>) this;
        typed.state = Objects.requireNonNull(factory, "factory");
        return typed;
    }

    /**
     * Opens the server. May be called in any thread, but in no callback.
     *
     * @param address where; TCP port 0 takes any that is free, the same for all loops
     * @return the server, which accepts already
     * @throws IOException as for {@link Listener#bind(EventLoop, SocketAddress, int, Map)}, or with what has kept a
     *     state from being made as its cause; then no listener is left
     * @throws UnsupportedOperationException if there is to be a listener on each of several loops and this is no TCP
     *     address: Unix sockets have no SO_REUSEPORT. Or as for {@link LoopSocket#setOption}
     * @throws IllegalStateException if nothing says what becomes of the connections, if a loop is closed, or a callback
     *     calls
     */
    public Server open(SocketAddress address) throws IOException {
        Objects.requireNonNull(address, "address");
        return Server.open(options(), loops, perLoop == null ? address instanceof InetSocketAddress : perLoop, address);
    }

    /**
     * Opens the server with all listeners that remain of a handover, those of a server in the former process. With
     * {@link #perLoop} the loops get them in turn; a loop without a listener accepts nothing, so both groups should
     * have the same size. With {@link #handingOver} the first loop gets all. By default it is the former if there are
     * at least as many listeners as loops.
     *
     * @param handover the handover; call its {@link Handover#listening} afterwards
     * @return the server, which accepts already
     * @throws IOException as for {@link Handover#listener}; then no listener of this server is left
     * @throws IllegalArgumentException if no listener remains
     * @throws IllegalStateException as for {@link #open(SocketAddress)}
     */
    public Server open(Handover handover) throws IOException {
        boolean each = perLoop == null ? handover.remaining() >= loops.size() : perLoop;
        return Server.open(options(), loops, each, handover);
    }

    private ServerOptions<S> options() {
        if (tasks == null && handlers == null) {
            throw new IllegalStateException("serve or handle has to say what becomes of the connections");
        }
        return new ServerOptions<>(tasks, handlers, backlog, copy(options), copy(connectionOptions),
                mostConnections, whenFull == Server.WhenFull.WAIT, idleTimeout, headerTimeout, proxyProtocol, filter,
                failureHook, state);
    }

    /** A copy in the same order. */
    private static Map<SocketOption<?>, Object> copy(Map<SocketOption<?>, Object> original) {
        return Collections.unmodifiableMap(new LinkedHashMap<>(original));
    }
}
