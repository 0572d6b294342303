package io.stepoll.net;

import io.stepoll.EventLoop;
import io.stepoll.LoopGroup;
import io.stepoll.Task;
import io.stepoll.internal.net.DescriptorAccess;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/**
 * Accepts connections for the loops of a group, and serves each in a task. A connection stays on its loop.
 *
 * <p>There are two ways to spread the connections; docs/threads.md weighs them.
 * <ul>
 * <li>{@link #perLoop}: a listener on each loop, all at one address by SO_REUSEPORT; see socket(7). The kernel chooses
 *     the loop by a hash of the addresses, and nothing passes between the loops.
 * <li>{@link #handingOver}: one listener, on the first loop, which hands the connections to all loops in turn.
 * </ul>
 *
 * <p>To pass the listeners to a successor of this process, offer {@link #listeners} by a {@link Handover}.
 *
 * <p>Nobody joins the task of a connection: what the handler throws is logged at once.
 *
 * <p>The methods may be called from any thread. Callbacks must not call those that open a server.
 */
public final class Server implements AutoCloseable {
    private final LoopGroup group;
    private final List<Listener> listeners = new ArrayList<>();
    private SocketAddress address;

    private Server(LoopGroup group, SocketAddress address) {
        this.group = group;
        this.address = address;
    }

    /**
     * Opens a listener on each loop; see {@link #perLoop(LoopGroup, SocketAddress, int, Map, ConnectionHandler)}.
     *
     * @param group the loops
     * @param address where; TCP port 0 takes any that is free, the same for all loops
     * @param handler serves each connection
     * @return the server, which accepts already
     * @throws IOException as there
     */
    public static Server perLoop(LoopGroup group, SocketAddress address, ConnectionHandler handler)
            throws IOException {
        return perLoop(group, address, Listener.DEFAULT_BACKLOG, Map.of(), handler);
    }

    /**
     * Opens a listener on each loop, at one address by SO_REUSEPORT. When a listener is closed, with its loop for
     * instance, the connections in its backlog are reset, although the other listeners go on.
     *
     * @param group the loops
     * @param address where; TCP only
     * @param backlog how many connections wait to be accepted at most, on each loop
     * @param options of the listeners, as for {@link Listener#bind(EventLoop, SocketAddress, int, Map)}
     * @param handler serves each connection
     * @return the server, which accepts already
     * @throws IOException as for {@link Listener#bind(EventLoop, SocketAddress, int, Map)}; then no listener is left
     * @throws UnsupportedOperationException if this is no TCP address: Unix sockets have no SO_REUSEPORT
     * @throws IllegalStateException if a loop is closed, or a callback calls
     */
    public static Server perLoop(LoopGroup group, SocketAddress address, int backlog,
            Map<SocketOption<?>, ?> options, ConnectionHandler handler) throws IOException {
        if (!(address instanceof InetSocketAddress)) {
            throw new UnsupportedOperationException("a listener on each loop needs SO_REUSEPORT, which TCP has and "
                    + Addresses.format(address) + " has not; Server.handingOver works without it");
        }
        Map<SocketOption<?>, Object> shared = new LinkedHashMap<>(options);
        shared.put(StandardSocketOptions.SO_REUSEPORT, true);
        Server server = new Server(group, address);
        return server.open(group.loops(), loop -> Listener.bind(loop, server.address, backlog, shared),
                new Acceptor.ForItself(handler));
    }

    /**
     * Opens a listener on the first loop, which hands the connections to all loops; see
     * {@link #handingOver(LoopGroup, SocketAddress, int, Map, ConnectionHandler)}.
     *
     * @param group the loops
     * @param address where; TCP port 0 takes any that is free
     * @param handler serves each connection
     * @return the server, which accepts already
     * @throws IOException as there
     */
    public static Server handingOver(LoopGroup group, SocketAddress address, ConnectionHandler handler)
            throws IOException {
        return handingOver(group, address, Listener.DEFAULT_BACKLOG, Map.of(), handler);
    }

    /**
     * Opens a listener on the first loop, which hands the connections to all loops in turn, itself included. Closed
     * loops are passed over. When the first loop is closed, nobody accepts any more.
     *
     * @param group the loops
     * @param address where; TCP or Unix
     * @param backlog how many connections wait to be accepted at most
     * @param options of the listener, as for {@link Listener#bind(EventLoop, SocketAddress, int, Map)}
     * @param handler serves each connection
     * @return the server, which accepts already
     * @throws IOException as for {@link Listener#bind(EventLoop, SocketAddress, int, Map)}
     * @throws IllegalStateException if the first loop is closed, or a callback calls
     */
    public static Server handingOver(LoopGroup group, SocketAddress address, int backlog,
            Map<SocketOption<?>, ?> options, ConnectionHandler handler) throws IOException {
        return new Server(group, address).open(group.loops().subList(0, 1),
                loop -> Listener.bind(loop, address, backlog, options), new Acceptor.InTurn(group, handler));
    }

    /**
     * Takes all listeners that remain of a handover, those of a server in the former process. The loops get them in
     * turn. A loop without a listener accepts nothing, so both groups should have the same size.
     *
     * @param group the loops
     * @param handover the handover; call its {@link Handover#listening} afterwards
     * @param handler serves each connection
     * @return the server, which accepts already
     * @throws IOException as for {@link Handover#listener}; then no listener of this server is left
     * @throws IllegalArgumentException if no listener remains
     * @throws IllegalStateException if a loop is closed, or a callback calls
     */
    public static Server perLoop(LoopGroup group, Handover handover, ConnectionHandler handler) throws IOException {
        List<EventLoop> loops = new ArrayList<>();
        for (int i = 0; i < handover.remaining(); i++) {
            loops.add(group.loop(i % group.loops().size()));
        }
        return takeOver(group, handover, loops, new Acceptor.ForItself(handler));
    }

    /**
     * Takes all listeners that remain of a handover on the first loop, which hands the connections to all loops in
     * turn.
     *
     * @param group the loops
     * @param handover the handover; call its {@link Handover#listening} afterwards
     * @param handler serves each connection
     * @return the server, which accepts already
     * @throws IOException as for {@link #perLoop(LoopGroup, Handover, ConnectionHandler)}
     * @throws IllegalArgumentException as there
     * @throws IllegalStateException as there
     */
    public static Server handingOver(LoopGroup group, Handover handover, ConnectionHandler handler)
            throws IOException {
        List<EventLoop> loops = Collections.nCopies(handover.remaining(), group.loop(0));
        return takeOver(group, handover, loops, new Acceptor.InTurn(group, handler));
    }

    private static Server takeOver(LoopGroup group, Handover handover, List<EventLoop> loops, Acceptor acceptor)
            throws IOException {
        if (loops.isEmpty()) {
            throw new IllegalArgumentException("no listener remains of the handover");
        }
        return new Server(group, null).open(loops, handover::listener, acceptor);
    }

    /** Makes a listener, in a task of its loop. */
    @FunctionalInterface
    private interface Source {
        Listener listener(EventLoop loop) throws IOException;
    }

    private Server open(List<EventLoop> loops, Source source, Acceptor acceptor) throws IOException {
        if (isCallback()) {
            throw new IllegalStateException("opening a server waits until the loops listen, and a callback cannot wait:"
                    + " open it in a task");
        }
        try {
            for (EventLoop loop : loops) { // all listen before any accepts: a bind that fails costs no connection
                Listener listener = finish(loop.spawn(() -> source.listener(loop)));
                listeners.add(listener);
                address = finish(loop.spawn(listener::localAddress));
            }
            for (Listener listener : listeners) {
                EventLoop loop = listener.loop();
                DescriptorAccess.startUnjoinable(loop, loop + " accepts at " + Addresses.format(address),
                        () -> acceptor.acceptAll(loop, listener));
            }
            return this;
        } catch (IOException | RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    /**
     * Waits for a task that does not wait itself. Keeps an interrupt for later: what the task opens must not be lost.
     */
    private static <T> T finish(Task<T> task) throws IOException {
        boolean interrupted = false;
        try {
            for (;;) {
                try {
                    return task.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case IOException failed -> throw failed;
                case RuntimeException failed -> throw failed;
                case Error failed -> throw failed;
                default -> throw new IOException(e.getCause());
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private boolean isCallback() {
        return group.loops().stream().anyMatch(DescriptorAccess::isInCallback);
    }

    /** {@return the address of the listeners, with the port that was taken; of several, the last listener's} */
    public SocketAddress localAddress() {
        return address;
    }

    /** {@return the listeners; the list cannot be changed, and each listener belongs to the thread of its loop} */
    public List<Listener> listeners() {
        return List.copyOf(listeners);
    }

    /**
     * Stops accepting: closes the listeners, and waits until they are closed; a callback does not wait. The connections
     * go on. The second close does nothing.
     */
    @Override
    public void close() {
        List<CompletableFuture<Void>> closings = new ArrayList<>();
        for (Listener listener : listeners) {
            CompletableFuture<Void> closing = new CompletableFuture<>();
            boolean queued = DescriptorAccess.submit(listener.loop(), () -> {
                try {
                    listener.close();
                } finally {
                    closing.complete(null);
                }
            });
            if (queued) { // else the listener was closed with its loop
                closings.add(closing);
            }
        }
        if (!isCallback()) {
            closings.forEach(CompletableFuture::join);
        }
    }

    @Override
    public String toString() {
        return "Server[" + Addresses.format(address) + ", " + listeners.size() + " listeners, " + group + "]";
    }
}
