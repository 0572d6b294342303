package io.stepoll.internal.io;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.internal.poll.Registration;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.nio.channels.ClosedChannelException;

/**
 * A {@link RoamingSocket} on one loop: its registration there, by which the tasks of the loop wait. All of it happens
 * on the loop's thread.
 */
final class SocketOnLoop extends OpenDescriptor {
    private final RoamingSocket socket;
    private final LoopDescriptors owner;

    /** Whether the loop has a virtual clock. */
    private final boolean virtual;

    /** How many calls go on here, waits included. */
    private int calls;

    /** For the next read; null while one goes on. */
    private ArrayPart part = new ArrayPart();

    SocketOnLoop(RoamingSocket socket, LoopDescriptors owner, Registration registration) {
        super(owner.io(), registration, DescriptorKind.TCP);
        this.socket = socket;
        this.owner = owner;
        virtual = owner.hasVirtualClock();
    }

    LoopDescriptors owner() {
        return owner;
    }

    /** Reads, and waits if there is nothing. Allocates nothing, unless another read goes on here. */
    long read(byte[] array, int offset, int length, long timeoutNanos) throws IOException {
        ArrayPart mine = part == null ? new ArrayPart() : part;
        part = null;
        try {
            return perform(ArrayRead.CALL, mine.set(array, offset, length), timeoutNanos);
        } finally {
            mine.clear();
            part = mine;
        }
    }

    /**
     * Makes a call in a task of the loop, which waits here.
     *
     * @param timeoutNanos of the loop's time; 0 for none
     * @throws InterruptedIOException if the task was interrupted. The status is set again unless that was a cancel or a
     *     deadline: {@link java.net.Socket} then closes the socket, as the JDK does.
     */
    long perform(RoamingCall call, ArrayPart argument, long timeoutNanos) throws IOException {
        calls++;
        try (OwedAnswer _ = virtual ? owedAnswer(call, timeoutNanos) : null) {
            return BlockingCall.perform(this, call.name, call.interest, call, argument, deadlineNanos(timeoutNanos));
        } catch (SocketTimeoutException e) {
            throw e;
        } catch (InterruptedIOException e) {
            owner.keepInterruptOfTheProgram(call.name);
            throw e;
        } finally {
            calls--;
        }
    }

    private OwedAnswer owedAnswer(RoamingCall call, long timeoutNanos) {
        boolean reads = call == ArrayRead.CALL;
        return reads || call == ConnectEnd.CALL ? OwedAnswer.await(this, io.tasks.current(call.name),
                reads && socket.isAnswerOwed(), timeoutNanos) : null;
    }

    /** From now on, and not from the begin of the phase: java.net ends no wait before its time. */
    private long deadlineNanos(long timeoutNanos) {
        return timeoutNanos == 0 ? EventLoop.NO_DEADLINE : io.reactor.clockNanos() + timeoutNanos;
    }

    /** Accepts a connection, as {@link #perform} does. When the loop has stopped its listeners, closes the socket. */
    long accept(ArrayPart peer, long timeoutNanos) throws IOException {
        if (owner.draining().isStopping(this)) {
            return acceptLast(peer);
        }
        try {
            return perform(ConnectionAccept.CALL, peer, timeoutNanos);
        } catch (ClosedChannelException e) {
            if (owner.draining().isStopping(this)) {
                socket.close(false);
            }
            throw e;
        }
    }

    private long acceptLast(ArrayPart peer) throws IOException {
        long accepted = BlockingCall.tryPerform(this, ConnectionAccept.CALL.name, Registration.READ,
                ConnectionAccept.CALL, peer);
        if (accepted == Descriptor.WOULD_BLOCK) {
            socket.close(false);
            throw new ClosedChannelException();
        }
        return accepted;
    }

    /** A thread that no loop carries begins or ends a wait here. */
    void foreignWaits(int more) {
        calls += more;
    }

    /** Another loop has the socket, too, from now on. Leaves it to that loop, unless a call goes on here. */
    void leaveIfUnused() {
        if (calls == 0) {
            leave();
        }
    }

    /** Takes the socket off the loop. Its waits end. */
    void leave() {
        if (isOpen()) {
            ended();
            io.poller.deregister(registration(), socket.isClosedNext());
        }
    }
}
