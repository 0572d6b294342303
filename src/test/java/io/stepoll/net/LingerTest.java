package io.stepoll.net;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.LoopGroup;
import io.stepoll.internal.sys.RawAddress;
import io.stepoll.internal.sys.Sockets;
import io.stepoll.support.LingeringSocket;
import io.stepoll.support.Looks;
import io.stepoll.support.RawSockets;
import io.stepoll.support.TaskResults;
import io.stepoll.support.ThreadsInClose;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The close of a socket with SO_LINGER and unsent data waits in the kernel. No loop waits there: while the peer reads
 * nothing, its close has returned, and another thread is in close(2).
 */
@Timeout(60)
class LingerTest extends SocketFixture {
    private static final int SECONDS = 20;
    private static final Map<SocketOption<?>, ?> LINGER = Map.of(StandardSocketOptions.SO_LINGER, SECONDS);
    private static final SocketAddress ANY_PORT = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

    /** How a socket gets its SO_LINGER. */
    enum Origin {
        SET, AT_CONNECT, INHERITED, INHERITED_FROM_AN_ADOPTED_LISTENER, SET_LATER_ON_AN_ADOPTED_LISTENER,
        SET_ON_A_SHARED_LISTENER, OWNED, ADOPTED;

        /** Returns two ends of a TCP connection: the one that lingers, on the loop, and the peer's number. */
        private Lingering open(EventLoop loop) throws Exception {
            if (this == INHERITED || this == INHERITED_FROM_AN_ADOPTED_LISTENER) {
                Listener bound = Listener.bind(loop, ANY_PORT, 10, LINGER);
                Listener listener = this == INHERITED ? bound : Listener.adopt(loop, bound.descriptor().disown());
                int peer = RawSockets.connect(RawAddress.local(listener.descriptor().fd()));
                Descriptor accepted = listener.descriptor().tryAccept();
                listener.close();
                return new Lingering(accepted, peer);
            }
            Listener listener = Listener.bind(loop, ANY_PORT);
            if (this == SET_LATER_ON_AN_ADOPTED_LISTENER) {
                return inheritedLater(Listener.adopt(loop, listener.descriptor().disown()));
            }
            if (this == SET_ON_A_SHARED_LISTENER) {
                listener.descriptor().share();
                return inheritedLater(listener);
            }
            StreamSocket socket = TaskResults.of(loop, loop.spawn(() -> StreamSocket.connecting(loop)
                    .options(this == AT_CONNECT ? LINGER : Map.of()).connect(listener.localAddress())));
            if (this == SET) {
                socket.setOption(StandardSocketOptions.SO_LINGER, SECONDS);
            }
            int peer = listener.descriptor().tryAccept().disown();
            listener.close();
            if (this != OWNED && this != ADOPTED) {
                return new Lingering(socket.descriptor(), peer);
            }
            int number = socket.descriptor().disown();
            Descriptor taken = this == OWNED ? loop.own(number) : loop.adopt(number);
            LingeringSocket.linger(number, SECONDS); // somebody who has it, too, may do that at any time
            return new Lingering(taken, peer);
        }
    }

    /** A connection of a listener for which somebody else, who has it, too, has set SO_LINGER. */
    private static Lingering inheritedLater(Listener listener) throws IOException {
        LingeringSocket.linger(listener.descriptor().fd(), SECONDS);
        int peer = RawSockets.connect(RawAddress.local(listener.descriptor().fd()));
        Descriptor accepted = listener.descriptor().tryAccept();
        listener.close();
        return new Lingering(accepted, peer);
    }

    /** A socket on the loop, full, and its peer, which has read nothing. */
    private record Lingering(Descriptor socket, int peer) {
        Lingering {
            try {
                while (socket.tryWrite(ByteBuffer.allocateDirect(1 << 20)) > 0) {
                    assertTrue(socket.isOpen());
                }
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }
    }

    /** Another thread is in close(2). Then the peer resets the connection, and that close is over. */
    private static void assertClosedElsewhere(int fd, int peer) throws Exception {
        Looks.until(() -> ThreadsInClose.isOfTheLibrary(fd));
        RawSockets.close(peer);
        Looks.until(() -> ThreadsInClose.of(fd).isEmpty());
    }

    @ParameterizedTest
    @EnumSource
    void theCloseDoesNotWait(Origin origin) throws Exception {
        Lingering lingering = origin.open(loop);
        int fd = lingering.socket.fd();
        lingering.socket.close();
        assertFalse(lingering.socket.isOpen());
        assertClosedElsewhere(fd, lingering.peer);
    }

    /** Somebody else may have a socket that was shared, and may set SO_LINGER of it. */
    @Test
    void sharedAndThenSet() throws Exception {
        try (Listener listener = Listener.bind(loop, ANY_PORT)) {
            int peer = RawSockets.connect(RawAddress.local(listener.descriptor().fd()));
            Lingering lingering = new Lingering(inTask(() -> listener.accept()).descriptor(), peer);
            lingering.socket.share();
            LingeringSocket.linger(lingering.socket.fd(), SECONDS);
            int fd = lingering.socket.fd();
            lingering.socket.close();
            assertClosedElsewhere(fd, peer);
        }
    }

    /** A connection inherits SO_LINGER when it is made, not when it is accepted. */
    @Test
    void takenBackBeforeTheAccept() throws Exception {
        try (Listener listener = Listener.bind(loop, ANY_PORT, 10, LINGER)) {
            int peer = RawSockets.connect(RawAddress.local(listener.descriptor().fd()));
            Looks.until(() -> Sockets.pollIn(listener.descriptor().fd()) > 0);
            listener.setOption(StandardSocketOptions.SO_LINGER, -1);
            Lingering lingering = new Lingering(inTask(() -> listener.accept()).descriptor(), peer);
            int fd = lingering.socket.fd();
            lingering.socket.close();
            assertClosedElsewhere(fd, peer);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"SET", "ADOPTED"})
    void theLoopsCloseDoesNotWait(Origin origin) throws Exception {
        Lingering lingering = origin.open(loop);
        int fd = lingering.socket.fd();
        loop.close();
        assertClosedElsewhere(fd, lingering.peer);
    }

    /** A connection that one loop accepts for another. */
    @Test
    void acceptedForAnotherLoop() throws Exception {
        CompletableFuture<Integer> closed = new CompletableFuture<>();
        ConnectionHandler<Void> handler = connection -> {
            Lingering lingering = new Lingering(connection.socket().descriptor(), 0);
            lingering.socket.close();
            closed.complete(lingering.socket.fd());
        };
        try (LoopGroup group = LoopGroup.open(1);
                Server server = Server.builder(group).handingOver().option(StandardSocketOptions.SO_LINGER,
                        SECONDS).serve(handler).open(ANY_PORT)) {
            int peer = RawSockets.connect(RawAddress.local(server.listeners().getFirst().descriptor().fd()));
            assertClosedElsewhere(closed.join(), peer);
        }
    }

    /** A listener that others have, too, costs its connections nothing but a question, as long as nobody lingers. */
    @Test
    void connectionsOfAListenerOfOthersAreClosedAtOnce() throws Exception {
        Listener bound = Listener.bind(loop, ANY_PORT);
        Listener shared = Listener.bind(loop, ANY_PORT);
        shared.descriptor().share();
        for (Listener listener : new Listener[] {Listener.adopt(loop, bound.descriptor().disown()), shared}) {
            int peer = RawSockets.connect(RawAddress.local(listener.descriptor().fd()));
            Descriptor accepted = inTask(() -> listener.accept()).descriptor();
            int fd = accepted.fd();
            accepted.close();
            assertFalse(RawSockets.isOpen(fd));
            RawSockets.close(peer);
            listener.close();
        }
    }

    /** The close of an ordinary socket is over when it returns: no other thread does it. */
    @Test
    void ordinarySocketsAreClosedAtOnce() throws Exception {
        Listener listener = Listener.bind(loop, ANY_PORT);
        StreamSocket socket = inTask(() -> StreamSocket.connect(loop, listener.localAddress()));
        Descriptor accepted = listener.descriptor().tryAccept();
        for (Descriptor ordinary : new Descriptor[] {socket.descriptor(), accepted, listener.descriptor(),
            StreamSocket.pair(loop)[0].descriptor()}) {
            int fd = ordinary.fd();
            ordinary.close();
            assertFalse(RawSockets.isOpen(fd));
        }
    }
}
