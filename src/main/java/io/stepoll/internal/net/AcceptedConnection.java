package io.stepoll.internal.net;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.internal.io.DescriptorKind;
import io.stepoll.internal.io.LoopDescriptor;
import io.stepoll.internal.io.LoopDescriptors;
import io.stepoll.internal.sys.Options;
import io.stepoll.internal.sys.RawAddress;
import io.stepoll.internal.sys.Scratch;
import io.stepoll.internal.sys.Sockets;
import java.io.IOException;
import java.net.SocketAddress;

/**
 * A connection that was accepted and is on no loop yet. Whoever has it puts it on a loop, closes or resets it, once.
 * Any thread may have it.
 */
public final class AcceptedConnection {
    private final int fd;
    private final DescriptorKind kind;
    private final boolean closeMayWait;
    private final RawAddress peer;

    private AcceptedConnection(int fd, DescriptorKind kind, boolean closeMayWait, RawAddress peer) {
        this.fd = fd;
        this.kind = kind;
        this.closeMayWait = closeMayWait;
        this.peer = peer;
    }

    /** Accepts a connection that waits already; null if none does. In a task of the listener's loop. */
    public static AcceptedConnection of(Descriptor listener) throws IOException {
        LoopDescriptor accepting = LoopDescriptor.of(listener);
        int fd = accepting.acceptWaiting();
        return fd == Descriptor.WOULD_BLOCK ? null : new AcceptedConnection(fd, accepting.connectionKind(),
                accepting.connectionCloseMayWait(fd), accepting.peerOf(fd));
    }

    /** Waits until a connection waits to be accepted. In a task of the listener's loop. */
    public static void await(Descriptor listener) throws IOException {
        LoopDescriptor.of(listener).awaitConnection();
    }

    /** The address of the peer; null for one without a name. */
    public SocketAddress peer(AddressCodec codec) {
        return codec.of(peer);
    }

    /** The address of the peer for the name of a task: {@code tcp:host:port}. */
    public String text() {
        return peer == null ? "unix:" : peer.toText();
    }

    /** Puts the connection on a loop. On that loop's thread. If that fails the connection stays the caller's. */
    public Descriptor putOn(EventLoop loop) throws IOException {
        return LoopDescriptors.of(loop).takeAccepted(fd, kind, closeMayWait, peer);
    }

    /** Closes the connection. */
    public void close() {
        DescriptorAccess.close(fd, closeMayWait);
    }

    /**
     * Closes the connection so that a TCP peer gets a reset at once, and this side keeps nothing of it: SO_LINGER of 0
     * seconds, see socket(7). Such a close does not wait.
     */
    public void reset() {
        try (Scratch memory = new Scratch(Options.LINGER_SIZE)) {
            memory.buffer().putInt(Options.LINGER_ON, 1).putInt(Options.LINGER_SECONDS, 0);
            Options.set(fd, Sockets.SOL_SOCKET, Options.SO_LINGER, memory.address(), Options.LINGER_SIZE);
        }
        close();
    }
}
