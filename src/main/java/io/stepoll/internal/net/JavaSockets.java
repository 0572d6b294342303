package io.stepoll.internal.net;

import io.stepoll.EventLoop;
import io.stepoll.LoopGroup;
import io.stepoll.internal.io.LoopDescriptors;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.util.Objects;
import java.util.function.Supplier;

/** Makes the sockets of the two factories. From any thread. */
public final class JavaSockets {
    private static final int LAST_PORT = 0xFFFF;

    private final Supplier<LoopDescriptors> loopForForeigners;

    private JavaSockets(Supplier<LoopDescriptors> loopForForeigners) {
        this.loopForForeigners = loopForForeigners;
    }

    /** Virtual threads that no loop carries wait by a loop of the library's own. */
    public static JavaSockets withLoopOfTheirOwn() {
        return new JavaSockets(ForeignersLoop::get);
    }

    /** They wait by the loops of a group, in turn. */
    public static JavaSockets over(LoopGroup group) {
        Objects.requireNonNull(group, "group");
        return new JavaSockets(() -> orTheirOwn(nextOf(group)));
    }

    /** They wait by this loop. */
    public static JavaSockets over(EventLoop loop) {
        LoopDescriptors descriptors = LoopDescriptors.of(Objects.requireNonNull(loop, "loop"));
        return new JavaSockets(() -> orTheirOwn(descriptors));
    }

    private static LoopDescriptors nextOf(LoopGroup group) {
        try {
            return LoopDescriptors.of(group.next());
        } catch (IllegalStateException closed) {
            return null;
        }
    }

    /** A socket may outlive the loops that it was made for. */
    private static LoopDescriptors orTheirOwn(LoopDescriptors loop) {
        return loop == null || loop.isClosing() ? ForeignersLoop.get() : loop;
    }

    /** A socket that is not connected. */
    public Socket unconnected() throws IOException {
        return new JavaSocket(loopForForeigners);
    }

    /**
     * Looks a host up and connects to its first address. The look-up does not hold a loop.
     *
     * @param host null for the loopback address
     * @param local to bind to; null for whatever the kernel chooses
     */
    public Socket connected(String host, int port, SocketAddress local) throws IOException {
        return connected(HostNames.address(host, port), local);
    }

    /** Connects to an address. */
    public Socket connected(InetAddress host, int port, SocketAddress local) throws IOException {
        return connected(new InetSocketAddress(Objects.requireNonNull(host, "host"), port), local);
    }

    private Socket connected(InetSocketAddress remote, SocketAddress local) throws IOException {
        Socket socket = unconnected();
        try {
            if (local != null) {
                socket.bind(local);
            }
            socket.connect(remote);
        } catch (Throwable e) {
            try {
                socket.close();
            } catch (IOException failedClose) {
                e.addSuppressed(failedClose);
            }
            throw e;
        }
        return socket;
    }

    /** A server socket that is not bound. */
    public ServerSocket unbound() {
        return new JavaServerSocket(loopForForeigners);
    }

    /** A server socket that listens at a port; the address may be null, for all. */
    public ServerSocket bound(int port, int backlog, InetAddress address) throws IOException {
        if (port < 0 || port > LAST_PORT) {
            throw new IllegalArgumentException("Port value out of range: " + port);
        }
        ServerSocket socket = unbound();
        try {
            socket.bind(new InetSocketAddress(address, port), backlog);
        } catch (IOException e) {
            socket.close();
            throw e;
        }
        return socket;
    }
}
