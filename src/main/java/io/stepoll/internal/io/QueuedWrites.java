package io.stepoll.internal.io;

import io.stepoll.Descriptor;
import io.stepoll.internal.failure.SystemCallFailures;
import io.stepoll.internal.metrics.LoopCounters;
import io.stepoll.internal.poll.Registration;
import io.stepoll.internal.poll.Waiter;
import io.stepoll.internal.reactor.Reactor;
import io.stepoll.internal.reactor.Wakeable;
import io.stepoll.internal.sys.Epoll;
import io.stepoll.internal.sys.Errno;
import java.io.IOException;
import java.nio.channels.AsynchronousCloseException;

/**
 * Writes to a descriptor from a queue: in the phase of queued callbacks after something has come, and whenever there is
 * room again. It waits for room beside the tasks or the handler of the descriptor.
 *
 * <p>As long as the queue has something, it has the turn of the descriptor, as a task within a write has: a task that
 * writes waits, and what never waits is told that there is no room. If somebody waits for the turn, what is in the
 * queue by then goes first, and what comes later goes behind that write.
 *
 * <p>All of it runs in callbacks, one at a time: while one waits for a lock, the next runs after it.
 */
public abstract class QueuedWrites implements Waiter, Wakeable, Runnable {
    private static final int ENDED = Epoll.EPOLLHUP | Epoll.EPOLLERR;

    private final LoopDescriptor descriptor;
    private final Registration registration;
    private final Reactor reactor;

    private boolean queued; // in the run queue
    private boolean writing; // a callback runs this, or waits within it
    private boolean again; // is to run once more afterwards
    private boolean hasTurn;
    private boolean waitsForTurn;
    private boolean waitsForRoom;
    private boolean hasEnded;
    private int events; // of the poll that has found room
    private long sequence;

    /** @throws IllegalStateException if the descriptor has another one */
    protected QueuedWrites(LoopDescriptor descriptor) throws IOException {
        this.descriptor = descriptor;
        registration = descriptor.registration();
        reactor = descriptor.io.reactor;
        descriptor.attach(this);
    }

    /** How a write has ended. */
    public enum Result {
        /** All has gone. */
        DONE,
        /** There was no more room. */
        NO_ROOM,
        /** There is more, and perhaps room. The next step goes on. */
        MORE,
        /** There is more, and those that wait for their turn are to write before. */
        TURN
    }

    /**
     * Writes what there is.
     *
     * @param calls how many system calls it may make at most; 0 for any number
     */
    protected abstract Result write(int calls) throws IOException;

    /** Nothing can be written any more. What is left does not go. */
    protected abstract void failed(IOException failure);

    /** What has gone may be told, after a write, or after {@link #writeSoon} where no write was possible. */
    protected abstract void tell();

    /** Writes in the next phase of queued callbacks. */
    public final void writeSoon() {
        if (!queued) {
            queued = descriptor.owner().submit(this);
            descriptor.queueHas(true);
        }
    }

    /** Whether somebody waits until this has written what there is. */
    public final boolean isAwaited() {
        return registration.hasWaitersInTurn();
    }

    /** Makes one call that writes pieces. Returns how many bytes, or {@link Descriptor#WOULD_BLOCK}. */
    public final long write(Pieces pieces) throws IOException {
        return BlockingCall.tryPerform(descriptor, "sendmsg", Registration.WRITE, PiecesWrite.CALL, pieces);
    }

    /** Whether the last call has written less than it was given, so that there is no more room. */
    public final boolean wroteShort() {
        return descriptor.wroteShort;
    }

    /** Notes what a callback of the user has thrown. */
    public final void callbackFailed(Object callback, Throwable thrown) {
        reactor.callbackFailed(callback, thrown);
    }

    /** The time of the phase. */
    public final long nowNanos() {
        return reactor.deadlineNanos(0);
    }

    @Override
    public final void run() {
        queued = false;
        if (isWaiting()) {
            tell();
        } else {
            go();
        }
    }

    /** Whether there is more than may go now, and something will say when it may. */
    public final boolean isWaiting() {
        return waitsForRoom || waitsForTurn;
    }

    private void go() {
        if (writing) { // a call before this one waits for a lock
            again = true;
            return;
        }
        writing = true;
        descriptor.queueWritesIn(Thread.currentThread());
        try {
            if (!descriptor.isOpen()) {
                end(new AsynchronousCloseException());
            } else if (hasTurn || takeTurn()) {
                then(write(descriptor.io.tasks.ioBudget()));
            }
        } catch (IOException e) {
            end(e);
        } catch (OutOfMemoryError full) {
            again = true; // the next step tries again
        } catch (Throwable thrown) { // of a layer above the socket; what is queued must not stay there for ever
            callbackFailed(this, thrown);
            end(new IOException("the write queue of " + descriptor.describe() + " has failed", thrown));
        } finally {
            writing = false;
            descriptor.queueWritesIn(null);
            if (again) {
                again = false;
                writeSoon();
            }
        }
        if (!hasEnded) {
            tell();
        }
    }

    private boolean takeTurn() throws IOException {
        hasTurn = descriptor.queueBegins();
        if (!hasTurn) {
            SystemCallFailures.check("epoll_ctl", registration.await(this, Registration.TURN), descriptor.describe());
            reactor.waitBegins();
            waitsForTurn = true;
        }
        return hasTurn;
    }

    private void then(Result result) throws IOException {
        switch (result) {
            case MORE -> writeSoon();
            case TURN -> {
                leaveTurn();
                writeSoon();
            }
            case NO_ROOM -> awaitRoom();
            case DONE -> {
                events = 0;
                leaveTurn();
                descriptor.queueHas(false);
            }
        }
    }

    private void leaveTurn() {
        if (hasTurn) {
            hasTurn = false;
            registration.writesDone(); // fails only where the descriptor was closed behind the loop's back
            descriptor.writeEnds();
        }
    }

    private void awaitRoom() throws IOException {
        if ((events & ENDED) != 0 && (events & Epoll.EPOLLOUT) == 0) { // which the call has not said
            int errno = (events & Epoll.EPOLLHUP) != 0 ? Errno.EPIPE : Errno.ECONNRESET;
            throw SystemCallFailures.of("sendmsg", errno, descriptor.describe());
        }
        registration.writeWouldBlock();
        reactor.prepareWait();
        SystemCallFailures.check("epoll_ctl", registration.queueAwaitsRoom(this), descriptor.describe());
        sequence = reactor.waitBegins();
        waitsForRoom = true;
        descriptor.io.counters.increment(LoopCounters.WRITE_WAITS);
    }

    private void leaveRoom() {
        if (waitsForRoom) {
            waitsForRoom = false;
            registration.queueLeaves();
            reactor.waitEnds();
        }
    }

    private void end(IOException failure) {
        if (hasEnded) {
            return;
        }
        hasEnded = true;
        leaveTurn();
        failed(failure);
        if (descriptor.isOpen()) {
            descriptor.queueHas(false);
        }
    }

    @Override
    public final boolean isCallback() {
        return true;
    }

    @Override
    public final void ready(int newEvents) {
        events = newEvents;
        reactor.ready(this);
    }

    @Override
    public final long sequence() {
        return sequence;
    }

    @Override
    public final void wake(long woken) {
        if (waitsForRoom && woken == sequence) {
            leaveRoom();
            go();
        }
    }

    /** The turn has come; or the output was ended, which no poll reports. */
    @Override
    public final void retryWrite() {
        if (waitsForTurn) {
            waitsForTurn = false;
            registration.leave(this);
            reactor.waitEnds();
            hasTurn = true;
        } else {
            leaveRoom();
        }
        writeSoon();
    }

    /** Closed or disowned. Whoever is to know of it is told in a callback, and not within the close. */
    @Override
    public final void abandoned() {
        waitsForTurn = false;
        waitsForRoom = false;
        reactor.waitEnds();
        writeSoon();
        if (!queued) { // the loop has come to its end
            run();
        }
    }
}
