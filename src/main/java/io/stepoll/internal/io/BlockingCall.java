package io.stepoll.internal.io;

import io.stepoll.Descriptor;
import io.stepoll.HangUp;
import io.stepoll.internal.failure.SystemCallFailures;
import io.stepoll.internal.metrics.LoopCounters;
import io.stepoll.internal.poll.Registration;
import io.stepoll.internal.sys.Errno;
import io.stepoll.internal.task.TaskWait;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketException;

/**
 * The one way through a system call that may have to wait: try the call, wait while it answers EAGAIN, try again, and
 * count each try against the budget. A task that writes waits for its turn before. Bytes, vectors, connections,
 * datagrams, passed descriptors, files and the user's own calls all go this way. Nothing is allocated on it.
 */
final class BlockingCall {
    /** In place of an interest: the call is tried whatever is known of the readiness, and changes nothing of it. */
    static final int NO_INTEREST = 0;

    private BlockingCall() {}

    /**
     * Makes a call, as often as it takes, and waits in between. In a task.
     *
     * @param name of the call, for messages
     * @param interest the readiness that the call needs: {@link Registration#READ} or {@link Registration#WRITE}
     * @param deadlineNanos of the loop's time, for all waits together
     * @return the sum of the results
     */
    static <A> long perform(OpenDescriptor descriptor, String name, int interest, Operation<A> operation, A argument,
            long deadlineNanos) throws IOException {
        TaskWait task = descriptor.callBegins(name);
        Registration registration = descriptor.registration();
        boolean reads = interest == Registration.READ;
        boolean turn = takesTurns(descriptor, interest) && descriptor.writeBegins(task, name, deadlineNanos);
        boolean ready = true;
        boolean armed = false;
        long moved = 0;
        try {
            for (;;) {
                long result = reads && !registration.mayRead() ? -Errno.EAGAIN
                        : attempt(descriptor, interest, operation, argument);
                if (result >= 0) {
                    moved += result;
                    if (result > 0) {
                        descriptor.moved(operation, result);
                    }
                    if (operation.isDone(argument)) {
                        return moved;
                    }
                    ready = true;
                    task.operationBegins(name, descriptor);
                } else if (result == -Errno.EAGAIN) {
                    armed = !reads;
                    if (reads) {
                        registration.readWouldBlock();
                    }
                    if (!ready && descriptor.kind() != DescriptorKind.DATAGRAM) {
                        // The wait ended with a mere hang-up or error, and the call has not said which.
                        throw SystemCallFailures.of(name, task.wasHungUp() ? Errno.EPIPE : Errno.ECONNRESET,
                                descriptor.describe());
                    }
                    if (armed && operation.flow != Operation.Flow.CONNECT) {
                        descriptor.io.counters.increment(LoopCounters.WRITE_WAITS);
                    }
                    ready = await(task, descriptor, name, interest, deadlineNanos);
                } else if (result != -Errno.EINTR) {
                    throw descriptor.failure(name, (int) -result);
                }
            }
        } catch (InterruptedIOException e) { // a timeout is one, too
            e.bytesTransferred = (int) Math.min(moved, Integer.MAX_VALUE);
            throw e;
        } catch (SocketException e) {
            throw SystemCallFailures.after(e, moved);
        } finally {
            if (armed) {
                registration.writesDone(); // fails only where the descriptor was closed behind the loop's back
            }
            if (turn) {
                descriptor.writeEnds();
            }
        }
    }

    /** Makes the call once, and counts what would block. */
    private static <A> long attempt(OpenDescriptor descriptor, int interest, Operation<A> operation, A argument) {
        long result = operation.attempt(descriptor, argument);
        if (result == -Errno.EAGAIN && operation.flow != Operation.Flow.CONNECT) {
            boolean writes = interest == Registration.WRITE || operation.flow == Operation.Flow.OUT;
            descriptor.io.counters.increment(
                    writes ? LoopCounters.WRITE_WOULD_BLOCKS : LoopCounters.READ_WOULD_BLOCKS);
        }
        return result;
    }

    /**
     * Whether writes to the descriptor wait for each other. Each datagram is whole by itself, and goes to an address of
     * its own.
     */
    private static boolean takesTurns(OpenDescriptor descriptor, int interest) {
        return interest == Registration.WRITE && descriptor.kind() != DescriptorKind.DATAGRAM;
    }

    private static boolean await(TaskWait task, OpenDescriptor descriptor, String name, int interest,
            long deadlineNanos) throws IOException {
        descriptor.checkHasNoHandler(name); // which it may have got while the task has yielded
        boolean ready = task.await(name, descriptor.registration(), interest, descriptor, deadlineNanos);
        if (!descriptor.isOpen()) { // closed between the wake and the task's turn: its number may be another's by now
            throw descriptor.closedMeanwhile();
        }
        return ready;
    }

    /**
     * Makes a call, as often as it takes but without waiting.
     *
     * @param interest as for {@link #perform}, or {@link #NO_INTEREST}
     * @return the sum of the results; {@link Descriptor#WOULD_BLOCK} if the first call would have to wait, or would
     *     come into the middle of a task's write
     */
    static <A> long tryPerform(OpenDescriptor descriptor, String name, int interest, Operation<A> operation, A argument)
            throws IOException {
        descriptor.check(name);
        if (interest == Registration.WRITE && descriptor.isBeingWritten()) {
            return Descriptor.WOULD_BLOCK;
        }
        Registration registration = descriptor.registration();
        boolean reads = interest == Registration.READ;
        long moved = 0;
        boolean interrupted = false;
        while (interrupted || descriptor.handlerMayGoOn()) {
            long result = reads && !registration.mayRead() ? -Errno.EAGAIN
                    : attempt(descriptor, interest, operation, argument);
            interrupted = result == -Errno.EINTR;
            if (result >= 0) {
                moved += result;
                if (result > 0) {
                    descriptor.moved(operation, result);
                }
                if (reads) {
                    descriptor.hasRead();
                } else if (interest == Registration.WRITE) {
                    descriptor.hasWritten();
                }
                if (operation.isDone(argument)) {
                    return moved;
                }
            } else if (!interrupted && result != -Errno.EAGAIN) {
                throw SystemCallFailures.after(descriptor.failure(name, (int) -result), moved);
            }
            if (result == -Errno.EAGAIN || result >= 0 && descriptor.wroteShort) {
                if (reads) {
                    registration.readWouldBlock();
                } else if (interest == Registration.WRITE) {
                    registration.writeWouldBlock();
                }
                break;
            }
        }
        return moved > 0 ? moved : Descriptor.WOULD_BLOCK;
    }

    /**
     * Waits until a read would not block, with no call to follow. In a task. A poll may have reported readiness while
     * the task has yielded, and reports it once.
     */
    static void awaitReadable(OpenDescriptor descriptor, String name, long deadlineNanos) throws IOException {
        TaskWait task = descriptor.callBegins(name);
        if (descriptor.registration().isShared() || !descriptor.registration().mayRead()) {
            awaitReadable(task, descriptor, name, deadlineNanos);
        }
    }

    /** Does the same in a task whose call has begun, and has found that a read would block. */
    static void awaitReadable(TaskWait task, OpenDescriptor descriptor, String name, long deadlineNanos)
            throws IOException {
        await(task, descriptor, name, Registration.READ, deadlineNanos);
    }

    /** Waits until the peer has hung up so far, or farther. In a task. Returns how far. */
    static HangUp awaitHangUp(OpenDescriptor descriptor, HangUp least, long deadlineNanos) throws IOException {
        TaskWait task = descriptor.callBegins("awaitHangUp");
        if (descriptor.isDatagramSocket()) {
            throw new UnsupportedOperationException("awaitHangUp on " + descriptor.describe()
                    + ": datagrams know no hang-up");
        }
        int howFar = least == HangUp.HALF ? Registration.HALF_END : Registration.END;
        while (!descriptor.registration().hasEnded(howFar)) {
            await(task, descriptor, "awaitHangUp", howFar, deadlineNanos);
        }
        return descriptor.hangUp();
    }

    /** Waits until a write would not block, with no call to follow. In a task. */
    static void awaitWritable(OpenDescriptor descriptor, String name, long deadlineNanos) throws IOException {
        TaskWait task = descriptor.callBegins(name);
        try {
            descriptor.registration().reportRoomAgain(); // fails only where the call after it fails, too
            await(task, descriptor, name, Registration.WRITE, deadlineNanos);
        } finally {
            descriptor.registration().writesDone();
        }
    }
}
