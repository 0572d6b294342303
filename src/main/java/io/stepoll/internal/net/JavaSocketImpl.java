package io.stepoll.internal.net;

import io.stepoll.internal.io.LoopDescriptors;
import io.stepoll.internal.io.RoamingSocket;
import io.stepoll.internal.sys.Datagrams;
import io.stepoll.internal.sys.Descriptors;
import io.stepoll.internal.sys.Errno;
import io.stepoll.internal.sys.RawAddress;
import io.stepoll.internal.sys.Sockets;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketImpl;
import java.net.SocketOption;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ClosedChannelException;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * What is behind a {@link java.net.Socket} or {@link java.net.ServerSocket} of this library. States, exceptions and
 * messages are those of the JDK's own sockets, with one difference: urgent data is not sent.
 */
final class JavaSocketImpl extends SocketImpl {
    /* state, changed under the monitor of this, which is held for a moment only:
     *   NEW          there is no socket yet
     *   UNCONNECTED  there is one, which may be bound, and listen
     *   CONNECTING   a connect goes on
     *   CONNECTED    to a peer
     *   CLOSED       for good */
    private enum State {
        NEW,
        UNCONNECTED,
        CONNECTING,
        CONNECTED,
        CLOSED
    }

    private static final int DEFAULT_BACKLOG = 50;

    private final boolean server;
    private final Supplier<LoopDescriptors> loopForForeigners;
    private volatile State state = State.NEW;
    private volatile RoamingSocket socket;
    private volatile int timeoutMillis;
    private volatile boolean inputShutDown;
    private volatile boolean ended; // a read has found the end, and each further one does, even after the close
    private volatile boolean reset;

    /**
     * @param server whether it is for a {@link java.net.ServerSocket}
     * @param loopForForeigners where virtual threads wait that no loop carries
     */
    JavaSocketImpl(boolean server, Supplier<LoopDescriptors> loopForForeigners) {
        this.server = server;
        this.loopForForeigners = loopForForeigners;
    }

    @Override
    protected synchronized void create(boolean stream) throws IOException {
        if (!stream) {
            throw new IOException("Datagram socket creation not supported");
        }
        if (state != State.NEW) {
            throw new IOException("Already created");
        }
        int fd = JavaFailures.check(Sockets.socket(InetFamily.NUMBER, Sockets.SOCK_STREAM));
        try {
            if (InetFamily.NUMBER == Sockets.AF_INET6) {
                JavaFailures.check(Sockets.setIntOption(fd, Datagrams.IPPROTO_IPV6, Datagrams.IPV6_V6ONLY, 0));
            }
            if (server) {
                JavaFailures.check(Sockets.setIntOption(fd, Sockets.SOL_SOCKET, Sockets.SO_REUSEADDR, 1));
            }
            socket = new RoamingSocket(fd, this, loopForForeigners);
        } catch (IOException | RuntimeException | Error e) {
            Descriptors.close(fd);
            throw e;
        }
        state = State.UNCONNECTED;
    }

    /** The socket; throws if there is none, or none any more. */
    private RoamingSocket open() throws SocketException {
        return switch (state) {
            case NEW -> throw new SocketException("Socket not created");
            case CLOSED -> throw JavaFailures.closed();
            default -> socket;
        };
    }

    private RoamingSocket connected() throws SocketException {
        return switch (state) {
            case CONNECTED -> socket;
            case CLOSED -> throw JavaFailures.closed();
            default -> throw new SocketException("Not connected");
        };
    }

    @Override
    protected void connect(String host, int port) throws IOException {
        connect(new InetSocketAddress(host, port), 0);
    }

    @Override
    protected void connect(InetAddress host, int port) throws IOException {
        connect(new InetSocketAddress(host, port), 0);
    }

    @Override
    protected void connect(SocketAddress remote, int millis) throws IOException {
        if (!(remote instanceof InetSocketAddress inet)) {
            throw new IOException("Unsupported address type");
        }
        if (inet.isUnresolved()) {
            throw new UnknownHostException(inet.getHostName());
        }
        try {
            InetAddress host = inet.getAddress();
            connectTo(host.isAnyLocalAddress() ? HostNames.localHost() : host, inet.getPort(), millis);
        } catch (IOException e) {
            close();
            if (e instanceof InterruptedIOException && !(e instanceof SocketTimeoutException)
                    && Thread.currentThread().isInterrupted()) {
                throw new SocketException("Closed by interrupt");
            }
            throw e;
        }
    }

    private void connectTo(InetAddress host, int newPort, int millis) throws IOException {
        RoamingSocket connecting = beginConnect(host, newPort);
        boolean succeeded = false;
        try {
            RawAddress raw = InetFamily.raw(host, newPort);
            int result = connecting.use(fd -> NewSockets.connect(fd, raw));
            if (result == -Errno.EINPROGRESS || result == -Errno.EINTR) {
                awaitConnected(connecting, millis);
            } else {
                JavaFailures.check(result);
            }
            succeeded = true;
        } catch (ClosedChannelException e) {
            throw JavaFailures.closed();
        } finally {
            endConnect(connecting, succeeded);
        }
    }

    private static void awaitConnected(RoamingSocket connecting, int millis) throws IOException {
        try {
            connecting.awaitConnected(TimeUnit.MILLISECONDS.toNanos(millis));
        } catch (SocketTimeoutException e) {
            throw new SocketTimeoutException("Connect timed out");
        } catch (IOException e) {
            throw JavaFailures.ofConnect(e, millis);
        }
    }

    private synchronized RoamingSocket beginConnect(InetAddress host, int newPort) throws SocketException {
        switch (state) {
            case NEW -> throw new SocketException("Not created");
            case CONNECTING -> throw new SocketException("Connection in progress");
            case CONNECTED -> throw new SocketException("Already connected");
            case CLOSED -> throw JavaFailures.closed();
            case UNCONNECTED -> state = State.CONNECTING;
        }
        address = host;
        port = newPort;
        return socket;
    }

    private synchronized void endConnect(RoamingSocket connecting, boolean succeeded) throws IOException {
        if (state == State.CLOSED) {
            throw JavaFailures.closed();
        }
        if (succeeded) {
            localport = InetFamily.localPort(connecting);
            state = State.CONNECTED;
            connecting.comeToVirtualTime();
        }
    }

    @Override
    protected synchronized void bind(InetAddress host, int newPort) throws IOException {
        RoamingSocket bound = open();
        if (localport != 0) {
            throw new SocketException("Already bound");
        }
        RawAddress raw = InetFamily.raw(host, newPort);
        JavaFailures.check(JavaFailures.use(bound, fd -> NewSockets.bind(fd, raw)));
        address = host; // even where the kernel has another one: :: for 0.0.0.0
        localport = InetFamily.localPort(bound);
    }

    @Override
    protected synchronized void listen(int backlog) throws IOException {
        RoamingSocket listening = open();
        if (localport == 0) {
            throw new SocketException("Not bound");
        }
        JavaFailures.check(JavaFailures.use(listening,
                fd -> Sockets.listen(fd, backlog < 1 ? DEFAULT_BACKLOG : backlog)));
        listening.comeToVirtualTime();
    }

    @Override
    protected void accept(SocketImpl accepted) throws IOException {
        if (!(accepted instanceof JavaSocketImpl connection)) {
            throw new IOException("An instance of " + getClass() + " cannot accept a connection with an instance of "
                    + accepted.getClass());
        }
        if (connection.state != State.NEW) {
            throw new SocketException("Not a newly created SocketImpl");
        }
        RoamingSocket listening = open();
        if (localport == 0) {
            throw new SocketException("Not bound");
        }
        try {
            byte[] peer = new byte[Sockets.STORAGE_SIZE];
            connection.begin(listening.accept(peer, timeoutNanos()), peer);
        } catch (SocketTimeoutException e) {
            throw new SocketTimeoutException("Accept timed out");
        } catch (IOException e) {
            throw JavaFailures.of(e);
        }
    }

    /** Takes over the number of an accepted connection. */
    private synchronized void begin(int fd, byte[] rawPeer) throws IOException {
        try {
            RawAddress peer = RawAddress.read(ByteBuffer.wrap(rawPeer).order(ByteOrder.nativeOrder()), rawPeer.length);
            localport = RawAddress.local(fd).port();
            address = peer.inetAddress();
            port = peer.port();
            socket = new RoamingSocket(fd, this, loopForForeigners);
        } catch (RuntimeException | Error e) {
            Descriptors.close(fd);
            throw e;
        }
        state = State.CONNECTED;
        try {
            socket.comeToVirtualTime();
        } catch (IOException | RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    private long timeoutNanos() {
        return TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
    }

    @Override
    protected InputStream getInputStream() {
        return new Input();
    }

    @Override
    protected OutputStream getOutputStream() {
        return new Output();
    }

    /** {@link java.net.Socket} wraps it, and turns an interrupt into a close. */
    private final class Input extends InputStream {
        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
        }

        @Override
        public int read(byte[] array, int offset, int length) throws IOException {
            Objects.checkFromIndexSize(offset, length, array.length);
            return length == 0 ? 0 : readSome(array, offset, length);
        }

        @Override
        public int available() throws IOException {
            return JavaSocketImpl.this.available();
        }

        @Override
        public void close() throws IOException {
            JavaSocketImpl.this.close();
        }
    }

    private final class Output extends OutputStream {
        @Override
        public void write(int one) throws IOException {
            write(new byte[] {(byte) one}, 0, 1);
        }

        @Override
        public void write(byte[] array, int offset, int length) throws IOException {
            Objects.checkFromIndexSize(offset, length, array.length);
            if (length > 0) {
                writeAll(array, offset, length);
            }
        }

        @Override
        public void close() throws IOException {
            JavaSocketImpl.this.close();
        }
    }

    private int readSome(byte[] array, int offset, int length) throws IOException {
        if (ended) {
            return -1;
        }
        RoamingSocket reading = connected();
        if (reset) {
            throw JavaFailures.reset(null);
        }
        if (inputShutDown) {
            ended = true;
            return -1;
        }
        try {
            int count = reading.read(array, offset, length, timeoutNanos());
            ended = count == 0;
            return ended ? -1 : count;
        } catch (SocketTimeoutException e) {
            throw new SocketTimeoutException("Read timed out");
        } catch (IOException e) {
            reset = JavaFailures.isReset(e);
            throw reset ? JavaFailures.reset(e) : JavaFailures.of(e);
        }
    }

    private void writeAll(byte[] array, int offset, int length) throws IOException {
        try {
            connected().write(array, offset, length);
        } catch (IOException e) {
            throw JavaFailures.of(e);
        }
    }

    @Override
    protected int available() throws IOException {
        RoamingSocket reading = connected();
        return inputShutDown ? 0 : JavaFailures.check(JavaFailures.use(reading, Sockets::available));
    }

    @Override
    protected void shutdownInput() throws IOException {
        shutdown(Sockets.SHUT_RD);
        inputShutDown = true;
    }

    @Override
    protected void shutdownOutput() throws IOException {
        shutdown(Sockets.SHUT_WR);
    }

    private void shutdown(int how) throws IOException {
        int result = JavaFailures.use(connected(), fd -> Sockets.shutdown(fd, how));
        if (result != -Errno.ENOTCONN) { // the peer has reset the connection
            JavaFailures.check(result);
        }
    }

    @Override
    protected boolean supportsUrgentData() {
        return false;
    }

    @Override
    protected void sendUrgentData(int data) throws IOException {
        throw new SocketException("Urgent data not supported");
    }

    @Override
    protected void close() {
        State before;
        synchronized (this) {
            before = state;
            state = State.CLOSED;
        }
        if (before != State.CLOSED && before != State.NEW) {
            socket.close(before == State.CONNECTED);
        }
    }

    @Override
    protected Set<SocketOption<?>> supportedOptions() {
        return JavaOptions.supported(server);
    }

    @Override
    protected <T> void setOption(SocketOption<T> option, T value) throws IOException {
        if (!supportedOptions().contains(option)) {
            throw new UnsupportedOperationException("'" + option + "' not supported");
        }
        if (!option.type().isInstance(value)) {
            throw new IllegalArgumentException("Invalid value '" + value + "'");
        }
        JavaOptions.set(open(), option, value);
    }

    @Override
    protected <T> T getOption(SocketOption<T> option) throws IOException {
        if (!supportedOptions().contains(option)) {
            throw new UnsupportedOperationException("'" + option + "' not supported");
        }
        return JavaOptions.get(open(), option);
    }

    @Override
    public void setOption(int number, Object value) throws SocketException {
        RoamingSocket open = open();
        if (number == SO_TIMEOUT) {
            timeoutMillis = JavaOptions.timeout(value);
        } else {
            JavaOptions.set(open, number, value);
        }
    }

    @Override
    public Object getOption(int number) throws SocketException {
        RoamingSocket open = open();
        return number == SO_TIMEOUT ? (Object) timeoutMillis : JavaOptions.get(open, number);
    }
}
