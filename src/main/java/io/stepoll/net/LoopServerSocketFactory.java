package io.stepoll.net;

import io.stepoll.EventLoop;
import io.stepoll.LoopGroup;
import io.stepoll.internal.net.JavaSockets;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import javax.net.ServerSocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * Makes {@link ServerSocket}s for libraries that know nothing of loops. They accept sockets like those of
 * {@link LoopSocketFactory}, whose page says how any thread waits, and what an interrupt does.
 *
 * <p>When a loop is shut down in order, {@link ServerSocket#accept} takes the connections that wait there. Then the
 * server socket is closed.
 *
 * <p>The methods may be called from any thread.
 *
 * @since 0.1.0
 */
public final class LoopServerSocketFactory extends ServerSocketFactory {
    private static final LoopServerSocketFactory DEFAULT = new LoopServerSocketFactory();

    private final JavaSockets sockets;

    /** Makes a factory whose sockets serve all loops. */
    public LoopServerSocketFactory() {
        this(JavaSockets.withLoopOfTheirOwn());
    }

    /**
     * Makes a factory whose sockets serve all loops. Virtual threads that no loop carries wait by the loops of a group.
     *
     * @param group the group; once it is closed they wait by a loop of the library's own
     */
    public LoopServerSocketFactory(LoopGroup group) {
        this(JavaSockets.over(group));
    }

    /**
     * Makes a factory whose sockets serve all loops. Virtual threads that no loop carries wait by this one.
     *
     * @param loop the loop, which has to run for that; once it is closed they wait by a loop of the library's own
     */
    public LoopServerSocketFactory(EventLoop loop) {
        this(JavaSockets.over(loop));
    }

    private LoopServerSocketFactory(JavaSockets sockets) {
        this.sockets = sockets;
    }

    /** {@return a factory like that of the constructor without arguments, always the same one} */
    public static ServerSocketFactory getDefault() {
        return DEFAULT;
    }

    @Override
    public ServerSocket createServerSocket() throws IOException {
        return sockets.unbound();
    }

    @Override
    public ServerSocket createServerSocket(int port) throws IOException {
        return sockets.bound(port, 0, null);
    }

    @Override
    public ServerSocket createServerSocket(int port, int backlog) throws IOException {
        return sockets.bound(port, backlog, null);
    }

    @Override
    public ServerSocket createServerSocket(int port, int backlog, @Nullable InetAddress ifAddress) throws IOException {
        return sockets.bound(port, backlog, ifAddress);
    }
}
