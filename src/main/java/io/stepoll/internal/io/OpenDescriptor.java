package io.stepoll.internal.io;

import io.stepoll.HangUp;
import io.stepoll.Task;
import io.stepoll.internal.failure.SystemCallFailures;
import io.stepoll.internal.metrics.LoopCounters;
import io.stepoll.internal.poll.Registration;
import io.stepoll.internal.poll.Waiter;
import io.stepoll.internal.sys.AddressText;
import io.stepoll.internal.sys.Errno;
import io.stepoll.internal.sys.RawAddress;
import io.stepoll.internal.sys.Sockets;
import io.stepoll.internal.task.TaskWait;
import io.stepoll.internal.task.Waitable;
import java.io.IOException;
import java.net.SocketException;
import java.nio.channels.ClosedChannelException;

/** What the calls on a descriptor need of it: its registration, its kind, and who may call. */
class OpenDescriptor implements Waitable {
    final LoopIo io;
    private final Registration registration;
    private final DescriptorKind kind;

    /* Where the memory of the buffers lies that were used last; Transfer keeps these. */
    DirectAddress target;
    DirectAddress source;

    /** Null while the descriptor has no handler. */
    HandlerRegistration handler;

    /** The one for all handlers of the descriptor; null before the first. A call of a former handler may still wait. */
    HandlerRegistration handlers;

    /** Whether a handler has read since it last wrote: it may owe an answer. */
    private boolean hasUnanswered;

    /** Whether a listener has accepted it. */
    private boolean accepted;

    /** Whether the last write took less than it was given, so that there is no more room. */
    boolean wroteShort;

    /** Of what is no socket: whether its read(2) and write(2) cannot be told not to wait. FileCalls keeps this. */
    boolean waitsInCalls;

    /** Null until it is asked for. */
    private Listening listening;

    /** Whether bytes have moved since somebody last asked. */
    private boolean active;

    private long bytesIn;
    private long bytesOut;

    /** Who is told what the handlers of this descriptor throw; null for the loop's failure handler. */
    HandlerFailures failures;

    /** The peer of an accepted connection, which getpeername(2) does not know once the peer has reset; or null. */
    private RawAddress peer;

    /** Whose write goes on, waits included: a task's, or the queue's as long as it has something; null for nobody's. */
    private Waiter writer;

    /* Of the write queue; null while the descriptor has none, and while no thread writes from it. */
    private Waiter queue;
    private Thread queueWriter;
    private boolean queueHasSomething;

    private boolean open = true;
    private Throwable whyClosed;

    OpenDescriptor(LoopIo io, Registration registration, DescriptorKind kind) {
        this.io = io;
        this.registration = registration;
        this.kind = kind;
    }

    /** What is kept of a listener. */
    final Listening listening() {
        if (listening == null) {
            listening = new Listening();
        }
        return listening;
    }

    final Registration registration() {
        return registration;
    }

    /** {@return what a read says of the rest} */
    public final DescriptorKind kind() {
        return kind;
    }

    /** {@return the number of the descriptor} */
    public final int fd() {
        return registration.fd();
    }

    /** {@return whether the loop still owns it} */
    public final boolean isOpen() {
        return open && registration.isOpen();
    }

    /** It is closed or taken off the loop. */
    final void ended() {
        open = false;
        target = null;
        source = null;
    }

    /**
     * {@return the wait of the current task, for a call that may have to wait}
     * It counts the call as one operation of the task, which may make the task yield before.
     *
     * @throws IllegalStateException in a callback, and if the descriptor has a handler
     */
    final TaskWait callBegins(String call) throws IOException {
        checkOpen();
        checkHasNoHandler(call);
        TaskWait task = io.tasks.current(call);
        task.operationBegins(call, this);
        return task;
    }

    /** Throws if the descriptor has a handler: then no task may wait for it. */
    final void checkHasNoHandler(String call) {
        if (handler != null) {
            throw new IllegalStateException(call + " may wait, and " + describe() + " has a handler: a descriptor"
                    + " is for tasks or for callbacks, not for both");
        }
    }

    /**
     * A task begins to write. A write is whole, whatever the number of its system calls: as long as another task's goes
     * on, this one waits for its turn.
     *
     * @return whether {@link #writeEnds} is to follow: false within another write of the same task
     */
    final boolean writeBegins(TaskWait task, String call, long deadlineNanos) throws IOException {
        if (writer == task) {
            return false;
        }
        if (writer != null) {
            awaitTurn(task, call, deadlineNanos);
        }
        writer = task;
        return true;
    }

    private void awaitTurn(TaskWait task, String call, long deadlineNanos) throws IOException {
        boolean begins = false;
        try {
            task.await(call, registration, Registration.TURN, this, deadlineNanos);
            task.checkNotInterrupted(call, this); // it was cancelled after its turn had come, and has written nothing
            if (!isOpen()) {
                throw closedMeanwhile();
            }
            begins = true;
        } finally {
            if (!begins && writer == task) {
                writeEnds();
            }
        }
    }

    /** The write is done, or has failed: the next writer has its turn. */
    final void writeEnds() {
        writer = registration.wakeNextInTurn();
    }

    /** {@return whether a task or a queue is within a write, so that the current thread may not write} */
    public final boolean isBeingWritten() {
        return writer != null && !(writer == queue && queueWriter == Thread.currentThread());
    }

    /** {@return whether a queue has something to write, or is within a write} */
    public final boolean isBeingWrittenByQueue() {
        return writer != null && writer == queue;
    }

    /** A queue writes here from now on; one at most. */
    final void attach(Waiter newQueue) throws ClosedChannelException {
        check("attach");
        if (queue != null) {
            throw new IllegalStateException(describe() + " has a write queue already");
        }
        queue = newQueue;
    }

    /** Whether there is something in the queue from now on. Without that a handler may be idle. */
    final void queueHas(boolean something) {
        queueHasSomething = something;
        if (!something && handler != null) {
            handler.mayBeIdle();
        }
    }

    final boolean queueHasSomething() {
        return queueHasSomething;
    }

    /** The thread that writes from the queue at the moment; null for none. */
    final void queueWritesIn(Thread thread) {
        queueWriter = thread;
    }

    /** The queue has something to write. Returns whether it has its turn; else it is to wait for that. */
    final boolean queueBegins() {
        if (writer == null) {
            writer = queue;
        }
        return writer == queue;
    }

    /** {@return how far the peer is known to have hung up; null for not at all} Datagrams know no hang-up. */
    final HangUp hangUp() {
        if (!registration.hasEnded(Registration.HALF_END) || isDatagramSocket()) {
            return null;
        }
        return registration.hasEnded(Registration.END) ? HangUp.FULL : HangUp.HALF;
    }

    /** Bytes were read without waiting. */
    final void hasRead() {
        hasUnanswered = true;
    }

    /** Bytes were written without waiting. */
    final void hasWritten() {
        hasUnanswered = false;
        if (handler != null) {
            handler.mayBeIdle();
        }
    }

    /** {@return whether bytes were read since some were last written, on a connection, where they may be a request} */
    final boolean mayOweAnAnswer() {
        return hasUnanswered && switch (Sockets.intOption(fd(), Sockets.SOL_SOCKET, Sockets.SO_TYPE)) {
            case Sockets.SOCK_STREAM, Sockets.SOCK_SEQPACKET ->
                    Sockets.intOption(fd(), Sockets.SOL_SOCKET, Sockets.SO_ACCEPTCONN) != 1;
            default -> false;
        };
    }

    /** A listener has accepted it. */
    final void accepted() {
        accepted = true;
    }

    /** {@return whether a listener has accepted it} */
    public final boolean isAccepted() {
        return accepted;
    }

    /** {@return whether one more operation is allowed here and now: a call of the handler has a budget} */
    final boolean handlerMayGoOn() {
        return handler == null || handler.mayGoOn();
    }

    /**
     * {@return whether it is open, asked where that does not change meanwhile}
     *
     * @param call for the message
     * @throws WrongThreadException on a thread that is neither the loop's nor a task of it
     */
    public final boolean isOpenHere(String call) {
        if (isOpen()) {
            io.reactor.thread().check(call);
        }
        return isOpen();
    }

    /**
     * Throws unless it is open, and the current thread is the loop's or a task of it.
     *
     * @param call for the message
     * @throws ClosedChannelException if it was closed or disowned
     * @throws WrongThreadException on a thread that is neither the loop's nor a task of it
     */
    public final void check(String call) throws ClosedChannelException {
        checkOpen();
        io.reactor.thread().check(call);
    }

    /** A close that follows is not the program's own wish: whoever waits is to know why. */
    public final void closesBecauseOf(Throwable why) {
        whyClosed = why;
    }

    @Override
    public final Throwable whyClosed() {
        return whyClosed;
    }

    @Override
    public final void checkOpen() throws ClosedChannelException {
        if (!isOpen()) {
            if (io.reactor.thread().isClosing() && Task.current() != null) {
                Thread.yield(); // see LoopThread.checkTaskMayWait
            }
            throw new ClosedChannelException();
        }
    }

    /** {@return the address that it leads to, or its number, for messages} */
    @Override
    public final String describe() {
        return peer == null ? AddressText.of(fd()) : AddressText.of(fd(), peer);
    }

    /** Sets the peer of an accepted connection, for messages; null for one without a name. */
    public final void acceptedFrom(RawAddress newPeer) {
        peer = newPeer;
    }

    /**
     * {@return the peer of an accepted connection, even if it has gone; null if it has no name, or was not accepted}
     */
    public final RawAddress peer() {
        return peer;
    }

    /** A call has moved bytes, or has succeeded in whatever else it is for. */
    final void moved(Operation<?> operation, long result) {
        switch (operation.flow) {
            case IN -> received(result);
            case OUT -> sent(result);
            case NONE, CONNECT -> active = true;
        }
    }

    /** So many bytes have come. A call whose results are no numbers of bytes says so itself. */
    public final void received(long bytes) {
        active = true;
        bytesIn += bytes;
        io.counters.add(kind.bytesIn, bytes);
    }

    /** So many bytes have gone. A call whose results are no numbers of bytes says so itself. */
    public final void sent(long bytes) {
        active = true;
        bytesOut += bytes;
        io.counters.add(kind.bytesOut, bytes);
    }

    /** {@return how many bytes have come so far} From another thread, as of a moment ago. */
    public final long bytesIn() {
        return bytesIn;
    }

    /** {@return how many bytes have gone so far} From another thread, as of a moment ago. */
    public final long bytesOut() {
        return bytesOut;
    }

    /** A TLS handshake over this descriptor has come to its end. */
    public final void handshakeEnds(boolean success) {
        io.counters.increment(success ? LoopCounters.TLS_HANDSHAKES : LoopCounters.TLS_HANDSHAKES_FAILED);
    }

    /** A connection was accepted here. */
    final void hasAccepted() {
        io.counters.increment(LoopCounters.ACCEPTS);
        registration.accepted();
    }

    /** {@return whether a call on it has moved bytes since this was last asked} */
    public final boolean hasBeenActive() {
        boolean was = active;
        active = false;
        return was;
    }

    /** From now on this is told what the handlers of the descriptor throw. */
    public final void handlerFailuresTo(HandlerFailures receiver) {
        failures = receiver;
    }

    /** {@return whether a message without bytes is a message, and no end} */
    final boolean isDatagramSocket() {
        return kind == DescriptorKind.DATAGRAM || kind == DescriptorKind.SHARED
                && Sockets.intOption(fd(), Sockets.SOL_SOCKET, Sockets.SO_TYPE) == Sockets.SOCK_DGRAM;
    }

    /**
     * {@return the exception for a failed call on it}
     * ECONNREFUSED says that nobody receives what was sent: on a stream that belongs to connecting, on a datagram
     * socket to the port at the other end.
     */
    final SocketException failure(String call, int errno) {
        if (errno == Errno.ECONNREFUSED && isDatagramSocket()) {
            return SystemCallFailures.refusedDatagram(call, describe());
        }
        return SystemCallFailures.of(call, errno, describe());
    }
}
