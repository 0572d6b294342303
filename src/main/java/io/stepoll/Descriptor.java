package io.stepoll;

import io.stepoll.internal.poll.Registration;
import io.stepoll.internal.sys.AddressText;
import io.stepoll.internal.sys.Descriptors;
import io.stepoll.internal.sys.Errno;
import io.stepoll.internal.sys.Sockets;
import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
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

    /** What a read tells of the rest, which decides how to read. */
    enum Kind {
        /** Adopted by number: somebody else may read it, too. */
        SHARED,
        /** Ours alone, but of a listener that was not, or no TCP: each read is tried until it would block. */
        OWN,
        /** Ours alone, on TCP: a short read has emptied it. */
        TCP,
        /** Ours alone, a Unix stream: a short read has emptied it if no control data came along. */
        UNIX;

        /** Of a socket that nobody else has. */
        static Kind ofSocket(int fd) {
            if (Sockets.intOption(fd, Sockets.SOL_SOCKET, Sockets.SO_TYPE) != Sockets.SOCK_STREAM) {
                return SHARED;
            }
            return switch (Sockets.intOption(fd, Sockets.SOL_SOCKET, Sockets.SO_DOMAIN)) {
                case Sockets.AF_UNIX -> UNIX;
                case Sockets.AF_INET, Sockets.AF_INET6 ->
                        Sockets.intOption(fd, Sockets.SOL_SOCKET, Sockets.SO_PROTOCOL) == Sockets.IPPROTO_TCP ? TCP : OWN;
                default -> SHARED;
            };
        }
    }

    private final EventLoop loop;
    private final Reactor reactor;
    private final Registration registration;
    private final Kind kind;
    /** The descriptor's status flags before it was adopted. */
    private final int formerFlags;

    private final DirectAddress targets = new DirectAddress();
    private final DirectAddress sources = new DirectAddress();
    private boolean open = true;

    Descriptor(EventLoop loop, Registration registration, Kind kind, int formerFlags) {
        this.loop = loop;
        reactor = loop.reactor();
        this.registration = registration;
        this.kind = kind;
        this.formerFlags = formerFlags;
    }

    /** Takes over a descriptor that somebody else may have, too. It stays the caller's, and as it was, if that fails. */
    static Descriptor adopt(EventLoop loop, int fd) throws IOException {
        checkNumber(loop, fd);
        String what = "descriptor " + fd;
        return take(loop, fd, Kind.SHARED, SystemCallFailure.check("fcntl", Descriptors.getStatusFlags(fd), what));
    }

    private static Descriptor take(EventLoop loop, int fd, Kind kind, int flags) throws IOException {
        setStatusFlags(fd, flags, flags | Descriptors.O_NONBLOCK);
        try {
            return new Descriptor(loop, loop.reactor().register(fd, kind == Kind.SHARED), kind, flags);
        } catch (IOException | RuntimeException | Error e) {
            setStatusFlags(fd, flags | Descriptors.O_NONBLOCK, flags);
            throw e;
        }
    }

    /** Takes over a descriptor that nobody else has. It stays the caller's if that fails. */
    static Descriptor own(EventLoop loop, int fd) throws IOException {
        checkNumber(loop, fd);
        Kind kind = Kind.ofSocket(fd);
        return kind == Kind.SHARED ? adopt(loop, fd) : own(loop, fd, kind);
    }

    static Descriptor own(EventLoop loop, int fd, Kind kind) throws IOException {
        String what = "descriptor " + fd;
        return take(loop, fd, kind, SystemCallFailure.check("fcntl", Descriptors.getStatusFlags(fd), what));
    }

    private static void checkNumber(EventLoop loop, int fd) {
        loop.check("adopt");
        if (fd < 0) {
            throw new IllegalArgumentException("a descriptor is not negative: " + fd);
        }
    }

    /** Takes over what was just accepted; closes it if that fails. */
    private static Descriptor accepted(EventLoop loop, int fd, Kind kind) throws IOException {
        try {
            Registration registration = loop.reactor().register(fd, kind == Kind.SHARED);
            return new Descriptor(loop, registration, kind, Descriptors.O_NONBLOCK);
        } catch (IOException | RuntimeException | Error e) {
            Descriptors.close(fd);
            throw e;
        }
    }

    private static void setStatusFlags(int fd, int from, int to) throws IOException {
        if (from != to) {
            SystemCallFailure.check("fcntl", Descriptors.setStatusFlags(fd, to), "descriptor " + fd);
        }
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
     * Closes the descriptor; tasks that wait for it get an {@link java.nio.channels.AsynchronousCloseException}. Does
     * nothing if it was closed or disowned before.
     *
     * @throws WrongThreadException if called by a thread that is not the loop's
     */
    @Override
    public void close() {
        if (isOpen()) {
            reactor.thread.check("close");
            open = false;
            forgetBuffers();
            reactor.close(registration);
        }
    }

    private void forgetBuffers() {
        targets.forget();
        sources.forget();
    }

    Registration registration() {
        return registration;
    }

    /** Off the loop, and as it was before it came. */
    int release() throws IOException {
        checkOpen();
        reactor.thread.check("disown");
        open = false;
        forgetBuffers();
        reactor.poller.deregister(registration, false);
        setStatusFlags(fd(), formerFlags | Descriptors.O_NONBLOCK, formerFlags);
        return fd();
    }

    Descriptor accept() throws IOException {
        checkOpen();
        Suspension task = suspension("accept", 0);
        boolean ready = true;
        for (;;) {
            int result = registration.mayRead() ? Sockets.accept(fd()) : -Errno.EAGAIN;
            if (result >= 0) {
                return accepted(loop, result, acceptedKind());
            }
            if (result == -Errno.EAGAIN) {
                ready = waitFor("accept", task, Registration.READ, ready);
            } else if (result != -Errno.EINTR && result != -Errno.ECONNABORTED) { // that one has left again
                throw SystemCallFailure.of("accept", -result, describe());
            }
        }
    }

    /** What was just accepted nobody else has, whoever has the listener. */
    private Kind acceptedKind() {
        return kind == Kind.SHARED ? Kind.OWN : kind;
    }

    int recv(ByteBuffer target, int flags) throws IOException {
        checkOpen();
        Suspension task = suspension("recv", flags);
        if (target.isReadOnly()) {
            throw new IllegalArgumentException("recv into a read-only buffer");
        }
        if (!target.hasRemaining()) {
            return 0;
        }
        boolean ready = true;
        for (;;) {
            int result = flags != 0 || registration.mayRead() ? receive(target, flags) : -Errno.EAGAIN;
            if (result > 0) {
                return result;
            }
            if (result == 0) {
                return isDatagramSocket() ? 0 : -1;
            }
            if (result == -Errno.EAGAIN) {
                if (flags != 0) {
                    throw new WouldBlockException("recv", describe(), 0);
                }
                ready = waitFor("recv", task, Registration.READ, ready);
            } else if (result != -Errno.EINTR) {
                throw SystemCallFailure.of("recv", -result, describe());
            }
        }
    }

    /** On which a message without bytes is one, and no end. */
    private boolean isDatagramSocket() {
        return kind == Kind.SHARED
                && Sockets.intOption(fd(), Sockets.SOL_SOCKET, Sockets.SO_TYPE) == Sockets.SOCK_DGRAM;
    }

    /** One call; what it tells of the rest goes to the registration. */
    private int receive(ByteBuffer target, int flags) {
        Transfer transfer = reactor.transfer;
        int length = Transfer.length(target);
        long address = transfer.target(target, targets);
        int result;
        boolean empties = flags == 0 && (kind == Kind.TCP || kind == Kind.UNIX);
        if (kind == Kind.UNIX) {
            long told = Sockets.recvTelling(fd(), address, length, flags | Sockets.MSG_DONTWAIT);
            result = (int) told;
            empties &= (told >>> Integer.SIZE & Sockets.MSG_CTRUNC) == 0;
        } else {
            result = Sockets.recv(fd(), address, length, flags | Sockets.MSG_DONTWAIT);
        }
        Reference.reachabilityFence(target);
        if (result > 0) {
            transfer.received(target, Math.min(result, length)); // with MSG_TRUNC it is the datagram's whole length
            if (empties && result < length) {
                registration.readShort();
            }
        } else if (result == -Errno.EAGAIN && flags == 0) {
            registration.readWouldBlock();
        }
        return result;
    }

    long send(ByteBuffer source, int flags) throws IOException {
        checkOpen();
        Suspension task = suspension("send", flags);
        long sent = 0;
        boolean ready = true;
        boolean waited = false;
        try {
            while (source.hasRemaining()) {
                int result = transmit(source, flags);
                if (result >= 0) {
                    sent += result;
                    ready = true;
                } else if (result == -Errno.EAGAIN) {
                    if (flags != 0) {
                        throw new WouldBlockException("send", describe(), sent);
                    }
                    waited = true;
                    ready = waitFor("send", task, Registration.WRITE, ready);
                } else if (result != -Errno.EINTR) {
                    throw SystemCallFailure.of("send", -result, describe());
                }
            }
            return sent;
        } finally {
            if (waited) {
                registration.writesDone(); // fails only where the descriptor was closed behind our back
            }
        }
    }

    /**
     * Waits until it can be read, or has reached its end, or is in error: until a read would not block. In a task. On a
     * descriptor that is the loop's alone ({@link EventLoop#own}) it returns at once unless a read is known to block.
     *
     * @throws IOException if it is closed meanwhile, or an {@link java.io.InterruptedIOException}
     */
    public void awaitReadable() throws IOException {
        checkOpen();
        Suspension task = suspension("awaitReadable", 0);
        if (kind == Kind.SHARED || !registration.mayRead()) {
            task.await("awaitReadable", registration, Registration.READ, this);
        }
    }

    /**
     * Waits until it can be written, or is in error: until a write would not block. In a task.
     *
     * @throws IOException if it is closed meanwhile, or an {@link java.io.InterruptedIOException}
     */
    public void awaitWritable() throws IOException {
        checkOpen();
        try {
            suspension("awaitWritable", 0).await("awaitWritable", registration, Registration.WRITE, this);
        } finally {
            registration.writesDone();
        }
    }

    private int transmit(ByteBuffer source, int flags) {
        int length = Transfer.length(source);
        int result =
                Sockets.send(fd(), reactor.transfer.source(source, length, sources), length, flags | Sockets.MSG_DONTWAIT);
        Reference.reachabilityFence(source);
        if (result > 0) {
            source.position(source.position() + result);
        }
        return result;
    }

    /**
     * Waits after a call that would have blocked.
     *
     * @param ready whether the wait before it, if any, had ended with readiness. If with a mere hang-up or error, the
     *     call was to tell what it is; it has not, so this does.
     * @return whether the descriptor is ready now
     */
    private boolean waitFor(String call, Suspension task, int interest, boolean ready) throws IOException {
        if (!ready) {
            throw SystemCallFailure.of(call, task.wasHungUp() ? Errno.EPIPE : Errno.ECONNRESET, describe());
        }
        return task.await(call, registration, interest, this);
    }

    /** The current task, which may have to wait; nobody if the flags are such that the call never does. */
    private Suspension suspension(String call, int flags) {
        if (flags == 0) {
            return reactor.thread.suspension(reactor, call);
        }
        reactor.thread.check(call);
        return null;
    }

    /**
     * Whether it is open, asked where that does not change meanwhile.
     *
     * @param call for whom, for the message
     * @return whether it is
     * @throws WrongThreadException if this is neither the loop's thread nor a task of it
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

    private void checkOpen() throws ClosedChannelException {
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
