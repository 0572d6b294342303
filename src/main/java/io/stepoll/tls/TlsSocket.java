package io.stepoll.tls;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.SystemCallFailure;
import io.stepoll.internal.io.LoopDescriptor;
import io.stepoll.net.StreamChannel;
import io.stepoll.net.StreamSocket;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.security.cert.Certificate;
import java.time.Duration;
import java.util.Objects;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * A TLS connection over a {@link StreamSocket}, which {@link TlsClient} and {@link TlsServer} make. To a task it is a
 * blocking channel like that one. Its methods belong to the loop's thread.
 *
 * <p>The handshake is done by {@link #handshake}, or else by the first call that reads, writes, ends the output or
 * waits for a request. The engine's work of the handshake is done on other threads. A callback cannot wait, so the
 * methods with {@code try} need a handshake that is complete.
 *
 * <p><b>The end.</b> {@link #shutdownOutput} and {@link #close} send a close_notify, so that the peer can tell the end
 * from a connection that was cut off. When the peer ends the connection without one, a read throws
 * {@link MissingCloseNotifyException}. In TLS 1.3 each direction ends on its own. In TLS 1.2 the peer's close_notify
 * ends both, and a write after it throws a {@link io.stepoll.BrokenPipeException}.
 *
 * <p><b>Deadlines and cancels</b> leave the connection usable, the handshake included: the next call goes on where the
 * last one has ended. Bytes that a write has made into a record by then go later, by a task of the loop, and count as
 * written. While the descriptor has a handler no task can do that: then a {@link #tryWrite} sends them, of an empty
 * buffer if nothing else is to be written.
 *
 * <p>A peer's wish to renegotiate in TLS 1.2 is refused: it ends the connection with an {@link SSLException}. The
 * updates of keys in TLS 1.3 are done as they come.
 *
 * @since 0.1.0
 */
public final class TlsSocket implements StreamChannel {
    private final StreamSocket socket;
    private final LoopDescriptor descriptor;
    private final TlsStream stream;

    TlsSocket(StreamSocket socket, EngineSource source, TlsOptions options) {
        this.socket = socket;
        descriptor = LoopDescriptor.of(socket.descriptor());
        stream = new TlsStream(descriptor, source, options.executor(), options.allowsTruncation());
    }

    /** {@return the socket that carries the connection} Its options may be set; whatever reads or writes breaks it. */
    public StreamSocket socket() {
        return socket;
    }

    @Override
    public Descriptor descriptor() {
        return descriptor;
    }

    @Override
    public EventLoop loop() {
        return socket.loop();
    }

    @Override
    public @Nullable SocketAddress localAddress() {
        return socket.localAddress();
    }

    @Override
    public @Nullable SocketAddress remoteAddress() {
        return socket.remoteAddress();
    }

    /**
     * Does the handshake, waiting for the peer, if it is not complete. In a task.
     *
     * @throws SSLHandshakeException if the two ends do not agree, or one does not accept the certificate of the other
     *     one, or the peer closes the connection; the cause is the engine's exception. The connection is of no use then
     *     and should be closed.
     * @throws IOException as for all that wait; the handshake can go on after that
     */
    public void handshake() throws IOException {
        stream.handshake(EventLoop.NO_DEADLINE);
    }

    /**
     * Does the handshake, with a timeout; see {@link #handshake()}.
     *
     * @param timeout how long to wait for the peer
     * @throws IOException as there; {@link SocketTimeoutException} past the timeout
     */
    public void handshake(Duration timeout) throws IOException {
        stream.handshake(deadlineNanos(timeout));
    }

    /**
     * {@return the session: protocol, cipher suite, certificates}
     *
     * @throws IllegalStateException before the handshake is complete
     */
    public SSLSession session() {
        return engine("session").getSession();
    }

    /**
     * {@return the protocol that both ends have chosen by ALPN, {@code h2} for instance; empty for none}
     *
     * @throws IllegalStateException before the handshake is complete
     */
    public String applicationProtocol() {
        return Objects.requireNonNullElse(engine("applicationProtocol").getApplicationProtocol(), "");
    }

    /**
     * {@return the peer's certificate, and after it those that have signed it}
     *
     * @throws SSLPeerUnverifiedException if the peer has shown none, as a client that was not asked
     * @throws IllegalStateException before the handshake is complete
     */
    public Certificate[] peerCertificates() throws SSLPeerUnverifiedException {
        return session().getPeerCertificates();
    }

    /** The handshake, until a deadline of the loop's time. */
    void handshake(long deadlineNanos) throws IOException {
        stream.handshake(deadlineNanos);
    }

    private SSLEngine engine(String call) {
        return stream.engine(call);
    }

    /**
     * Reads, waiting if there is nothing. In a task.
     *
     * @param target where the bytes go; its position moves. One of 16 KiB takes the largest record without a copy.
     * @return how many bytes; -1 when the peer has ended its output; 0 if nothing remains in the target
     * @throws MissingCloseNotifyException if the connection has ended without a close_notify
     * @throws SSLException if the peer breaks the protocol, asks for a renegotiation, or sends many records in a row
     *     without a byte
     * @throws SSLHandshakeException as for {@link #handshake()}
     * @throws IOException a {@link SystemCallFailure}; a {@link java.nio.channels.ClosedChannelException}; or an
     *     {@link InterruptedIOException}
     */
    @Override
    public int read(ByteBuffer target) throws IOException {
        return (int) stream.read(new ByteBuffer[] {target}, 0, 1, EventLoop.NO_DEADLINE);
    }

    @Override
    public int read(ByteBuffer target, Duration timeout) throws IOException {
        return (int) stream.read(new ByteBuffer[] {target}, 0, 1, deadlineNanos(timeout));
    }

    @Override
    public long read(ByteBuffer[] targets) throws IOException {
        return read(targets, 0, targets.length);
    }

    @Override
    public long read(ByteBuffer[] targets, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, targets.length);
        return stream.read(targets, offset, length, EventLoop.NO_DEADLINE);
    }

    /**
     * Reads without waiting; see {@link #read(ByteBuffer)}. A handler of the descriptor should read until nothing is
     * left: it is called again for what comes, and not for what was decrypted already.
     *
     * @param target where the bytes go
     * @return how many bytes; -1 when the peer has ended its output; {@link Descriptor#WOULD_BLOCK} if there is nothing
     * @throws IOException as there
     * @throws IllegalStateException before the handshake is complete
     */
    @Override
    public int tryRead(ByteBuffer target) throws IOException {
        return (int) stream.tryRead(new ByteBuffer[] {target});
    }

    /**
     * Writes all that remains in a buffer, waiting whenever there is no room. In a task. Writes of several tasks wait
     * for each other.
     *
     * @param source what to write; its position moves with the bytes that went
     * @return how many bytes: all
     * @throws SSLException if the connection has failed
     * @throws SSLHandshakeException as for {@link #handshake()}
     * @throws IOException a {@link SystemCallFailure}: a {@link io.stepoll.BrokenPipeException} if nobody reads any
     *     more, or the output has ended; a {@link java.nio.channels.ClosedChannelException}; or an
     *     {@link InterruptedIOException}
     */
    @Override
    public int write(ByteBuffer source) throws IOException {
        return (int) stream.write(new ByteBuffer[] {source}, 0, 1, EventLoop.NO_DEADLINE);
    }

    @Override
    public int write(ByteBuffer source, Duration timeout) throws IOException {
        return (int) stream.write(new ByteBuffer[] {source}, 0, 1, deadlineNanos(timeout));
    }

    @Override
    public long write(ByteBuffer[] sources) throws IOException {
        return write(sources, 0, sources.length);
    }

    @Override
    public long write(ByteBuffer[] sources, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, sources.length);
        return stream.write(sources, offset, length, EventLoop.NO_DEADLINE);
    }

    /**
     * Writes without waiting; see {@link #write(ByteBuffer)}. A record that did not go as a whole counts as written,
     * and its rest goes first at the next call.
     *
     * @param source what to write; an empty buffer only lets go what is left
     * @return how many bytes; {@link Descriptor#WOULD_BLOCK} if there was no room for any, or for all that was left, or
     *     a task is within a write
     * @throws IOException as there
     * @throws IllegalStateException before the handshake is complete
     */
    @Override
    public int tryWrite(ByteBuffer source) throws IOException {
        return (int) stream.tryWrite(new ByteBuffer[] {source}, 0, 1);
    }

    @Override
    public long tryWrite(ByteBuffer[] sources, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, sources.length);
        return stream.tryWrite(sources, offset, length);
    }

    @Override
    public void awaitReadable() throws IOException {
        stream.awaitReadable(EventLoop.NO_DEADLINE);
    }

    @Override
    public void awaitReadable(Duration timeout) throws IOException {
        stream.awaitReadable(deadlineNanos(timeout));
    }

    /**
     * Waits for the next request of a client: until there is something to read, or the end, or the loop drains. A
     * server calls it between two requests on one connection. In a task.
     *
     * @return whether there is something to read, if only an end; false if there is not and the loop is draining, and
     *     then the connection is to be closed
     * @throws IOException as for {@link #read(ByteBuffer)}
     */
    @Override
    public boolean awaitRequest() throws IOException {
        return stream.awaitRequest(EventLoop.NO_DEADLINE);
    }

    @Override
    public boolean awaitRequest(Duration timeout) throws IOException {
        return stream.awaitRequest(deadlineNanos(timeout));
    }

    /**
     * Ends the output with a close_notify, behind what other tasks are writing: the peer comes to the end once it has
     * read everything. The socket's own output does not end. In a task.
     *
     * @throws IOException as for {@link #write(ByteBuffer)}
     */
    @Override
    public void shutdownOutput() throws IOException {
        stream.shutdownOutput(EventLoop.NO_DEADLINE);
    }

    /**
     * Ends the output as {@link #shutdownOutput} does, waits until the peer has ended its output, too, dropping what
     * comes until then, and closes. In a task. A peer that was told everything and has ended has lost nothing, which
     * {@link #close} cannot promise.
     *
     * @param timeout how long to wait
     * @throws IOException as for {@link #read(ByteBuffer)} and {@link #write(ByteBuffer)};
     *     {@link SocketTimeoutException} past the timeout. The socket is closed in any case.
     */
    public void close(Duration timeout) throws IOException {
        try {
            long deadlineNanos = deadlineNanos(timeout);
            stream.shutdownOutput(deadlineNanos);
            ByteBuffer[] dropped = {ByteBuffer.allocate(1 << 14)};
            while (stream.read(dropped, 0, 1, deadlineNanos) >= 0) {
                dropped[0].clear();
            }
        } finally {
            close();
        }
    }

    @Override
    public boolean isOpen() {
        return socket.isOpen();
    }

    /**
     * Closes the connection and its socket, after a close_notify if there is room for it at once. Tasks that wait get
     * an {@link java.nio.channels.AsynchronousCloseException}.
     */
    @Override
    public void close() {
        stream.close();
    }

    private long deadlineNanos(Duration timeout) {
        return descriptor.owner().deadlineNanos(timeout);
    }

    @Override
    public String toString() {
        return "TlsSocket[" + socket + "]";
    }
}
