package io.stepoll;

import io.stepoll.internal.sys.Sockets;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A file descriptor that an event loop owns, from {@link EventLoop#adopt}, {@link EventLoop#own} or {@link #accept} to
 * {@link #disown} or {@link #close}. Its methods belong to the loop's thread and the loop's tasks.
 *
 * <p><b>Waiting.</b> A method without {@code try} may suspend its task, so callbacks must not call it: it throws
 * {@link IllegalStateException} there. A timeout, where a method takes one, counts as for {@link EventLoop#callLater};
 * past it the method throws a {@link java.net.SocketTimeoutException}, and the descriptor stays usable. An interrupt
 * ends the wait with an {@link java.io.InterruptedIOException}, and a close with a
 * {@link java.nio.channels.AsynchronousCloseException}. A method with {@code try} never waits: it returns
 * {@link #WOULD_BLOCK}, or null in place of an object, where its counterpart would wait.
 *
 * <p><b>Writing.</b> A write of a task is whole: no other write comes into its middle. Tasks that write meanwhile wait
 * for their turn, first come first served, and their timeouts count from the call. A task that times out or is
 * interrupted before its turn has written nothing. If a write ends in its middle, by a timeout for instance, its
 * exception says how much has gone, and the next one goes on behind that. While a task is within a write, a method that
 * never waits writes nothing and answers as if there were no room.
 *
 * <p><b>Buffers.</b> A buffer belongs to a call until the call returns. If another thread uses it meanwhile, no call
 * reads or writes outside of the buffer, and the bytes that were moved may be lost:
 * <ul>
 * <li>A {@link java.util.ConcurrentModificationException} if another thread has moved position or limit. A buffer that
 *     was moved and moved back goes unnoticed.
 * <li>An {@link IllegalStateException} if the arena of the buffer's memory is closed, and a
 *     {@link WrongThreadException} if the arena is another thread's alone.
 * <li>A {@link SystemCallFailure}, EFAULT, if the buffer is a mapped file that was cut off.
 * </ul>
 *
 * <p><b>Failures</b> of system calls are {@link SystemCallFailure}s, which name the call, the errno and the address.
 * After {@link #close} and {@link #disown} all methods but {@link #fd}, {@link #loop} and {@link #isOpen} throw a
 * {@link java.nio.channels.ClosedChannelException}.
 *
 * @since 0.1.0
 */
public interface Descriptor extends AutoCloseable {
    /** What a method that never waits returns where it would have to wait. The end of a stream is -1. */
    int WOULD_BLOCK = -2;

    /** A flag of recv(2) and send(2): do not wait. */
    int MSG_DONTWAIT = Sockets.MSG_DONTWAIT;

    /** A flag of recv(2): what is received stays in the socket. */
    int MSG_PEEK = Sockets.MSG_PEEK;

    /** {@return the number of the descriptor} */
    int fd();

    /** {@return the loop that owns it} */
    EventLoop loop();

    /** {@return whether the loop still owns it} */
    boolean isOpen();

    /**
     * {@return whether the loop drains, or the {@code Server} is closed that has accepted this connection}
     * A protocol then answers the request that it has, and closes the connection in place of waiting for a next one.
     */
    boolean isDraining();

    /** {@return whether it is a connection that a listener of this library has accepted: a client's} */
    boolean isAccepted();

    /**
     * Closes the descriptor, if that was not done before. Tasks that wait for it get an
     * {@link java.nio.channels.AsynchronousCloseException}.
     *
     * <p>Where close(2) may wait, another thread calls it, and the number is free a moment after this method returns:
     * for a socket with SO_LINGER, for a TCP socket from {@link EventLoop#adopt} or {@link EventLoop#own}, since others
     * may set SO_LINGER there, and for a Unix socket to which descriptors may be passed. Any other descriptor is closed
     * when the method returns. The numbers 0, 1 and 2 of the standard streams stay in use: /dev/null takes the place
     * of what a loop has taken over there and closed.
     *
     * @throws WrongThreadException if another thread than the loop's calls
     */
    @Override
    void close();

    /**
     * Takes the descriptor off the loop, open, with the O_NONBLOCK that it had before. Tasks that wait for it get an
     * {@link java.nio.channels.AsynchronousCloseException}. A descriptor that was passed on while it was on the loop,
     * see {@link #share}, stays non-blocking: the flag belongs to the open file, and whoever else has the file would
     * block without it.
     *
     * @return its number, which belongs to the caller now
     * @throws IOException if it was closed or disowned before
     */
    int disown() throws IOException;

    /**
     * Tells the loop that somebody else has the descriptor, too: it was passed to another process, inherited or
     * duplicated. The loop handles it from now on as one from {@link EventLoop#adopt}: a wait ends only when this
     * process can read or write, whatever the other one has taken, and no event comes after the close here while the
     * other one goes on. Passing a descriptor by a socket of this library on the same loop does this by itself.
     *
     * @throws IOException a {@link SystemCallFailure} of epoll_ctl(2)
     */
    void share() throws IOException;

    /**
     * Accepts a connection, waiting for one if there is none; see accept(2). Connections that left before they were
     * accepted are passed over. Where descriptors or memory have run out, it waits until there are some again. So it
     * does where each call is refused, by a filter of system calls (EPERM) for instance: the log says so once, and the
     * call is tried again at intervals that grow to 320 ms.
     *
     * @return the connection
     * @throws IOException a {@link SystemCallFailure}; a {@link ListenerStoppedException} if a shutdown has stopped the
     *     listener; or as for all that wait. The listener stays usable.
     */
    Descriptor accept() throws IOException;

    /**
     * Accepts a connection, with a timeout; see {@link #accept()}.
     *
     * @param timeout how long to wait
     * @return the connection
     * @throws IOException as there; {@link java.net.SocketTimeoutException} past the timeout
     */
    Descriptor accept(Duration timeout) throws IOException;

    /**
     * {@return a connection, without waiting; null if there is none, or no descriptor for it}
     *
     * @throws IOException as for {@link #accept()}
     */
    @Nullable Descriptor tryAccept() throws IOException;

    /**
     * Reads what is there, waiting for something if there is nothing; see recv(2), and read(2) for what is no socket.
     *
     * @param target where the bytes go, at most as many as remain in it; its position moves. The rest of a longer
     *     datagram is lost, which the classes of io.stepoll.net report.
     * @return how many bytes came; -1 at the end of the stream; 0 if nothing remains in the target
     * @throws IOException as for all that wait
     * @throws IllegalArgumentException if the target is read-only
     */
    int read(ByteBuffer target) throws IOException;

    /**
     * Reads, with a timeout; see {@link #read(ByteBuffer)}.
     *
     * @param target where the bytes go
     * @param timeout how long to wait
     * @return how many bytes came; -1 at the end of the stream; 0 if nothing remains in the target
     * @throws IOException as there; {@link java.net.SocketTimeoutException} past the timeout
     */
    int read(ByteBuffer target, Duration timeout) throws IOException;

    /**
     * Reads without waiting.
     *
     * @param target where the bytes go
     * @return how many bytes came; -1 at the end of the stream; {@link #WOULD_BLOCK} if there is nothing; 0 if nothing
     *     remains in the target
     * @throws IOException as for {@link #read(ByteBuffer)}
     */
    int tryRead(ByteBuffer target) throws IOException;

    /**
     * Reads into several buffers, each filled before the next, waiting for something if there is nothing; see readv(2).
     *
     * @param targets where the bytes go
     * @param offset of the first buffer
     * @param length how many buffers
     * @return how many bytes came; -1 at the end of the stream; 0 if nothing remains in any buffer
     * @throws IOException as for {@link #read(ByteBuffer)}
     */
    long read(ByteBuffer[] targets, int offset, int length) throws IOException;

    /**
     * Reads into several buffers, with a timeout; see {@link #read(ByteBuffer[], int, int)}.
     *
     * @param targets where the bytes go
     * @param offset of the first buffer
     * @param length how many buffers
     * @param timeout how long to wait
     * @return as there
     * @throws IOException as there; {@link java.net.SocketTimeoutException} past the timeout
     */
    long read(ByteBuffer[] targets, int offset, int length, Duration timeout) throws IOException;

    /**
     * Writes all that remains in a buffer, waiting for room whenever there is none; see send(2), and write(2) for what
     * is no socket.
     *
     * @param source what to write; its position moves with what has gone, also when an exception ends the call
     * @return how many bytes went: all
     * @throws IOException as for all that wait; a {@link BrokenPipeException} if nobody reads any more.
     *     {@link SystemCallFailure#bytesTransferred}, or {@link java.io.InterruptedIOException#bytesTransferred}, says
     *     how many bytes had gone.
     */
    int write(ByteBuffer source) throws IOException;

    /**
     * Writes all, with a timeout; see {@link #write(ByteBuffer)}.
     *
     * @param source what to write
     * @param timeout how long to wait, for all of it together
     * @return how many bytes went: all
     * @throws IOException as there; {@link java.net.SocketTimeoutException} past the timeout, which says how many went
     */
    int write(ByteBuffer source, Duration timeout) throws IOException;

    /**
     * Writes without waiting, as much as there is room for.
     *
     * @param source what to write; its position moves with what has gone
     * @return how many bytes went; {@link #WOULD_BLOCK} if there was no room for any, or a task is within a write; 0 if
     *     nothing remains in the source
     * @throws IOException as for {@link #write(ByteBuffer)}
     */
    int tryWrite(ByteBuffer source) throws IOException;

    /**
     * Writes all of several buffers, one after the other, waiting for room whenever there is none; see writev(2).
     *
     * @param sources what to write
     * @param offset of the first buffer
     * @param length how many buffers
     * @return how many bytes went: all
     * @throws IOException as for {@link #write(ByteBuffer)}
     */
    long write(ByteBuffer[] sources, int offset, int length) throws IOException;

    /**
     * Writes all of several buffers, with a timeout; see {@link #write(ByteBuffer[], int, int)}.
     *
     * @param sources what to write
     * @param offset of the first buffer
     * @param length how many buffers
     * @param timeout how long to wait, for all of it together
     * @return how many bytes went: all
     * @throws IOException as there; {@link java.net.SocketTimeoutException} past the timeout, which says how many went
     */
    long write(ByteBuffer[] sources, int offset, int length, Duration timeout) throws IOException;

    /**
     * Writes several buffers without waiting, one after the other, as much as there is room for.
     *
     * @param sources what to write; their positions move with what has gone
     * @param offset of the first buffer
     * @param length how many buffers
     * @return as {@link #tryWrite(ByteBuffer)}
     * @throws IOException as for {@link #write(ByteBuffer)}
     */
    long tryWrite(ByteBuffer[] sources, int offset, int length) throws IOException;

    /**
     * Receives as recv(2) does with these flags. With the flags 0 it waits, and is {@link #read(ByteBuffer)}; with any
     * others it never waits.
     *
     * @param target where the bytes go
     * @param flags of recv(2)
     * @return how many bytes came; -1 at the end of the stream
     * @throws WouldBlockException if there is nothing and the flags are not 0
     * @throws IllegalArgumentException if MSG_OOB is among the flags: urgent data is neither sent nor received; or
     *     MSG_TRUNC on a stream, where it would drop bytes
     * @throws IOException as for {@link #read(ByteBuffer)}
     */
    int recv(ByteBuffer target, int flags) throws IOException;

    /**
     * Sends as send(2) does with these flags. With the flags 0 it waits, and is {@link #write(ByteBuffer)}; with any
     * others it never waits.
     *
     * @param source what to send
     * @param flags of send(2)
     * @return how many bytes went: all
     * @throws WouldBlockException if not all could go, or a task is within a write, and the flags are not 0; it says
     *     how many went
     * @throws IllegalArgumentException if MSG_OOB is among the flags: urgent data is neither sent nor received
     * @throws IOException as for {@link #write(ByteBuffer)}
     */
    int send(ByteBuffer source, int flags) throws IOException;

    /**
     * Makes a system call of the caller's own. As long as the call answers EAGAIN the task waits for the descriptor to
     * be ready, then the call is made again. A call that needs {@link Interest#WRITE} has its turn as a write has.
     *
     * @param interest what readiness the call needs
     * @param name of the call, for messages
     * @param call the call
     * @return the result of the call
     * @throws IOException a {@link SystemCallFailure} with the errno of the call; or as for all that wait
     */
    long perform(Interest interest, String name, SystemCall call) throws IOException;

    /**
     * Makes a system call of the caller's own, with a timeout; see {@link #perform(Interest, String, SystemCall)}.
     *
     * @param interest what readiness the call needs
     * @param name of the call, for messages
     * @param call the call
     * @param timeout how long to wait
     * @return the result of the call
     * @throws IOException as there; {@link java.net.SocketTimeoutException} past the timeout
     */
    long perform(Interest interest, String name, SystemCall call, Duration timeout) throws IOException;

    /**
     * Makes a system call of the caller's own once, without waiting.
     *
     * @param interest what readiness the call needs
     * @param name of the call, for messages
     * @param call the call
     * @return the result of the call; {@link #WOULD_BLOCK} if it answered EAGAIN, or is known to; or if it needs
     *     {@link Interest#WRITE} and a task is within a write
     * @throws IOException a {@link SystemCallFailure} with the errno of the call
     */
    long tryPerform(Interest interest, String name, SystemCall call) throws IOException;

    /**
     * Waits until a read would not block: there is something to read, or the end, or an error. On a descriptor that the
     * loop alone has ({@link EventLoop#own}) it returns at once unless a read is known to block.
     *
     * @throws IOException as for all that wait
     */
    void awaitReadable() throws IOException;

    /**
     * Waits until a read would not block, with a timeout; see {@link #awaitReadable()}.
     *
     * @param timeout how long to wait
     * @throws IOException as there; {@link java.net.SocketTimeoutException} past the timeout
     */
    void awaitReadable(Duration timeout) throws IOException;

    /**
     * Waits until a write would not block: there is room, or an error.
     *
     * @throws IOException as for all that wait
     */
    void awaitWritable() throws IOException;

    /**
     * Waits until a write would not block, with a timeout; see {@link #awaitWritable()}.
     *
     * @param timeout how long to wait
     * @throws IOException as there; {@link java.net.SocketTimeoutException} past the timeout
     */
    void awaitWritable(Duration timeout) throws IOException;

    /**
     * Waits until the peer hangs up, and reads nothing. Other tasks may read and write meanwhile: a task that computes
     * an answer can have a neighbour that cancels it when nobody waits for the answer any more. Returns at once if the
     * peer has hung up so far already. See {@link ReadinessHandler#peerEnded} for callbacks.
     *
     * @param least how far; {@link HangUp#HALF} also returns for a hang-up in both directions
     * @return how far the peer has hung up
     * @throws IOException as for all that wait
     * @throws UnsupportedOperationException on a datagram socket, whose peers do not hang up
     */
    HangUp awaitHangUp(HangUp least) throws IOException;

    /**
     * Waits until the peer hangs up, with a timeout; see {@link #awaitHangUp(HangUp)}.
     *
     * @param least how far
     * @param timeout how long to wait
     * @return how far the peer has hung up
     * @throws IOException as there; {@link java.net.SocketTimeoutException} past the timeout
     */
    HangUp awaitHangUp(HangUp least, Duration timeout) throws IOException;

    /**
     * Waits for the next request of a client: until there is something to read, or the end, or the loop drains. A
     * server calls it between two requests on one connection.
     *
     * @return whether there is something to read, if only an end; false if there is not and the loop is draining, and
     *     then the connection is to be closed
     * @throws IOException as for all that wait
     */
    boolean awaitRequest() throws IOException;

    /**
     * Waits for the next request, with a timeout; see {@link #awaitRequest()}.
     *
     * @param timeout how long to wait
     * @return as there
     * @throws IOException as there; {@link java.net.SocketTimeoutException} past the timeout
     */
    boolean awaitRequest(Duration timeout) throws IOException;

    /**
     * Returns the descriptor as a stream that a task reads, for code that takes streams. Its reads wait as
     * {@link #read(ByteBuffer)} does, and what ends those ends these; closing it closes the descriptor. A write to the
     * descriptor goes beside it.
     *
     * @return the stream, for the loop's thread and its tasks
     */
    InputStream inputStream();

    /**
     * Returns the descriptor as a stream that a task writes, for code that takes streams. It keeps no bytes back. Its
     * writes are whole and wait as {@link #write(ByteBuffer)} does; closing it closes the descriptor.
     *
     * @return the stream, for the loop's thread and its tasks
     */
    OutputStream outputStream();

    /**
     * Ends the output: the peer comes to the end of the stream once it has read everything; see shutdown(2). A task
     * that waits for room to write gets a {@link BrokenPipeException}.
     *
     * @throws IOException a {@link SystemCallFailure}, if the socket is not connected any more for instance
     */
    void shutdownOutput() throws IOException;

    /**
     * Sets the handler that the loop calls, in the wake phase, while the descriptor is ready. While a descriptor has a
     * handler no task may wait for it.
     *
     * <p>While a handler waits for a lock, no handler of the descriptor is called: neither the same one nor one that
     * was set meanwhile. If the descriptor has become ready, the handler that is set at the end of the wait is called
     * then.
     *
     * @param handler the handler; null for none any more
     * @param read whether the handler is called while there is something to read or to accept, or the end
     * @param write whether the handler is called while there is room to write
     * @throws IOException a {@link SystemCallFailure} of epoll_ctl(2); the former handler and interests then remain
     * @throws IllegalStateException if a task waits for the descriptor, or is within a write
     */
    void handle(@Nullable ReadinessHandler handler, boolean read, boolean write) throws IOException;

    /**
     * Closes the descriptor as soon as its handler is idle, at the earliest in the next step. The loop takes a handler
     * for idle when
     * <ul>
     * <li>there is nothing to read,
     * <li>neither the handler nor a write queue of the descriptor waits for room to write, and
     * <li>on a connection: something was written since bytes were last read, or none were read at all. Bytes without
     *     an answer may be a part of a request.
     * </ul>
     * Another handler that takes the place of this one is asked by {@link ReadinessHandler#draining} itself, and so the
     * descriptor is not closed for this one's sake.
     *
     * <p>That fits protocols in which a client asks and gets one answer. The loop sees no more than that: an answer
     * that goes in several parts, out of several callbacks, is cut after the first part; with several requests under
     * way the first answer counts for all; and a client that is not answered, but only sends, is never idle. Handlers
     * of such protocols override {@link ReadinessHandler#draining}, and close the descriptor themselves.
     *
     * @throws IOException a {@link java.nio.channels.ClosedChannelException}
     * @throws IllegalStateException if the descriptor has no handler
     */
    void closeWhenIdle() throws IOException;
}
