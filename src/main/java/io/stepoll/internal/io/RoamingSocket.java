package io.stepoll.internal.io;

import io.stepoll.internal.poll.Registration;
import io.stepoll.internal.sys.Sockets;
import io.stepoll.internal.threads.WaitingCloses;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

/**
 * A TCP socket that belongs to no loop. Any thread may call it, and each call waits where its thread waits: a task in
 * its own loop, a platform thread in poll(2), any other virtual thread by a loop that is given for that.
 *
 * <p>The socket is on a loop from the first call of the loop's tasks on, and stays there. When the tasks of another
 * loop go on with it, the former loop lets it go.
 *
 * <p><b>The number</b> stays the socket's as long as somebody uses it, even after the close: otherwise the next socket
 * of the process could get the number under a call that goes on. Its users are counted: whoever opened it, each loop it
 * is on, and each call of other threads.
 */
public final class RoamingSocket {
    /* holds: how many use the number, and CLOSED once the socket is closed. The last of them closes the number. */
    private static final int CLOSED = Integer.MIN_VALUE;
    private static final int OPENER = 1;
    private static final int OPENER_AND_ONE_LOOP = 2;

    private static final SocketOnLoop[] NOWHERE = {};

    private final int fd;
    private final Supplier<LoopDescriptors> loopForForeigners;
    private final AtomicInteger holds = new AtomicInteger(OPENER);

    /** Where it is now: nearly always one loop, or none. */
    private final AtomicReference<SocketOnLoop[]> places = new AtomicReference<>(NOWHERE);

    /** A write is whole: another one waits until it is done. */
    private final Semaphore writeTurn = new Semaphore(1);

    /** For the write whose turn it is. */
    private final ArrayPart written = new ArrayPart();

    private final UnclosedSockets unclosed;

    /** Whether something was written and nothing has been read since. */
    private volatile boolean answerOwed;

    /** What SO_LINGER is set to, in seconds; below 0 while it is off. */
    private volatile int lingerSeconds = -1;

    /** What an operation on the number returns. */
    @FunctionalInterface
    public interface NumberUse {
        int of(int fd) throws IOException;
    }

    /**
     * Takes over the number of a non-blocking TCP socket.
     *
     * @param user who is to close it: if nobody can reach the user any more, the socket is closed and reported
     * @param loopForForeigners where virtual threads wait that no loop carries
     */
    public RoamingSocket(int fd, Object user, Supplier<LoopDescriptors> loopForForeigners) {
        this.fd = fd;
        this.loopForForeigners = loopForForeigners;
        unclosed = UnclosedSockets.watch(user, this);
    }

    int fd() {
        return fd;
    }

    LoopDescriptors loopForForeigners() {
        return loopForForeigners.get();
    }

    public boolean isClosed() {
        return holds.get() < 0;
    }

    /** Whether the number is closed as soon as the one loop lets it go that it is on. */
    boolean isClosedNext() {
        int now = holds.get();
        return now < 0 && now <= (CLOSED | OPENER_AND_ONE_LOOP);
    }

    /** Begins to use the number. */
    void hold() throws ClosedChannelException {
        for (;;) {
            int before = holds.get();
            if (before < 0) {
                throw new ClosedChannelException();
            }
            if (holds.compareAndSet(before, before + 1)) {
                return;
            }
        }
    }

    /** Ends the use of the number. */
    void release() {
        if (holds.decrementAndGet() == CLOSED) {
            unclosed.closed();
            closeNumber();
        }
    }

    /** With SO_LINGER close(2) waits. A platform thread waits with it, as in the JDK; a loop's thread must not. */
    private void closeNumber() {
        boolean mayWaitHere = !Thread.currentThread().isVirtual() && LoopDescriptors.current() == null;
        Closes.close(fd, lingerSeconds > 0 && !mayWaitHere);
    }

    /** Calls what does not wait with the number of the socket. */
    public int use(NumberUse use) throws IOException {
        hold();
        try {
            return use.of(fd);
        } finally {
            release();
        }
    }

    /** SO_LINGER was set to so many seconds; below 0 if it was switched off. */
    public void lingerSet(int seconds) {
        if (seconds > 0) {
            WaitingCloses.prepare();
        }
        lingerSeconds = seconds;
    }

    /**
     * Reads into an array of at least one byte, and waits if there is nothing.
     *
     * @param timeoutNanos 0 for none
     * @return how many bytes; 0 at the end
     */
    public int read(byte[] array, int offset, int length, long timeoutNanos) throws IOException {
        try {
            SocketOnLoop here = here();
            long count = here != null ? here.read(array, offset, length, timeoutNanos)
                    : ForeignCall.perform(this, ArrayRead.CALL, new ArrayPart().set(array, offset, length),
                            timeoutNanos);
            checkEnd(count);
            answerOwed = false;
            return (int) count;
        } catch (IOException e) {
            throw closedOr(e);
        }
    }

    /** Writes all of a part of an array, and waits whenever there is no room. */
    public void write(byte[] array, int offset, int length) throws IOException {
        try {
            takeTurn();
            try {
                answerOwed = true; // before the write: the answer may be read at once
                perform(ArrayWrite.CALL, written.set(array, offset, length), 0);
            } finally {
                written.clear();
                writeTurn.release();
            }
        } catch (IOException e) {
            throw closedOr(e);
        }
    }

    /**
     * Waits for a connection, and returns its number, which is the caller's.
     *
     * @param peerAddress where the address of the peer goes, as the kernel has it: {@link Sockets#STORAGE_SIZE} bytes
     * @param timeoutNanos 0 for none
     */
    public int accept(byte[] peerAddress, long timeoutNanos) throws IOException {
        ArrayPart peer = new ArrayPart().set(peerAddress, 0, peerAddress.length);
        try {
            SocketOnLoop here = here();
            return (int) (here != null ? here.accept(peer, timeoutNanos)
                    : ForeignCall.perform(this, ConnectionAccept.CALL, peer, timeoutNanos));
        } catch (IOException e) {
            throw closedOr(e);
        }
    }

    /**
     * Waits for the end of a connect(2) that has answered EINPROGRESS.
     *
     * @param timeoutNanos 0 for none
     */
    public void awaitConnected(long timeoutNanos) throws IOException {
        try {
            checkEnd(perform(ConnectEnd.CALL, null, timeoutNanos));
        } catch (IOException e) {
            throw closedOr(e);
        }
    }

    private long perform(RoamingCall call, ArrayPart argument, long timeoutNanos) throws IOException {
        SocketOnLoop here = here();
        return here != null ? here.perform(call, argument, timeoutNanos)
                : ForeignCall.perform(this, call, argument, timeoutNanos);
    }

    /** A close ends the stream here, so a read that finds its end may be one that the close has ended. */
    private void checkEnd(long result) throws ClosedChannelException {
        if (result == 0 && isClosed()) {
            throw new ClosedChannelException();
        }
    }

    /** Whatever a close by another thread makes of a call, the call is told of the close. */
    private IOException closedOr(IOException failure) {
        boolean interrupted = failure instanceof InterruptedIOException && !(failure instanceof SocketTimeoutException);
        if (!isClosed() || interrupted || failure instanceof ClosedChannelException) {
            return failure;
        }
        ClosedChannelException closed = new ClosedChannelException();
        closed.initCause(failure);
        return closed;
    }

    private void takeTurn() throws InterruptedIOException {
        if (writeTurn.tryAcquire()) {
            return;
        }
        LoopDescriptors loop = LoopDescriptors.current();
        if (loop == null) {
            writeTurn.acquireUninterruptibly();
            return;
        }
        if (!loop.mayWait()) {
            throw loop.mustNotWait(ArrayWrite.CALL.name);
        }
        try {
            writeTurn.acquire();
        } catch (InterruptedException e) {
            loop.keepInterruptOfTheProgram(ArrayWrite.CALL.name);
            throw new InterruptedIOException(ArrayWrite.CALL.name + ": interrupted");
        }
    }

    /**
     * Where the current thread waits: on the loop that carries it. Null for a thread that no loop carries, and where a
     * thread of a loop must not wait.
     */
    private SocketOnLoop here() throws IOException {
        SocketOnLoop[] now = places.get();
        for (SocketOnLoop place : now) {
            if (place.io.tasks.haveCurrentThread()) {
                return place;
            }
        }
        LoopDescriptors loop = LoopDescriptors.current();
        return loop == null || !loop.mayWait() ? null : on(loop);
    }

    /** The place on a loop, on the loop's thread. If the socket is not there yet it comes there. */
    SocketOnLoop on(LoopDescriptors loop) throws IOException {
        for (SocketOnLoop place : places.get()) {
            if (place.owner() == loop) {
                return place;
            }
        }
        SocketOnLoop made = lendTo(loop);
        SocketOnLoop[] before = places.getAndUpdate(all -> with(all, made));
        if (isClosed()) { // whoever has closed it meanwhile may not have seen this place
            made.leave();
            throw new ClosedChannelException();
        }
        for (SocketOnLoop place : before) {
            place.owner().submit(place::leaveIfUnused);
        }
        return made;
    }

    /**
     * Puts the socket on the loop that runs the current code, if that has a virtual clock: so the clock knows that the
     * socket's peer is not outside of the loop.
     */
    public void comeToVirtualTime() throws IOException {
        LoopDescriptors loop = LoopDescriptors.current();
        if (loop != null && loop.hasVirtualClock() && loop.mayWait()) {
            on(loop);
        }
    }

    boolean isAnswerOwed() {
        return answerOwed;
    }

    private SocketOnLoop lendTo(LoopDescriptors loop) throws IOException {
        hold();
        Registration registration;
        try {
            registration = loop.lend(fd, () -> hasLeft(loop));
        } catch (IOException | RuntimeException | Error e) {
            release();
            throw e;
        }
        try {
            return new SocketOnLoop(this, loop, registration);
        } catch (OutOfMemoryError full) {
            Closes.close(loop.io().poller, registration); // which releases the number
            throw full;
        }
    }

    private static SocketOnLoop[] with(SocketOnLoop[] all, SocketOnLoop one) {
        SocketOnLoop[] more = new SocketOnLoop[all.length + 1];
        System.arraycopy(all, 0, more, 0, all.length);
        more[all.length] = one;
        return more;
    }

    private static SocketOnLoop[] without(SocketOnLoop[] all, LoopDescriptors loop) {
        SocketOnLoop[] fewer = NOWHERE;
        for (SocketOnLoop place : all) {
            if (place.owner() != loop) {
                fewer = with(fewer, place);
            }
        }
        return fewer;
    }

    /** The socket has left a loop. On the loop's thread. */
    void hasLeft(LoopDescriptors loop) {
        places.updateAndGet(all -> without(all, loop));
        release();
    }

    /**
     * Closes the socket, unless that was done: its calls end, on all threads. From any thread.
     *
     * @param connected whether the peer is to be told of the end, even if bytes wait here that nobody has read
     */
    public void close(boolean connected) {
        int before = holds.getAndUpdate(now -> now | CLOSED);
        if (before < 0) {
            return;
        }
        if (connected && lingerSeconds != 0) {
            Sockets.shutdown(fd, Sockets.SHUT_WR);
        }
        for (SocketOnLoop place : places.get()) {
            if (place.owner().isHere()) {
                place.leave();
            }
        }
        if (holds.get() != (CLOSED | OPENER)) {
            endCallsElsewhere(connected);
        }
        release();
    }

    /**
     * Ends the calls of other threads, which hold the number. The kernel wakes those in poll(2) when the socket is shut
     * down. A connection that is to be reset on its close is reset here: the close itself may come later.
     */
    private void endCallsElsewhere(boolean connected) {
        if (connected && lingerSeconds == 0) {
            Sockets.disconnect(fd);
        } else {
            Sockets.shutdown(fd, Sockets.SHUT_RDWR);
        }
        for (SocketOnLoop place : places.get()) {
            place.owner().submit(place::leave);
        }
    }
}
