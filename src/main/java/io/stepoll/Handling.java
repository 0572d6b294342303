package io.stepoll;

import io.stepoll.internal.poll.Registration;
import io.stepoll.internal.poll.Waiter;
import io.stepoll.internal.sys.Epoll;
import io.stepoll.internal.sys.Sockets;
import java.io.IOException;

/**
 * A descriptor's handler, as a waiter that stays. The kernel tells of an edge once; a handler that leaves something
 * behind is told again, as long as the registration knows of no call that would have blocked.
 */
final class Handling implements Waiter, Wakeable {
    private final Descriptor descriptor;
    private final Registration registration;
    private final Reactor reactor;

    private ReadinessHandler handler;
    private boolean read;
    private boolean write;
    private boolean told;
    private boolean resting;
    private boolean calling;
    private int operations;
    private int events;
    private long sequence;

    Handling(Descriptor descriptor) {
        this.descriptor = descriptor;
        registration = descriptor.registration();
        reactor = descriptor.reactor();
    }

    /** Sets a descriptor's handler. Returns what stands for it; null for none. */
    static Handling change(Descriptor descriptor, ReadinessHandler handler, boolean read, boolean write)
            throws IOException {
        Handling handling = descriptor.handling();
        if (handling == null) {
            if (descriptor.registration().hasWaiters()) {
                throw new IllegalStateException(
                        "a task waits for " + descriptor.describe() + ", which can have no handler then");
            }
            handling = new Handling(descriptor);
        }
        handling.set(handler, read, write);
        return handler == null ? null : handling;
    }

    private void set(ReadinessHandler newHandler, boolean newRead, boolean newWrite) throws IOException {
        boolean reads = newHandler != null && newRead;
        boolean writes = newHandler != null && newWrite;
        setInterests(reads, writes);
        boolean waited = read || write;
        handler = newHandler;
        read = reads;
        write = writes;
        if (waited && !(read || write)) {
            reactor.waiterLeft();
        } else if (!waited && (read || write)) {
            sequence = reactor.waiterCame();
        }
        tellWhatIsKnown();
    }

    private void setInterests(boolean reads, boolean writes) throws IOException {
        int result = registration.interests(this, reads && !resting, writes && !resting);
        if (result < 0) {
            registration.interests(this, read && !resting, write && !resting); // as before
            throw SystemCallFailure.of("epoll_ctl", -result, descriptor.describe());
        }
    }

    /** Not called for a while: what it is ready for cannot be done now, and nothing tells when it can. */
    void rest(long nanos) throws IOException {
        if (!resting) {
            resting = true;
            descriptor.loop().callLater(nanos, this::restIsOver);
            setInterests(read, write);
        }
    }

    private void restIsOver() {
        resting = false;
        if (handler == null || !descriptor.isOpen()) {
            return;
        }
        try {
            setInterests(read, write);
            tellWhatIsKnown();
        } catch (IOException failure) {
            handler.failed(descriptor, failure);
        }
    }

    /** Of an edge that came before, and was not used up. */
    private void tellWhatIsKnown() {
        int known = (read && registration.isKnownToBeReadable() ? Epoll.EPOLLIN : 0)
                | (write && registration.mayWrite() ? Epoll.EPOLLOUT : 0);
        if (known != 0 && !registration.isShared() && !told && !resting) {
            told = true;
            events = known;
            reactor.readyAgain(this);
        }
    }

    long sequence() {
        return sequence;
    }

    /** In the poll phase; once for reading and once for writing, if both wait. */
    @Override
    public void ready(int newEvents) {
        if (told) {
            events |= newEvents;
            return;
        }
        told = true;
        events = newEvents;
        reactor.ready(sequence, this);
    }

    /** Not of a poll: so by the next one, which does not sleep then. */
    @Override
    public void retryWrite() {
        events |= Epoll.EPOLLOUT;
        if (!told) {
            told = true;
            reactor.readyAgain(this);
        }
    }

    /** In the wake phase. It blocks again afterwards, and is the newest then. */
    @Override
    public void wake(long toldSequence) {
        int happened = events;
        told = false;
        events = 0;
        if (handler == null || !descriptor.isOpen()) {
            return;
        }
        ReadinessHandler called = handler;
        operations = 0;
        calling = true;
        try {
            try {
                call(happened);
            } catch (IOException failure) {
                called.failed(descriptor, failure);
            }
            waitAgain();
        } catch (Throwable thrown) { // called again it would throw again, for ever
            reactor.failures.callbackFailed(called, thrown);
            descriptor.close();
        } finally {
            calling = false;
        }
    }

    /** Whether a handler's call, if this is one, may do one more operation; it is told again of what it leaves. */
    static boolean mayGoOn(Descriptor descriptor) {
        Handling handling = descriptor.handling();
        return handling == null || !handling.calling || handling.reactor.ioBudget == 0
                || ++handling.operations <= handling.reactor.ioBudget;
    }

    private void call(int happened) throws IOException {
        boolean called = false;
        if (read && (happened & (Epoll.EPOLLIN | Epoll.EPOLLRDHUP)) != 0) {
            handler.readable(descriptor);
            called = true;
        }
        if (write && (happened & Epoll.EPOLLOUT) != 0 && descriptor.isOpen()) {
            handler.writable(descriptor);
            called = true;
        }
        if (called || handler == null) {
            return;
        }
        if ((happened & Epoll.EPOLLHUP) != 0) {
            handler.hungUp(descriptor);
        } else if ((happened & Epoll.EPOLLERR) != 0) {
            tellOfError();
        }
    }

    /** What is no socket has none to ask for, and that of a socket may be told already: then a call is to find out. */
    private void tellOfError() throws IOException {
        int error = Sockets.intOption(descriptor.fd(), Sockets.SOL_SOCKET, Sockets.SO_ERROR);
        if (error > 0) {
            throw ByteCalls.failure("SO_ERROR", error, descriptor);
        }
        if (write) {
            handler.writable(descriptor);
        } else {
            handler.readable(descriptor);
        }
    }

    private void waitAgain() throws IOException {
        if (handler == null || !descriptor.isOpen() || !(read || write)) {
            return;
        }
        sequence = reactor.nextSequence();
        if (registration.isShared()) {
            setInterests(read, write);
        } else {
            tellWhatIsKnown();
        }
    }

    /** Closed or disowned: nothing is reported any more. */
    @Override
    public void abandoned() {
        if (read || write) {
            read = false;
            write = false;
            reactor.waiterLeft();
        }
        handler = null;
    }
}
