package io.stepoll;

import io.stepoll.internal.poll.Registration;
import io.stepoll.internal.sys.AddressText;
import io.stepoll.internal.sys.Descriptors;
import io.stepoll.internal.sys.Errno;
import io.stepoll.internal.sys.Sockets;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;

/**
 * A file descriptor that an event loop owns, from {@link EventLoop#adopt} or {@link EventLoop#accept} to
 * {@link EventLoop#disown} or {@link #close}. Its methods belong to the loop's thread.
 */
public final class Descriptor implements AutoCloseable {
    /** A flag of recv(2) and send(2): do not wait. */
    public static final int MSG_DONTWAIT = Sockets.MSG_DONTWAIT;

    /** A flag of recv(2): what is received stays there. */
    public static final int MSG_PEEK = Sockets.MSG_PEEK;

    /** What {@link #readNow} and {@link #writeNow} return for a call that would have to wait. */
    public static final long WOULD_BLOCK = -1;

    private final EventLoop loop;
    private final Reactor reactor;
    private final Registration registration;
    private final DescriptorKind kind;
    /** The descriptor's status flags before it was adopted. */
    private final int formerFlags;

    DirectAddress target; // and the next: known by Transfer
    DirectAddress source;
    private Handling handling;
    private boolean open = true;

    Descriptor(EventLoop loop, Registration registration, DescriptorKind kind, int formerFlags) {
        this.loop = loop;
        reactor = loop.reactor();
        this.registration = registration;
        this.kind = kind;
        this.formerFlags = formerFlags;
        UnclosedDescriptors.watch(this, reactor);
    }

    /** {@return the number of the descriptor} */
    public int fd() {
        return registration.fd();
    }

    /** {@return the loop that owns it} */
    public EventLoop loop() {
        return loop;
    }

    /** {@return whether the loop still owns it} */
    public boolean isOpen() {
        return open && registration.isOpen();
    }

    /**
     * Closes the descriptor, if that was not done before; tasks that wait for it get an
     * {@link AsynchronousCloseException}.
     *
     * @throws WrongThreadException if called by another thread than the loop's
     */
    @Override
    public void close() {
        if (isOpen()) {
            reactor.thread.check("close");
            open = false;
            reactor.close(registration);
            forget();
        }
    }

    private void forget() {
        target = null;
        source = null;
    }

    Registration registration() {
        return registration;
    }

    DescriptorKind kind() {
        return kind;
    }

    Reactor reactor() {
        return reactor;
    }

    /** Off the loop, and as it was before it came. */
    int release() throws IOException {
        checkOpen();
        reactor.thread.check("disown");
        open = false;
        reactor.poller.deregister(registration, false);
        forget();
        Adoption.setStatusFlags(fd(), formerFlags | Descriptors.O_NONBLOCK, formerFlags);
        return fd();
    }

    /**
     * Accepts a connection; see {@link EventLoop#accept}. In a task.
     *
     * @param deadlineNanos how long to wait, from {@link EventLoop#deadline}
     * @return the connection
     * @throws IOException as there; {@link SocketTimeoutException} past the deadline
     */
    public Descriptor accept(long deadlineNanos) throws IOException {
        return AcceptCalls.accept(this, deadlineNanos);
    }

    /**
     * {@return a connection, without waiting; null if there is none, or no descriptor for it}
     *
     * @throws IOException as for {@link #accept}
     */
    public Descriptor acceptNow() throws IOException {
        return AcceptCalls.acceptNow(this);
    }

    /**
     * Receives; see {@link EventLoop#recv(Descriptor, ByteBuffer, int)}.
     *
     * @param target where it goes
     * @param flags as for recv(2); unless they are 0 it never waits
     * @param deadlineNanos how long to wait, from {@link EventLoop#deadline}
     * @return how many bytes came; -1 at the end of the stream
     * @throws IOException as there; {@link SocketTimeoutException} past the deadline
     */
    public int recv(ByteBuffer target, int flags, long deadlineNanos) throws IOException {
        return ByteCalls.recv(this, target, flags, deadlineNanos);
    }

    /**
     * Sends all; see {@link EventLoop#send(Descriptor, ByteBuffer, int)}.
     *
     * @param source what to send
     * @param flags as for send(2); unless they are 0 it never waits
     * @param deadlineNanos how long to wait, from {@link EventLoop#deadline}
     * @return how many bytes went
     * @throws IOException as there; {@link SocketTimeoutException} past the deadline, which says how many went
     */
    public long send(ByteBuffer source, int flags, long deadlineNanos) throws IOException {
        return ByteCalls.send(this, source, flags, deadlineNanos);
    }

    /**
     * {@return how many bytes came, without waiting; 0 if there is nothing, -1 at the end of the stream}
     * @param target where they go; of a longer datagram the rest is lost, which the classes of io.stepoll.net report
     * @throws IOException as for {@link #recv}
     */
    public int recvNow(ByteBuffer target) throws IOException {
        check("recv");
        return ByteCalls.recvNow(this, target);
    }

    /**
     * {@return how many bytes went, without waiting; as many as there was room for}
     * @param source what to send; its position moves with what has gone
     * @throws IOException as for {@link #send}
     */
    public int sendNow(ByteBuffer source) throws IOException {
        check("send");
        return ByteCalls.sendNow(this, source);
    }

    /**
     * Sets who is called, in the wake phase, while the descriptor is ready; no task may wait for it then.
     *
     * @param newHandler the handler; null for none any more
     * @param read whether it is called while there is something to read, or to accept, or the end
     * @param write whether it is called while there is room to write
     * @throws IOException a {@link SystemCallFailure} of epoll_ctl(2); then all is as before
     * @throws IllegalStateException if a task waits for the descriptor
     */
    public void handle(ReadinessHandler newHandler, boolean read, boolean write) throws IOException {
        check("handle");
        handling = Handling.change(this, newHandler, read, write);
    }

    Handling handling() {
        return handling;
    }

    /**
     * Receives into several buffers, each filled before the next; see readv(2). In a task.
     *
     * @param targets where it goes
     * @param offset of the first of them
     * @param length how many
     * @param deadlineNanos how long to wait, from {@link EventLoop#deadline}
     * @return how many bytes came; -1 at the end of the stream; 0 if nothing remains in any
     * @throws IOException as for {@link #recv}
     */
    public long recv(ByteBuffer[] targets, int offset, int length, long deadlineNanos) throws IOException {
        return VectorCalls.recv(this, targets, offset, length, deadlineNanos);
    }

    /**
     * Sends all of several buffers, one after the other; see writev(2). Else as for one.
     *
     * @param sources what to send
     * @param offset of the first of them
     * @param length how many
     * @param deadlineNanos how long to wait
     * @return how many bytes went
     * @throws IOException as for {@link #send}
     */
    public long send(ByteBuffer[] sources, int offset, int length, long deadlineNanos) throws IOException {
        return VectorCalls.send(this, sources, offset, length, deadlineNanos);
    }

    /**
     * Makes a call that reads, again and again until it would not block. In a task.
     *
     * @param call its name, for messages
     * @param deadlineNanos how long to wait, from {@link EventLoop#deadline}
     * @param attempt the call
     * @return its result
     * @throws IOException as for {@link EventLoop#recv(Descriptor, ByteBuffer)};
     *     {@link SocketTimeoutException} past the deadline
     */
    public long read(String call, long deadlineNanos, Attempt attempt) throws IOException {
        return AttemptCalls.perform(this, call, Registration.READ, deadlineNanos, attempt);
    }

    /**
     * Makes a call that writes; else as {@link #read}.
     *
     * @param call its name, for messages
     * @param deadlineNanos how long to wait
     * @param attempt the call
     * @return its result
     * @throws IOException as there
     */
    public long write(String call, long deadlineNanos, Attempt attempt) throws IOException {
        return AttemptCalls.perform(this, call, Registration.WRITE, deadlineNanos, attempt);
    }

    /**
     * Makes a call that reads, once, without waiting: for handlers.
     *
     * @param call its name, for messages
     * @param attempt the call
     * @return its result; {@link #WOULD_BLOCK} if it would have to wait
     * @throws IOException as for {@link #read}
     */
    public long readNow(String call, Attempt attempt) throws IOException {
        return AttemptCalls.now(this, call, Registration.READ, attempt);
    }

    /**
     * {@return the result of a call that writes, made once without waiting; {@link #WOULD_BLOCK} if it would have to}
     * @param call its name, for messages
     * @param attempt the call
     * @throws IOException as for {@link #write}
     */
    public long writeNow(String call, Attempt attempt) throws IOException {
        return AttemptCalls.now(this, call, Registration.WRITE, attempt);
    }

    /**
     * Waits until it can be read, or has reached its end, or is in error: until a read would not block. In a task. On a
     * descriptor that is the loop's alone ({@link EventLoop#own}) it returns at once unless a read is known to block.
     *
     * @throws IOException if it is closed meanwhile, or an {@link java.io.InterruptedIOException}
     */
    public void awaitReadable() throws IOException {
        awaitReadable(EventLoop.NO_DEADLINE);
    }

    /**
     * Waits until it can be read; see {@link #awaitReadable()}.
     *
     * @param deadlineNanos how long, from {@link EventLoop#deadline}
     * @throws IOException as there; {@link SocketTimeoutException} past the deadline
     */
    public void awaitReadable(long deadlineNanos) throws IOException {
        ReadinessCalls.awaitReadable(this, deadlineNanos);
    }

    /**
     * Waits until it can be written, or is in error: until a write would not block. In a task.
     *
     * @throws IOException as for {@link #awaitReadable()}
     */
    public void awaitWritable() throws IOException {
        awaitWritable(EventLoop.NO_DEADLINE);
    }

    /**
     * Waits until it can be written; see {@link #awaitWritable()}.
     *
     * @param deadlineNanos how long, from {@link EventLoop#deadline}
     * @throws IOException as there; {@link SocketTimeoutException} past the deadline
     */
    public void awaitWritable(long deadlineNanos) throws IOException {
        ReadinessCalls.awaitWritable(this, deadlineNanos);
    }

    /**
     * Sends no more: the peer, once it has read everything, is at the end; see shutdown(2). Who waits for room to write
     * gets a {@link BrokenPipeException}.
     *
     * @throws IOException a {@link SystemCallFailure}, if it is not connected any more for instance
     */
    public void shutdownOutput() throws IOException {
        ReadinessCalls.shutdownOutput(this);
    }

    /**
     * Waits after a call that would have blocked.
     *
     * @param ready whether the wait before it, if any, had ended with readiness. If with a mere hang-up or error, the
     *     call was to tell what it is; it has not, so this does.
     * @return whether the descriptor is ready now
     */
    boolean waitFor(String call, Suspension task, int interest, boolean ready, long deadlineNanos)
            throws IOException {
        if (interest == Registration.READ) {
            registration.readWouldBlock();
        }
        if (!ready && kind != DescriptorKind.DATAGRAM) {
            throw SystemCallFailure.of(call, task.wasHungUp() ? Errno.EPIPE : Errno.ECONNRESET, describe());
        }
        boolean isReady = task.await(call, registration, interest, this, deadlineNanos);
        if (!isOpen()) { // closed between the wake and the task's turn: the number may be another's by now
            throw new AsynchronousCloseException();
        }
        return isReady;
    }

    /** The current task, which may have to wait; nobody if the flags are such that the call never does. */
    Suspension suspension(String call, int flags) throws IOException {
        if (flags == 0) {
            if (handling != null) {
                throw new IllegalStateException(call + " may wait, and " + describe() + " has a handler: a descriptor"
                        + " is for tasks or for callbacks, not for both");
            }
            return reactor.thread.suspension(reactor, call).operationBegins(call, this);
        }
        reactor.thread.check(call);
        return null;
    }

    /**
     * {@return whether it is open, asked where that does not change meanwhile}
     *
     * @param call for whom, for the message
     * @throws WrongThreadException if this is another thread
     */
    public boolean isOpenHere(String call) {
        if (isOpen()) {
            reactor.thread.check(call);
        }
        return isOpen();
    }

    /**
     * Throws unless it is open, and the current thread is the loop's or a task of it.
     *
     * @param call for whom, for the message
     * @throws ClosedChannelException if it was closed or disowned
     * @throws WrongThreadException if this is another thread
     */
    public void check(String call) throws ClosedChannelException {
        checkOpen();
        reactor.thread.check(call);
    }

    void checkOpen() throws ClosedChannelException {
        if (!isOpen()) {
            if (reactor.thread.isClosing() && Thread.currentThread().isVirtual()) {
                Thread.yield(); // see LoopThread.checkTaskMayWait
            }
            throw new ClosedChannelException();
        }
    }

    /** For messages: where it leads to, or its number. */
    String describe() {
        return AddressText.of(fd());
    }

    @Override
    public String toString() {
        return "Descriptor[" + fd() + (isOpen() ? "]" : ", closed]");
    }
}
