package io.stepoll.net;

import io.stepoll.EventLoop;
import io.stepoll.LoopGroup;
import io.stepoll.Task;
import io.stepoll.internal.net.DescriptorAccess;
import io.stepoll.metrics.ServerMetrics;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Accepts connections for one loop or several, and serves each in a task, or by a handler. A connection stays on its
 * loop. This is a whole server:
 * <pre>{@code
 * try (LoopGroup group = LoopGroup.open(2);
 *         Server server = Server.builder(group).serve(c -> echo(c.socket())).open(Addresses.parse("tcp:*:7777"))) {
 *     group.join();
 * }
 * }</pre>
 *
 * <p>{@link ServerBuilder} has the options, each with its default. To pass the listeners to a successor of this
 * process, offer {@link #listeners} by a {@link Handover}; the successor opens its server by
 * {@link ServerBuilder#open(Handover)}.
 *
 * <p>The methods may be called from any thread.
 *
 * @since 0.1.0
 */
public final class Server implements AutoCloseable {
    /** How long a close with a time waits for the tasks that it has cancelled. */
    private static final Duration AFTER_THE_CUT = Duration.ofSeconds(1);

    private final List<LoopConnections<?>> connections = new ArrayList<>();
    private final List<Listener> listeners = new ArrayList<>();
    private final Admission admission;
    @SuppressWarnings("NullAway.Init") // nobody gets a server that does not listen yet
    private SocketAddress address;

    private Server(Admission admission) {
        this.admission = admission;
    }

    /**
     * What a server does with a connection when it has as many as it may have.
     *
     * @since 0.1.0
     */
    public enum WhenFull {
        /**
         * It does not accept. The connection waits in the backlog until another one ends; when the backlog is full, the
         * kernel lets further clients try again.
         */
        WAIT,
        /** It accepts and resets the connection, so that the client may go elsewhere at once. */
        REFUSE
    }

    /**
     * {@return the options of a server over all loops of a group, with their defaults}
     *
     * @param group the loops
     */
    public static ServerBuilder<@Nullable Void> builder(LoopGroup group) {
        return new ServerBuilder<>(group.loops());
    }

    /**
     * {@return the options of a server on one loop, with their defaults}
     *
     * @param loop the loop, which need not run yet if the current thread is its own
     */
    public static ServerBuilder<@Nullable Void> builder(EventLoop loop) {
        return new ServerBuilder<>(List.of(loop));
    }

    /**
     * Opens a server with a listener on each loop, or one that hands over.
     *
     * @param loops all loops of the server
     * @param perLoop whether each loop accepts for itself
     */
    static <S extends @Nullable Object> Server open(ServerOptions<S> options, List<EventLoop> loops, boolean perLoop,
            SocketAddress address) throws IOException {
        if (perLoop && loops.size() > 1 && !(address instanceof InetSocketAddress)) {
            throw new UnsupportedOperationException("a listener on each loop needs SO_REUSEPORT, which TCP has and "
                    + Addresses.format(address) + " has not; handingOver() works without it");
        }
        Map<SocketOption<?>, Object> ofListener = options.ofListener(address, perLoop && loops.size() > 1);
        Server server = new Server(new Admission(options.mostConnections(), options.waitsWhenFull()));
        server.address = address;
        return server.open(options, loops, perLoop, perLoop ? loops : loops.subList(0, 1),
                loop -> Listener.bind(loop, server.address, options.backlog(), ofListener));
    }

    /** Opens a server with all listeners that remain of a handover. */
    static <S extends @Nullable Object> Server open(ServerOptions<S> options, List<EventLoop> loops, boolean perLoop,
            Handover handover) throws IOException {
        if (handover.remaining() == 0) {
            throw new IllegalArgumentException("no listener remains of the handover");
        }
        List<EventLoop> accepting = new ArrayList<>();
        for (int i = 0; i < handover.remaining(); i++) {
            accepting.add(loops.get(perLoop ? i % loops.size() : 0));
        }
        Server server = new Server(new Admission(options.mostConnections(), options.waitsWhenFull()));
        return server.open(options, loops, perLoop, accepting, loop -> {
            Listener listener = handover.listener(loop);
            options.applyTo(listener);
            return listener;
        });
    }

    /** Makes a listener, on the thread of its loop. */
    @FunctionalInterface
    private interface Source {
        Listener listener(EventLoop loop) throws IOException;
    }

    private <S extends @Nullable Object> Server open(ServerOptions<S> options, List<EventLoop> loops, boolean perLoop,
            List<EventLoop> accepting, Source source) throws IOException {
        if (loops.stream().anyMatch(DescriptorAccess::isInCallbackOfAStep)) {
            throw new IllegalStateException("opening a server waits until the loops listen, and a callback cannot wait:"
                    + " open it in a task");
        }
        try {
            List<LoopConnections<S>> all = new ArrayList<>();
            for (EventLoop loop : perLoop ? accepting.stream().distinct().toList() : loops) {
                S state = state(options.state(), loop);
                LoopConnections<S> ofLoop = new LoopConnections<>(loop, state, options, admission);
                connections.add(ofLoop);
                all.add(ofLoop);
            }
            for (EventLoop loop : accepting) { // all listen before any accepts: a bind that fails costs no connection
                Listener listener = on(loop, () -> source.listener(loop));
                listeners.add(listener);
                address = on(loop, listener::localAddress);
            }
            for (Listener listener : listeners) {
                EventLoop loop = listener.loop();
                Acceptor acceptor = new Acceptor(admission, options,
                        all.stream().filter(ofLoop -> !perLoop || ofLoop.loop() == loop).toList());
                DescriptorAccess.startUnjoinable(loop, loop + " accepts at " + Addresses.format(address),
                        () -> acceptor.acceptAll(listener));
            }
            return this;
        } catch (IOException | RuntimeException | Error e) {
            close(Duration.ZERO);
            throw e;
        }
    }

    /** The state of a loop. Without a factory that is null: the builder's type is then one that has null. */
    @SuppressWarnings("NullAway") // which does not know what the builder says of S
    private static <S extends @Nullable Object> S state(@Nullable LoopState<S> factory, EventLoop loop)
            throws IOException {
        return factory == null ? null : on(loop, () -> factory.open(loop));
    }

    /** Runs something on a loop's thread: at once if this is that loop, which may not run yet, else in a task. */
    private static <T extends @Nullable Object> T on(EventLoop loop, Callable<T> work) throws IOException {
        try {
            return loop.isCurrent() ? work.call() : finish(loop.spawn(work));
        } catch (IOException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException(e);
        }
    }

    /**
     * Waits for a task that does not wait itself. Keeps an interrupt for later: what the task opens must not be lost.
     */
    private static <T extends @Nullable Object> T finish(Task<T> task) throws IOException {
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
                case null, default -> throw new IOException(e.getCause());
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** {@return the address of the listeners, with the port that was taken; of several, the last listener's} */
    public SocketAddress localAddress() {
        return address;
    }

    /** {@return the listeners; the list cannot be changed, and each listener belongs to the thread of its loop} */
    public List<Listener> listeners() {
        return List.copyOf(listeners);
    }

    /** {@return how many connections there are now, on all loops: accepted, and not ended yet} */
    public int connections() {
        return admission.connections();
    }

    /**
     * {@return how many connections were turned away so far: by {@link WhenFull#REFUSE}, by
     * {@link ServerBuilder#acceptIf}, or because no loop could take them}
     */
    public long refused() {
        return admission.refused();
    }

    /**
     * {@return what the server has done so far, on all its loops}
     * The loops go on meanwhile, and no lock is held.
     */
    public ServerMetrics metrics() {
        return admission.metrics(Addresses.format(address));
    }

    /**
     * Stops accepting, and lets the connections go on. Connections in the backlog are reset. Waits until the listeners
     * are closed, where {@link #close()} waits.
     */
    public void stopAccepting() {
        await(onLoops(_ -> {}));
    }

    /**
     * Ends the server: stops accepting, and waits until all connections have ended. A task that waits for the next
     * request of its client, by {@link StreamSocket#awaitRequest()}, is told that there is none, and
     * {@link Connection#isDraining} says so to all. A connection that waits for something else, in a plain read for
     * instance, goes on until it ends: {@link #close(Duration)} sets a limit to that. The second close waits, too.
     *
     * <p>This does not wait in a callback, nor in the task of one of the server's own connections, nor on the own
     * thread of one of its loops. An interrupt ends the wait; the interrupt status is set then, and the connections go
     * on.
     */
    @Override
    public void close() {
        closeWithin(null);
    }

    /**
     * Ends the server as {@link #close()} does, and after a time cuts off the connections that are left: their sockets
     * are closed and their tasks are cancelled. A task that goes on although it was cancelled is waited for another
     * second. Where this does not wait, the connections are cut off nevertheless.
     *
     * @param patience how long the connections may take, by the clocks of their loops
     */
    public void close(Duration patience) {
        closeWithin(Objects.requireNonNull(patience, "patience"));
    }

    private void closeWithin(@Nullable Duration patience) {
        admission.close();
        await(onLoops(LoopConnections::drain));
        if (patience == null) {
            await(admission.empty());
        } else {
            await(CompletableFuture.anyOf(admission.empty(), cutAfter(patience)));
        }
    }

    /** Cuts off the connections that are left after a time. The future is complete when that is done. */
    private CompletableFuture<Void> cutAfter(Duration patience) {
        List<CompletableFuture<Void>> cuts = new ArrayList<>();
        for (LoopConnections<?> ofLoop : connections) {
            EventLoop loop = ofLoop.loop();
            CompletableFuture<Void> cut = new CompletableFuture<>();
            try {
                Task<?> cutting = DescriptorAccess.start(loop, () -> {
                    try {
                        loop.sleep(patience);
                        ofLoop.cutAll();
                        loop.sleep(AFTER_THE_CUT);
                    } finally {
                        cut.complete(null);
                    }
                    return null;
                });
                admission.empty().thenRun(cutting::cancel);
                cuts.add(cut);
            } catch (IllegalStateException closed) {
                // With the loop all its connections were cut off.
            }
        }
        return CompletableFuture.allOf(cuts.toArray(CompletableFuture[]::new));
    }

    /** Closes the listeners and does something with the connections, on each loop that is open. */
    private CompletableFuture<Void> onLoops(Consumer<LoopConnections<?>> change) {
        List<CompletableFuture<Void>> done = new ArrayList<>();
        for (LoopConnections<?> ofLoop : connections) {
            CompletableFuture<Void> changed = new CompletableFuture<>();
            Runnable callback = () -> {
                try {
                    listeners.stream().filter(listener -> listener.loop() == ofLoop.loop()).forEach(Listener::close);
                    change.accept(ofLoop);
                } finally {
                    changed.complete(null);
                }
            };
            if (ofLoop.loop().isCurrent()) {
                callback.run();
            } else if (DescriptorAccess.submit(ofLoop.loop(), callback)) { // else the listener was closed with its loop
                done.add(changed);
            }
        }
        return CompletableFuture.allOf(done.toArray(CompletableFuture[]::new));
    }

    private void await(CompletableFuture<?> future) {
        if (connections.stream().noneMatch(LoopConnections::mustNotWait)) {
            try {
                future.get();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (ExecutionException e) {
                throw new IllegalStateException(e.getCause());
            }
        }
    }

    @Override
    public String toString() {
        return "Server[" + (address == null ? "no address" : Addresses.format(address)) + ", " + listeners.size()
                + " listeners, " + connections.size() + " loops]";
    }
}
