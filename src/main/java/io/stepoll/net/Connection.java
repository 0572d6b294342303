package io.stepoll.net;

import io.stepoll.EventLoop;
import io.stepoll.Task;
import io.stepoll.internal.jfr.ConnectionRecord;
import io.stepoll.internal.jfr.FlightRecords;
import io.stepoll.internal.net.DescriptorAccess;
import io.stepoll.internal.net.ProxyReader;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * A connection that a {@link Server} serves: its socket, and what the server knows of it. Its methods belong to the
 * loop's thread.
 *
 * <p><b>The header timeout.</b> With {@link ServerBuilder#headerTimeout} a protocol says where its requests begin and
 * where their headers are complete. The clock runs from the accept on, and stops at {@link #requestComplete}. It runs
 * again from {@link #requestBegins} on, which the protocol calls when the first bytes of the next request are there.
 *
 * @param <S> the state of the loop, see {@link ServerBuilder#perLoopState}
 * @since 0.1.0
 */
public final class Connection<S extends @Nullable Object> {
    private static final long NO_REQUEST = Long.MIN_VALUE;

    private final LoopConnections<S> owner;
    private final StreamSocket socket;

    /* The neighbours in the list of the loop's connections. LoopConnections keeps these and the fields below. */
    @Nullable Connection<S> previous;
    @Nullable Connection<S> next;

    /** The task that serves the connection; null once a handler does. */
    @Nullable Task<?> task;

    /** Whether the connection ends when its descriptor leaves the loop, and not with a task. */
    boolean handled;

    /** The header of the PROXY protocol, if it has named the addresses; else null. */
    @Nullable ProxyReader proxyHeader;

    /** Since when no byte has moved, as far as the looks have shown. */
    long idleSinceNanos;

    /** The server has cut the connection off: what its code throws then is no failure of its own. */
    boolean cut;

    /** What the flight recorder is told of the end; null for nothing. */
    final ConnectionRecord record = FlightRecords.connectionBegins();

    private long requestSinceNanos;

    Connection(LoopConnections<S> owner, StreamSocket socket, long nowNanos) {
        this.owner = owner;
        this.socket = socket;
        idleSinceNanos = nowNanos;
        requestSinceNanos = nowNanos;
    }

    /** {@return the socket, on the loop that serves the connection} */
    public StreamSocket socket() {
        return socket;
    }

    /** {@return the loop that the connection is on} */
    public EventLoop loop() {
        return owner.loop();
    }

    /** {@return the state of the loop; null if the server has none} */
    public S state() {
        return owner.state();
    }

    /**
     * {@return the address of the client; null for a Unix socket without a name}
     * It stays known when the client has gone. With the {@linkplain ProxyProtocol PROXY protocol} it is what the header
     * says, and {@link StreamSocket#remoteAddress} is the balancer's.
     */
    public @Nullable SocketAddress peer() {
        return DescriptorAccess.acceptedPeer(Addresses.CODEC, socket.descriptor());
    }

    /**
     * {@return the address that the client has connected to; null for a Unix socket without a name}
     * With the {@linkplain ProxyProtocol PROXY protocol} it is what the header says, else the socket's own, which is
     * null after a close.
     */
    public @Nullable SocketAddress local() {
        return proxyHeader == null ? socket.localAddress() : proxyHeader.destination(Addresses.CODEC);
    }

    /** {@return whether the addresses are those of a header of the PROXY protocol} */
    public boolean isProxied() {
        return proxyHeader != null;
    }

    /**
     * The first bytes of a request are there: the clock of the header timeout runs. Does nothing if it runs already, as
     * it does for the first request.
     */
    public void requestBegins() {
        if (requestSinceNanos == NO_REQUEST && owner.hasHeaderTimeout()) {
            requestSinceNanos = DescriptorAccess.nowNanos(loop());
        }
    }

    /** The header of the request is complete: the clock of the header timeout stops. */
    public void requestComplete() {
        requestSinceNanos = NO_REQUEST;
    }

    /**
     * {@return whether the server, or the whole loop, is ending: a protocol then answers the request that it has, and
     * closes the connection in place of waiting for a next one}
     */
    public boolean isDraining() {
        return socket.descriptor().isDraining();
    }

    /** {@return since when the header of a request is awaited; a time that is never past a timeout if none is} */
    long requestSinceNanos(long nowNanos) {
        return requestSinceNanos == NO_REQUEST ? nowNanos : requestSinceNanos;
    }

    /** The address of the client as text, for names and messages. */
    String peerText() {
        return DescriptorAccess.acceptedPeerText(socket.descriptor());
    }

    @Override
    public String toString() {
        return "Connection[" + peerText() + "]";
    }
}
