package io.stepoll.net;

import io.stepoll.EventLoop;
import io.stepoll.LoopGroup;
import io.stepoll.internal.net.JavaSockets;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import javax.net.SocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * Makes {@link Socket}s for libraries that know nothing of loops. In a task such a socket waits in the task's own loop;
 * the JDK's own sockets wait by a thread of the JDK, which costs two changes of threads a wait. To a library the
 * sockets are the JDK's: options, timeouts, half-close, exceptions and their messages. Only urgent data is not sent.
 *
 * <p>Libraries that name a factory by its class use the constructor without arguments: pgjdbc by
 * {@code socketFactory=io.stepoll.net.LoopSocketFactory}, for instance.
 *
 * <p><b>Threads.</b> Any thread may use and close a socket, and each call waits where its thread waits:
 * <ul>
 * <li>a task, and a virtual thread that a task has started, in its loop. The socket stays on that loop, and a further
 *     wait costs no epoll_ctl(2). When the task of another loop goes on with the socket, the former loop lets it go;
 * <li>a platform thread in poll(2);
 * <li>any other virtual thread parks, and a loop waits in its place: one of those that the factory was given, else one
 *     that the library begins for that on a daemon thread;
 * <li>a callback of a loop must not wait: a call that would have to throws an {@link IllegalStateException}. What needs
 *     no wait works.
 * </ul>
 *
 * <p><b>Interrupts.</b> {@link io.stepoll.Task#cancel} and {@link EventLoop#within} end a wait by an
 * {@link java.io.InterruptedIOException}, and the socket stays open: no byte is lost. {@link Thread#interrupt} does
 * what it does to the JDK's own sockets: it closes the socket of a virtual thread that waits, and a platform thread
 * does not notice it.
 *
 * <p>A socket belongs to no loop, and the close of a loop does not close it. A socket that nobody has closed, and that
 * nobody can reach any more, is closed and reported in the log. A SOCKS proxy that the system properties name is not
 * used.
 *
 * <p>The methods may be called from any thread.
 *
 * @since 0.1.0
 */
public final class LoopSocketFactory extends SocketFactory {
    private static final LoopSocketFactory DEFAULT = new LoopSocketFactory();

    private final JavaSockets sockets;

    /** Makes a factory whose sockets serve all loops. */
    public LoopSocketFactory() {
        this(JavaSockets.withLoopOfTheirOwn());
    }

    /**
     * Makes a factory whose sockets serve all loops. Virtual threads that no loop carries wait by the loops of a group.
     *
     * @param group the group; once it is closed they wait by a loop of the library's own
     */
    public LoopSocketFactory(LoopGroup group) {
        this(JavaSockets.over(group));
    }

    /**
     * Makes a factory whose sockets serve all loops. Virtual threads that no loop carries wait by this one.
     *
     * @param loop the loop, which has to run for that; once it is closed they wait by a loop of the library's own
     */
    public LoopSocketFactory(EventLoop loop) {
        this(JavaSockets.over(loop));
    }

    private LoopSocketFactory(JavaSockets sockets) {
        this.sockets = sockets;
    }

    /** {@return a factory like that of the constructor without arguments, always the same one} */
    public static SocketFactory getDefault() {
        return DEFAULT;
    }

    @Override
    public Socket createSocket() throws IOException {
        return sockets.unconnected();
    }

    /**
     * Makes a socket and connects it. The look-up of the name does not hold the loop.
     *
     * @param host a name or an address; null for the loopback address
     * @param port the port, 0 to 65535
     * @return the socket
     * @throws UnknownHostException if nobody knows the name
     * @throws IOException if the connection fails
     * @throws IllegalStateException in a callback of a loop, if the call would have to wait
     */
    @Override
    public Socket createSocket(@Nullable String host, int port) throws IOException {
        return sockets.connected(host, port, null);
    }

    @Override
    public Socket createSocket(@Nullable String host, int port, @Nullable InetAddress localHost, int localPort)
            throws IOException {
        return sockets.connected(host, port, new InetSocketAddress(localHost, localPort));
    }

    @Override
    public Socket createSocket(InetAddress host, int port) throws IOException {
        return sockets.connected(host, port, null);
    }

    @Override
    public Socket createSocket(InetAddress address, int port, @Nullable InetAddress localAddress,
            int localPort) throws IOException {
        return sockets.connected(address, port, new InetSocketAddress(localAddress, localPort));
    }
}
