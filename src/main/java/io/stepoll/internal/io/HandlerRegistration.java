package io.stepoll.internal.io;

import io.stepoll.Descriptor;
import io.stepoll.HangUp;
import io.stepoll.ReadinessHandler;
import io.stepoll.internal.failure.SystemCallFailures;
import io.stepoll.internal.metrics.LoopCounters;
import io.stepoll.internal.poll.Registration;
import io.stepoll.internal.poll.Waiter;
import io.stepoll.internal.reactor.LoopTimer;
import io.stepoll.internal.reactor.Reactor;
import io.stepoll.internal.reactor.Wakeable;
import io.stepoll.internal.sys.Epoll;
import io.stepoll.internal.sys.Sockets;
import java.io.IOException;
import java.time.Duration;

/**
 * A descriptor's handler, as a waiter that stays. The kernel reports an edge once. A handler that leaves something
 * behind is called again in the next step, as long as the registration knows of no call that would have blocked.
 *
 * <p>What the handler is told of the loop comes the same way as what a poll reports: in the wake phase, in a runner,
 * and never beside another call of the handler.
 */
final class HandlerRegistration implements Waiter, Wakeable {
    /* Beside the events of a poll; two flags that no poll reports. */
    private static final int DRAINS = Epoll.EPOLLONESHOT;
    private static final int MAY_BE_IDLE = Epoll.EPOLLET;

    private final OpenDescriptor state;
    private final Descriptor descriptor;
    private final Registration registration;
    private final Reactor reactor;

    private ReadinessHandler handler;
    private boolean read;
    private boolean write;
    private boolean notified;
    private boolean resting;
    private Thread calling; // which runs the handler; null while none does
    private int happenedMeanwhile; // while a call of the handler waits for something
    private int operations;
    private int events;
    private long sequence;
    private ReadinessHandler toldOfDraining;
    private HangUp toldOfHangUp;
    private boolean closesWhenIdle;

    private HandlerRegistration(OpenDescriptor state, Descriptor descriptor) {
        this.state = state;
        this.descriptor = descriptor;
        registration = state.registration();
        reactor = state.io.reactor;
    }

    /**
     * Sets the handler of a descriptor.
     *
     * @param state of the descriptor
     * @param descriptor what the handler is given
     */
    static void change(OpenDescriptor state, Descriptor descriptor, ReadinessHandler handler, boolean read,
            boolean write) throws IOException {
        if (state.handler == null && (state.registration().hasWaiters()
                || state.isBeingWritten() && !state.isBeingWrittenByQueue())) {
            throw new IllegalStateException(
                    "a task waits for " + state.describe() + ", or writes to it, so it can have no handler now");
        }
        if (state.handlers == null) {
            state.handlers = new HandlerRegistration(state, descriptor);
        }
        state.handlers.set(handler, read, write);
        state.handler = handler == null ? null : state.handlers;
    }

    private void set(ReadinessHandler newHandler, boolean newRead, boolean newWrite) throws IOException {
        boolean reads = newHandler != null && newRead;
        boolean writes = newHandler != null && newWrite;
        reactor.prepareWait();
        setInterests(newHandler, reads, writes);
        boolean waited = read || write;
        if (newHandler != handler) {
            closesWhenIdle = false;
            toldOfHangUp = null;
        }
        if (handler == null && newHandler != null) {
            reactor.watchBegins();
        } else if (handler != null && newHandler == null) {
            reactor.watchEnds();
        }
        if (writes && !write) {
            state.io.counters.increment(LoopCounters.WRITE_WAITS);
        }
        handler = newHandler;
        read = reads;
        write = writes;
        if (waited && !(read || write)) {
            reactor.waitEnds();
        } else if (!waited && (read || write)) {
            sequence = reactor.waitBegins();
        }
        notifyOfWhatIsKnown();
        mayBeIdle();
    }

    private void setInterests(ReadinessHandler newHandler, boolean reads, boolean writes) throws IOException {
        int result = arm(newHandler, reads, writes);
        if (result < 0) {
            arm(handler, read, write); // as before
            throw SystemCallFailures.of("epoll_ctl", -result, state.describe());
        }
    }

    private int arm(ReadinessHandler armed, boolean reads, boolean writes) {
        return registration.interests(armed == null ? null : this, reads && !resting, writes && !resting);
    }

    /** The loop drains: the handler is told of that in the next wake phase, unless it was told before. */
    void drains() {
        if (handler != toldOfDraining) {
            deliver(DRAINS);
        }
    }

    /** Closes the descriptor as soon as nothing shows that the handler is within something. */
    void closeWhenIdle() {
        closesWhenIdle = true;
        mayBeIdle();
    }

    /** Something has changed by which the handler may be idle. A call of the handler looks at its end. */
    void mayBeIdle() {
        if (closesWhenIdle && calling != Thread.currentThread()) {
            deliver(MAY_BE_IDLE);
        }
    }

    private boolean isIdle() {
        return !write && !state.queueHasSomething() && !state.mayOweAnAnswer()
                && Sockets.pollIn(registration.fd()) == 0;
    }

    /** Whether the handler keeps the loop from being done. */
    boolean isWaiting() {
        return read || write;
    }

    /** What the handler waits for, for messages. */
    String interests() {
        return read && write ? "reading and writing" : read ? "reading" : "writing";
    }

    @Override
    public String toString() {
        return "the handler " + handler.getClass().getName() + " of " + state.describe();
    }

    /** Does not call the handler for a while: it could do nothing now, and nothing says when it can. */
    void rest(long nanos) throws IOException {
        if (!resting) {
            new LoopTimer(reactor, this::restIsOver).reset(Duration.ofNanos(nanos)); // fails if the heap is full
            resting = true;
            setInterests(handler, read, write);
        }
    }

    private void restIsOver() {
        resting = false;
        if (handler == null || !descriptor.isOpen()) {
            return;
        }
        try {
            setInterests(handler, read, write);
            notifyOfWhatIsKnown();
        } catch (IOException failure) {
            handler.failed(descriptor, failure);
        }
    }

    /** Calls the handler, in the next step, for an edge that came before and is not used up. */
    private void notifyOfWhatIsKnown() {
        int known = (read && registration.isKnownToBeReadable() ? Epoll.EPOLLIN : 0)
                | (write && registration.mayWrite() ? Epoll.EPOLLOUT : 0);
        if (known != 0 && !registration.isShared() && !notified && !resting) {
            deliver(known);
        }
        if (handler != null && untoldHangUp() != null) {
            deliver(Epoll.EPOLLRDHUP);
        }
    }

    /**
     * How far the peer has hung up, if the handler is to be told of that. A handler that reads comes to the end by
     * itself, and one that writes is called for a connection that has ended altogether.
     */
    private HangUp untoldHangUp() {
        if (read || !registration.hasEnded(Registration.HALF_END) || toldOfHangUp == HangUp.FULL) {
            return null;
        }
        HangUp hangUp = write && state.hangUp() == HangUp.FULL ? HangUp.HALF : state.hangUp();
        return hangUp == toldOfHangUp ? null : hangUp;
    }

    /** Calls the handler in the next step, which does not sleep. */
    private void deliver(int newEvents) {
        if (!notified) {
            reactor.redeliver(this);
            notified = true;
        }
        events |= newEvents;
    }

    @Override
    public boolean isCallback() {
        return true;
    }

    @Override
    public long sequence() {
        return sequence;
    }

    /** In the poll phase; once for reading and once for writing, if the handler waits for both. */
    @Override
    public void ready(int newEvents) {
        if (notified) {
            events |= newEvents;
            return;
        }
        notified = true;
        events = newEvents;
        reactor.ready(this);
    }

    /** No poll has found this ready, so the next one does, and does not sleep. */
    @Override
    public void retryWrite() {
        deliver(Epoll.EPOLLOUT);
    }

    /** In the wake phase. The wait that begins afterwards is the newest. */
    @Override
    public void wake(long wokenSequence) {
        int happened = events;
        notified = false;
        events = 0;
        if (handler == null || !descriptor.isOpen()) {
            return;
        }
        if (calling != null) { // the handler waits for something, and is not called beside itself
            happenedMeanwhile |= happened;
            return;
        }
        ReadinessHandler called = handler;
        operations = 0;
        calling = Thread.currentThread();
        try {
            try {
                call(happened);
            } catch (IOException failure) {
                if (state.failures != null) {
                    state.failures.handlerFailed(failure);
                }
                state.io.counters.increment(LoopCounters.HANDLER_CALLS);
                called.failed(descriptor, failure);
            }
            waitAgain();
            if (closesWhenIdle && descriptor.isOpen() && isIdle()) {
                descriptor.close();
            }
        } catch (Throwable thrown) { // if it were called again it would throw again, for ever
            if (state.failures != null) {
                state.failures.handlerFailed(thrown);
            } else {
                reactor.callbackFailed(called, thrown);
            }
            descriptor.close();
        } finally {
            calling = null;
            notifyOfWhatHappenedMeanwhile();
        }
    }

    private void notifyOfWhatHappenedMeanwhile() {
        int happened = happenedMeanwhile;
        happenedMeanwhile = 0;
        if (happened != 0 && handler != null && descriptor.isOpen()) {
            deliver(happened);
        }
    }

    /** Counts one more operation in a call of the handler. Returns whether the budget allows it. */
    boolean mayGoOn() {
        int budget = state.io.tasks.ioBudget();
        return calling != Thread.currentThread() || budget == 0 || ++operations <= budget;
    }

    /** Whether the handler's call has been refused an operation. */
    boolean hasUsedUpItsBudget() {
        int budget = state.io.tasks.ioBudget();
        return calling == Thread.currentThread() && budget != 0 && operations > budget;
    }

    /** The handler; the call that follows counts. */
    private ReadinessHandler toCall() {
        state.io.counters.increment(LoopCounters.HANDLER_CALLS);
        return handler;
    }

    private void call(int happened) throws IOException {
        boolean called = false;
        if ((happened & DRAINS) != 0 && handler != toldOfDraining) {
            toldOfDraining = handler;
            toCall().draining(descriptor);
        }
        if (handler == null || !descriptor.isOpen()) {
            return;
        }
        HangUp hangUp = untoldHangUp();
        if (hangUp != null) {
            toldOfHangUp = hangUp;
            toCall().peerEnded(descriptor, hangUp);
        }
        if (!(read || write) || !descriptor.isOpen()) {
            return;
        }
        if (read && (happened & (Epoll.EPOLLIN | Epoll.EPOLLRDHUP)) != 0) {
            toCall().readable(descriptor);
            called = true;
        }
        if (write && (happened & Epoll.EPOLLOUT) != 0 && descriptor.isOpen()) {
            toCall().writable(descriptor);
            called = true;
        }
        if (called || handler == null) {
            return;
        }
        if ((happened & Epoll.EPOLLHUP) != 0) {
            toCall().hungUp(descriptor);
        } else if ((happened & Epoll.EPOLLERR) != 0) {
            reportError();
        }
    }

    /** If there is no SO_ERROR, as on what is no socket, or somebody has taken it already, a call has to find out. */
    private void reportError() throws IOException {
        int error = Sockets.intOption(descriptor.fd(), Sockets.SOL_SOCKET, Sockets.SO_ERROR);
        if (error > 0) {
            throw state.failure("SO_ERROR", error);
        }
        if (write) {
            toCall().writable(descriptor);
        } else {
            toCall().readable(descriptor);
        }
    }

    private void waitAgain() throws IOException {
        if (handler == null || !descriptor.isOpen() || !(read || write)) {
            return;
        }
        sequence = reactor.nextSequence();
        if (registration.isShared()) {
            setInterests(handler, read, write);
        } else {
            notifyOfWhatIsKnown();
        }
    }

    /** Closed or disowned: no poll reports anything any more. */
    @Override
    public void abandoned() {
        if (read || write) {
            read = false;
            write = false;
            reactor.waitEnds();
        }
        if (handler != null) {
            reactor.watchEnds();
            handler = null;
        }
    }
}
