package io.stepoll.net;

import io.stepoll.BrokenPipeException;
import io.stepoll.ConnectionResetException;
import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.ReadinessHandler;
import io.stepoll.SystemCallFailure;
import io.stepoll.Task;
import io.stepoll.Timer;
import io.stepoll.internal.net.AcceptedConnection;
import io.stepoll.internal.net.DescriptorAccess;
import io.stepoll.internal.net.ProxyReader;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * The connections of a server on one loop: how they begin, what becomes of their failures, their timeouts, and their
 * end. On the loop's thread, unless a method says otherwise.
 *
 * <p><b>Timeouts.</b> No operation sets a timer. A call that moves bytes leaves a mark at the descriptor. One timer for
 * all connections of the loop looks at the marks, {@value #LOOKS} times in the shortest timeout, and takes them away.
 */
final class LoopConnections<S extends @Nullable Object> {
    /** How often the timer looks within the shortest timeout: so late a connection may be cut. */
    private static final int LOOKS = 8;

    private static final long SHORTEST_LOOK_NANOS = 1_000_000;

    /** How many connections one callback looks at before it lets others run. */
    private static final int MOST_AT_ONCE = 1000;

    /** How far causes are followed, which may go round in a circle. */
    private static final int MOST_CAUSES = 16;

    private static final long NEVER = Long.MAX_VALUE;

    private final EventLoop loop;
    private final S state;
    private final ServerOptions<S> options;
    private final Admission admission;
    private final long idleNanos;
    private final long headerNanos;
    private final @Nullable Duration lookEvery;

    private @Nullable Connection<S> first;
    private @Nullable Connection<S> nextToLookAt;
    private @Nullable Timer looks;
    private boolean looking;

    /** @param state made by the options */
    LoopConnections(EventLoop loop, S state, ServerOptions<S> options, Admission admission) {
        this.loop = loop;
        this.state = state;
        this.options = options;
        this.admission = admission;
        idleNanos = nanos(options.idleTimeout());
        headerNanos = nanos(options.headerTimeout());
        long shortest = Math.min(idleNanos, headerNanos);
        lookEvery = shortest == NEVER ? null : Duration.ofNanos(Math.max(SHORTEST_LOOK_NANOS, shortest / LOOKS));
    }

    private static long nanos(@Nullable Duration timeout) {
        if (timeout == null) {
            return NEVER;
        }
        try {
            return timeout.toNanos();
        } catch (ArithmeticException forEver) {
            return NEVER;
        }
    }

    EventLoop loop() {
        return loop;
    }

    S state() {
        return state;
    }

    boolean hasHeaderTimeout() {
        return headerNanos != NEVER;
    }

    /**
     * Takes a connection over, now or by a callback of this loop. On the thread of any loop of the server.
     *
     * @return false if the loop is closed or its inbox is full, and the connection is still the caller's
     */
    boolean take(AcceptedConnection accepted) {
        if (loop.isCurrent()) {
            begin(accepted);
            return true;
        }
        try {
            loop.callSoon(() -> begin(accepted));
            return true;
        } catch (IllegalStateException | RejectedExecutionException refused) {
            return false;
        }
    }

    /** Serves a connection. Keeps nothing of it if that fails. A loop that closes runs its queued callbacks, too. */
    private void begin(AcceptedConnection accepted) {
        StreamSocket socket;
        try {
            socket = new StreamSocket(accepted.putOn(loop));
        } catch (Throwable failure) {
            accepted.close();
            admission.ends();
            if (!(failure instanceof IllegalStateException)) { // thrown by a loop that closes, and then no failure
                tell(accepted, failure);
            }
            return;
        }
        Connection<S> connection =
                new Connection<>(this, socket, lookEvery == null ? 0 : DescriptorAccess.nowNanos(loop));
        link(connection);
        try {
            options.applyTo(socket);
            if (admission.isClosing()) {
                DescriptorAccess.setDraining(socket.descriptor());
            }
            if (options.tasks() == null && options.proxyProtocol() == ProxyProtocol.OFF) {
                handle(connection);
            } else {
                connection.task = DescriptorAccess.startUnjoinable(loop, name(connection), () -> serve(connection),
                        failure -> failed(connection, failure), () -> taskEnded(connection));
            }
        } catch (Throwable failure) {
            socket.close(); // which ends the connection of a handler
            if (!connection.handled) {
                end(connection);
            }
            failed(connection, failure);
        }
    }

    /** The body of a connection's task. */
    private void serve(Connection<S> connection) throws Exception {
        boolean goesOn = false;
        try {
            if (options.proxyProtocol() != ProxyProtocol.OFF && !readProxyHeader(connection)) {
                return;
            }
            if (options.tasks() != null) {
                options.tasks().serve(connection);
            } else {
                handle(connection);
                goesOn = true;
            }
        } finally {
            if (!goesOn) {
                connection.socket().close();
            }
        }
    }

    private static String name(Connection<?> connection) {
        return "serve " + connection.peerText();
    }

    /** Returns whether there is something to serve. */
    private boolean readProxyHeader(Connection<S> connection) throws IOException {
        ProxyReader header = ProxyReader.read(connection.socket().descriptor(),
                options.proxyProtocol() == ProxyProtocol.REQUIRED);
        if (header.hasAddresses()) {
            connection.proxyHeader = header;
            Thread.currentThread().setName(name(connection));
        }
        return !header.hasEndedBefore();
    }

    private void taskEnded(Connection<S> connection) {
        connection.task = null;
        if (!connection.handled) {
            end(connection);
        }
    }

    /** Lets a handler serve the connection. From now on the connection ends when its descriptor leaves the loop. */
    private void handle(Connection<S> connection) throws IOException {
        Descriptor descriptor = connection.socket().descriptor();
        DescriptorAccess.atEnd(descriptor, () -> end(connection));
        connection.handled = true;
        DescriptorAccess.handlerFailuresTo(descriptor, failure -> failed(connection, failure));
        HandlerFactory<S> handlers = options.handlers();
        assert handlers != null : "tasks serve";
        ReadinessHandler handler = handlers.open(connection);
        if (descriptor.isOpen() && !DescriptorAccess.hasHandler(descriptor)) {
            descriptor.handle(handler, true, false);
        }
    }

    /** A connection has ended. Its task may be on a thread of its own by now, if the loop is closed. */
    private void end(Connection<S> connection) {
        if (loop.isCurrent()) {
            unlink(connection);
        }
        if (connection.record != null && connection.record.isWanted()) {
            Descriptor descriptor = connection.socket().descriptor();
            connection.record.ends(DescriptorAccess.name(loop), connection.peerText(),
                    DescriptorAccess.bytesIn(descriptor), DescriptorAccess.bytesOut(descriptor));
        }
        admission.ends();
    }

    /** The code of a connection has thrown something. */
    private void failed(Connection<S> connection, Throwable failure) {
        if (connection.cut) {
            return;
        }
        if (isOrdinaryEnd(connection, failure)) {
            DescriptorAccess.log(loop, System.Logger.Level.DEBUG, "the peer has gone: " + connection.peerText(),
                    failure);
        } else {
            tell(connection.peer(), connection.peerText(), System.Logger.Level.ERROR, failure);
        }
    }

    /** Whether the peer has gone. What befalls another socket that the code uses is a failure. */
    private static boolean isOrdinaryEnd(Connection<?> connection, Throwable failure) {
        int depth = 0;
        for (Throwable cause = failure; cause != null && depth < MOST_CAUSES; cause = cause.getCause()) {
            depth++;
            if ((cause instanceof ConnectionResetException || cause instanceof BrokenPipeException)
                    && DescriptorAccess.isOf(connection.socket().descriptor(), (SystemCallFailure) cause)) {
                return true;
            }
        }
        return false;
    }

    /** Tells the hook why a connection could not begin. Never throws. */
    void tell(AcceptedConnection accepted, Throwable failure) {
        tell(accepted.peer(Addresses.CODEC), accepted.text(), System.Logger.Level.ERROR, failure);
    }

    /** Tells the hook of a failure, else the log at that level. Never throws. */
    private void tell(@Nullable SocketAddress peer, String peerText, System.Logger.Level level, Throwable failure) {
        if (options.failureHook() == null) {
            DescriptorAccess.log(loop, level, "serve " + peerText + " failed", failure);
            return;
        }
        try {
            options.failureHook().accept(peer, failure);
        } catch (Throwable thrown) {
            thrown.addSuppressed(failure);
            DescriptorAccess.log(loop, System.Logger.Level.ERROR, "the failure hook of a server failed", thrown);
        }
    }

    private void link(Connection<S> connection) {
        connection.next = first;
        if (first != null) {
            first.previous = connection;
        }
        first = connection;
        if (lookEvery != null && !looking) {
            looking = true;
            looks = loop.callLater(lookEvery, this::look);
        }
    }

    private void unlink(Connection<S> connection) {
        if (nextToLookAt == connection) {
            nextToLookAt = connection.next;
        }
        if (connection.previous == null) {
            first = connection.next;
        } else {
            connection.previous.next = connection.next;
        }
        if (connection.next != null) {
            connection.next.previous = connection.previous;
        }
        connection.previous = null;
        connection.next = null;
    }

    /** Looks at all connections, a part of them in each callback. */
    private void look() {
        nextToLookAt = first;
        lookAtSome();
    }

    private void lookAtSome() {
        long nowNanos = DescriptorAccess.nowNanos(loop);
        for (int looked = 0; nextToLookAt != null; looked++) {
            if (looked == MOST_AT_ONCE) {
                DescriptorAccess.submit(loop, this::lookAtSome);
                return;
            }
            Connection<S> connection = nextToLookAt;
            nextToLookAt = connection.next;
            lookAt(connection, nowNanos);
        }
        looking = first != null && !DescriptorAccess.isClosing(loop);
        if (looking) {
            assert looks != null && lookEvery != null;
            looks.reset(lookEvery);
        }
    }

    private void lookAt(Connection<S> connection, long nowNanos) {
        Descriptor descriptor = connection.socket().descriptor();
        if (DescriptorAccess.hasBeenActive(descriptor)) {
            connection.idleSinceNanos = nowNanos;
        }
        if (!descriptor.isOpen()) {
            return; // its task has something else to do
        }
        if (nowNanos - connection.idleSinceNanos >= idleNanos) {
            timedOut(connection, "no byte has moved for " + options.idleTimeout());
        } else if (nowNanos - connection.requestSinceNanos(nowNanos) >= headerNanos) {
            timedOut(connection, "the header of the request is not complete after " + options.headerTimeout());
        }
    }

    private void timedOut(Connection<S> connection, String message) {
        connection.cut = true;
        tell(connection.peer(), connection.peerText(), System.Logger.Level.DEBUG,
                new SocketTimeoutException(connection.peerText() + ": " + message));
        connection.socket().close();
    }

    /** Lets each connection end when it has answered the request that it has. */
    void drain() {
        for (Connection<S> connection = first; connection != null; connection = connection.next) {
            if (connection.socket().isOpen()) {
                DescriptorAccess.setDraining(connection.socket().descriptor());
            }
        }
        DescriptorAccess.endMarkedWaits(loop);
    }

    /** Ends all connections now. */
    void cutAll() {
        for (Connection<S> connection = first; connection != null;) {
            Connection<S> cut = connection;
            connection = connection.next; // a close takes the connection of a handler out of the list
            cut.cut = true;
            if (cut.task != null) {
                cut.task.cancel();
            }
            cut.socket().close();
        }
    }

    /**
     * Whether the current thread would hold what it waits for: it runs a callback of the loop, is the loop's own, or
     * serves one of the connections. On any thread.
     */
    boolean mustNotWait() {
        return DescriptorAccess.isInCallback(loop)
                || loop.isCurrent() && (!Thread.currentThread().isVirtual() || isServing());
    }

    private boolean isServing() {
        Task<?> current = Task.current();
        for (Connection<S> connection = first; connection != null; connection = connection.next) {
            if (connection.task == current) {
                return current != null;
            }
        }
        return false;
    }
}
