package io.stepoll.buffer;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.Timer;
import io.stepoll.internal.io.LoopDescriptors;
import io.stepoll.internal.io.QueuedWrites;
import io.stepoll.internal.memory.LoopBuffers;
import io.stepoll.internal.task.TaskWait;
import io.stepoll.net.StreamChannel;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What is to be written to a connection, by callbacks and by any number of tasks. A write puts a message at the end of
 * the queue. In the phase of queued callbacks that follows, what is queued goes, by one writev(2) as far as the kernel
 * takes it, and the rest as there is room again. A message is whole: no other bytes come into its middle.
 *
 * <p><b>Memory.</b> A message in a buffer is copied, into buffers of the loop's pool, so the caller may use its buffer
 * again at once. A {@link SharedMessage} is not copied. An empty queue holds no buffer. In steady state a queue over a
 * descriptor allocates nothing.
 *
 * <p><b>A peer that does not read.</b> {@link #limit} says how many bytes may be queued, and what happens to a write
 * beyond that; {@link #waterMarks} and a {@link #listener} tell before. {@link #pendingBytes} and {@link #oldestAge}
 * say how much is queued, and for how long.
 *
 * <p><b>What may be mixed</b> on one connection:
 * <ul>
 * <li>Tasks may read beside the queue, and so may a handler of the descriptor. Nothing of either is in the way of the
 *     queue, which needs no handler, and asks for write readiness by itself.
 * <li>Direct writes are ordered. As long as the queue has something, it has its turn, as a task within a write has. A
 *     task that writes directly waits for its own turn; what is queued by then goes first, and what is queued later
 *     goes behind that write. A {@code tryWrite} meanwhile finds no room.
 * <li>A descriptor has one queue at most: a second one is an {@link IllegalStateException}.
 * <li>Closing the descriptor itself cuts the connection, as {@link #cut} does.
 * </ul>
 *
 * <p><b>Threads.</b> A queue belongs to its loop: to callbacks, to tasks and to the loop's thread. On any other thread
 * its methods throw {@link WrongThreadException}; such a thread writes by {@link EventLoop#callSoon}, or sends the
 * messages through a {@link io.stepoll.sync.BoundedChannel} to a task. The completions of messages and the listener are
 * called as callbacks of the loop, never within a call of these methods, and what they throw goes to the
 * {@link io.stepoll.FailureHandler}.
 *
 * @since 0.1.0
 */
public final class WriteQueue implements AutoCloseable {
    /**
     * What becomes of a write that would exceed the limit.
     *
     * @since 0.1.0
     */
    public enum WhenFull {
        /** The message is dropped: the write returns false, and {@link #dropped} counts it. */
        DROP,
        /** The connection is closed at once. Everything queued fails with a {@link WriteQueueFullException}. */
        CLOSE,
        /** A task waits until there is room. In a callback, which cannot wait, the write returns false. */
        WAIT
    }

    private static final long DEFAULT_LIMIT = 1 << 20;
    private static final long DEFAULT_HIGH = 1 << 16;
    private static final long DEFAULT_LOW = 1 << 15;

    private static final WriteQueueListener NOBODY = new WriteQueueListener() {};

    /** How many buffers a layer above the socket is given at a time: it makes records of 16 KiB. */
    private static final int MOST_BUFFERS = 64;

    private final QueueOutput output;
    private final LoopDescriptors owner;
    private final Writes writes;
    private final QueuedPieces pieces;
    private final QueuedMessages messages = new QueuedMessages();

    private WriteQueueListener listener = NOBODY;
    private long limit = DEFAULT_LIMIT;
    private WhenFull whenFull = WhenFull.WAIT;
    private long high = DEFAULT_HIGH;
    private long low = DEFAULT_LOW;

    /* In bytes since the begin of the queue. */
    private long queuedEnd;
    private long writtenEnd; // what the output has taken
    private long goneEnd; // what the kernel has taken

    /** Until where the queue has its turn, once somebody waits for that; -1 while nobody does. */
    private long turnEnd = -1;

    private long dropped;
    private boolean isAbove;
    private boolean toldAbove;
    private boolean telling;
    private boolean tellAgain;

    /* The end, in this order. */
    private boolean ending; // takes nothing more
    private boolean endsByClose; // and not by the end of the output alone
    private boolean ended; // closed, cut or failed
    private boolean cut; // by the user
    private @Nullable Timer lastMoment; // null for none
    private @Nullable IOException reason; // for the cut; null for the one that the descriptor's close gives
    private @Nullable IOException failure;

    /* Tasks that wait; null until the first. */
    private @Nullable ArrayDeque<Waiting> forRoom;
    private @Nullable ArrayDeque<Waiting> forFlush;
    private long promised; // bytes for which tasks have got room

    /** A task that waits, until it is let go on. */
    private static final class Waiting implements BooleanSupplier {
        private final Thread thread = Thread.currentThread();
        private final long bytes; // that it wants room for; or where it waits for the queue to have come to
        private boolean hasRoom; // which is promised to it
        private boolean over;

        Waiting(long bytes) {
            this.bytes = bytes;
        }

        void end() {
            over = true;
            LockSupport.unpark(thread);
        }

        @Override
        public boolean getAsBoolean() {
            return over;
        }
    }

    private final class Writes extends QueuedWrites {
        Writes() throws IOException {
            super(output.descriptor);
        }

        @Override
        protected Result write(int calls) throws IOException {
            return WriteQueue.this.write(calls);
        }

        @Override
        protected void failed(IOException thrown) {
            WriteQueue.this.fail(thrown);
        }

        @Override
        protected void tell() {
            WriteQueue.this.tell();
        }
    }

    private WriteQueue(QueueOutput output) throws IOException {
        this.output = output;
        owner = output.descriptor.owner();
        pieces = new QueuedPieces((LoopBuffers) owner.loop().buffers());
        writes = new Writes();
    }

    /**
     * Makes the queue of a descriptor: a stream socket, or the writing end of a pipe.
     *
     * @param descriptor what to write to
     * @return the queue
     * @throws IllegalStateException if it has a queue already
     * @throws IOException if it is closed
     */
    public static WriteQueue over(Descriptor descriptor) throws IOException {
        return new WriteQueue(QueueOutput.of(descriptor));
    }

    /**
     * Makes the queue of a connection: of a {@link io.stepoll.net.StreamSocket}, or of TLS over one, whose handshake is
     * complete.
     *
     * @param channel what to write to
     * @return the queue
     * @throws IllegalStateException if it has a queue already, or its handshake is not complete
     * @throws IOException if it is closed, or broken
     */
    public static WriteQueue over(StreamChannel channel) throws IOException {
        return new WriteQueue(QueueOutput.of(channel));
    }

    /**
     * Sets the water marks, of which the {@link #listener} is told. By default they are at 32 KiB and 64 KiB.
     *
     * @param newLow in bytes
     * @param newHigh in bytes
     * @return this queue
     * @throws IllegalArgumentException if the low one is negative, or above the high one
     */
    public WriteQueue waterMarks(long newLow, long newHigh) {
        if (newLow < 0 || newLow > newHigh) {
            throw new IllegalArgumentException("water marks " + newLow + " and " + newHigh);
        }
        check("waterMarks");
        low = newLow;
        high = newHigh;
        return this;
    }

    /** {@return the low water mark, in bytes} */
    public long lowWaterMark() {
        return low;
    }

    /** {@return the high water mark, in bytes} */
    public long highWaterMark() {
        return high;
    }

    /**
     * Sets how many bytes may be queued, and what happens to a write beyond that. By default these are 1 MiB and
     * {@link WhenFull#WAIT}. A message that is longer than the limit is taken when nothing else is queued.
     *
     * @param bytes how many
     * @param then what happens
     * @return this queue
     * @throws IllegalArgumentException if the limit is not more than 0
     */
    public WriteQueue limit(long bytes, WhenFull then) {
        Objects.requireNonNull(then, "then");
        if (bytes <= 0) {
            throw new IllegalArgumentException("limit " + bytes);
        }
        check("limit");
        limit = bytes;
        whenFull = then;
        return this;
    }

    /**
     * Sets who is told of water marks and of the queue's failure.
     *
     * @param newListener the only one from now on
     * @return this queue
     */
    public WriteQueue listener(WriteQueueListener newListener) {
        Objects.requireNonNull(newListener, "listener");
        check("listener");
        listener = newListener;
        return this;
    }

    private void check(String call) {
        owner.check(call);
    }

    /**
     * Queues a message: a copy of what remains in a buffer. In a task, and with {@link WhenFull#WAIT}, this waits while
     * there is no room. Otherwise it never waits.
     *
     * @param message its position moves to its limit if the message was queued
     * @return whether the message was queued; false as {@link WhenFull} says
     * @throws ClosedChannelException if the queue or its descriptor is closed, or has failed: then with that as cause
     * @throws InterruptedIOException if the task is interrupted while it waits: the message is not queued
     * @throws IOException as these
     */
    public boolean write(ByteBuffer message) throws IOException {
        return write(message, null);
    }

    /**
     * Queues a message; otherwise as {@link #write(ByteBuffer)}.
     *
     * @param message its position moves to its limit if the message was queued
     * @param completion is told what has become of the message, once, if the message was queued; null for nobody
     * @return as there
     * @throws IOException as there
     */
    public boolean write(ByteBuffer message, @Nullable WriteCompletion completion) throws IOException {
        int length = message.remaining();
        if (!admits(length)) {
            return false;
        }
        prepare(length);
        pieces.copy(message, length);
        message.position(message.limit());
        queued(length, completion);
        return true;
    }

    /**
     * Queues a shared message, without a copy; otherwise as {@link #write(ByteBuffer)}.
     *
     * @param message which the queue needs until it has gone
     * @return as there
     * @throws IOException as there
     */
    public boolean write(SharedMessage message) throws IOException {
        return write(message, null);
    }

    /**
     * Queues a shared message; otherwise as {@link #write(SharedMessage)}.
     *
     * @param message which the queue needs until it has gone
     * @param completion as for {@link #write(ByteBuffer, WriteCompletion)}
     * @return as there
     * @throws IOException as there
     */
    public boolean write(SharedMessage message, @Nullable WriteCompletion completion) throws IOException {
        int length = message.length();
        if (!admits(length)) {
            return false;
        }
        prepare(length);
        if (length > 0) {
            message.retain();
            boolean added = false;
            try {
                pieces.add(message);
                added = true;
            } finally {
                if (!added) {
                    message.close();
                }
            }
        }
        queued(length, completion);
        return true;
    }

    /** Does what may fail for want of memory: before the message is queued. */
    private void prepare(int length) {
        messages.reserve();
        if (!writes.isWaiting() || !isAbove && pendingBytes() + length > high) {
            writes.writeSoon();
        }
    }

    private void queued(int length, @Nullable WriteCompletion completion) {
        boundTurn();
        queuedEnd += length;
        messages.add(queuedEnd, writes.nowNanos(), completion);
        isAbove |= pendingBytes() > high;
    }

    /** Whether so many bytes more may be queued. May wait for that. */
    private boolean admits(int length) throws IOException {
        checkTakes();
        if (hasRoomFor(length) && !isAnybodyWaitingForRoom()) {
            return true;
        }
        switch (whenFull) {
            case DROP -> dropped++;
            case CLOSE -> cut(new WriteQueueFullException(output.descriptor.describe(), pendingBytes(), limit));
            case WAIT -> {
                return awaitRoom(length);
            }
        }
        return false;
    }

    private void checkTakes() throws ClosedChannelException {
        if (ended || ending || !output.descriptor.isOpen()) {
            check("write");
            ClosedChannelException closed = new ClosedChannelException();
            closed.initCause(failure);
            throw closed;
        }
        output.descriptor.check("write");
    }

    private boolean hasRoomFor(long length) {
        long used = pendingBytes() + promised;
        return used == 0 || used + length <= limit;
    }

    private boolean isAnybodyWaitingForRoom() {
        return forRoom != null && !forRoom.isEmpty();
    }

    private boolean awaitRoom(int length) throws IOException {
        if (!Thread.currentThread().isVirtual() || owner.isInCallback()) {
            return false;
        }
        if (forRoom == null) {
            forRoom = new ArrayDeque<>();
        }
        Waiting waiting = new Waiting(length);
        try {
            await("write", forRoom, waiting, EventLoop.NO_DEADLINE);
        } finally {
            if (waiting.hasRoom) {
                promised -= length;
            }
            if (isAnybodyWaitingForRoom()) {
                writes.writeSoon(); // looks again: this task may not use the room
            }
        }
        checkTakes();
        return true;
    }

    /** In a task. If what it waits for has come, that counts, whatever else has come. */
    private void await(String call, ArrayDeque<Waiting> all, Waiting waiting, long deadlineNanos) throws IOException {
        TaskWait task = owner.tasks().current(call);
        task.checkNotInterrupted(call, output.descriptor);
        all.add(waiting);
        boolean came = false;
        try {
            came = task.await(call, waiting, this, deadlineNanos);
        } catch (InterruptedException e) {
            if (waiting.over) {
                Thread.currentThread().interrupt();
                return;
            }
            InterruptedIOException interrupted =
                    new InterruptedIOException(call + " on " + output.descriptor.describe() + ": interrupted");
            interrupted.initCause(e);
            throw interrupted;
        } finally {
            if (!waiting.over) {
                all.remove(waiting);
            }
        }
        if (!came) {
            throw new SocketTimeoutException(call + " on " + output.descriptor.describe() + ": timed out");
        }
    }

    /**
     * Waits until everything has gone that is queued now. In a task.
     *
     * @throws IOException if something did not go; {@link InterruptedIOException} if the task is interrupted
     */
    public void flush() throws IOException {
        flush(EventLoop.NO_DEADLINE);
    }

    /**
     * Waits until everything has gone, with a timeout; see {@link #flush()}.
     *
     * @param timeout how long to wait
     * @throws IOException as there; {@link SocketTimeoutException} past the timeout: the rest stays queued
     */
    public void flush(Duration timeout) throws IOException {
        flush(owner.deadlineNanos(timeout));
    }

    private void flush(long deadlineNanos) throws IOException {
        check("flush");
        if (pendingBytes() != 0 && failure == null) {
            if (forFlush == null) {
                forFlush = new ArrayDeque<>();
            }
            await("flush", forFlush, new Waiting(queuedEnd), deadlineNanos);
        } else {
            owner.tasks().current("flush");
        }
        if (failure != null) {
            ClosedChannelException closed = new ClosedChannelException();
            closed.initCause(failure);
            throw closed;
        }
    }

    /** {@return how many bytes are queued: of a message that has gone in part, those that have not} */
    public long pendingBytes() {
        return queuedEnd - goneEnd;
    }

    /** {@return how many messages are queued and have not gone, or not all of them} */
    public int pendingMessages() {
        return messages.count();
    }

    /** {@return for how long the first message has been queued; zero if there is none} On the loop's thread. */
    public Duration oldestAge() {
        check("oldestAge");
        return messages.isEmpty() ? Duration.ZERO : Duration.ofNanos(writes.nowNanos() - messages.firstSinceNanos());
    }

    /** {@return how many messages {@link WhenFull#DROP} has dropped} */
    public long dropped() {
        return dropped;
    }

    /** {@return whether it takes messages: it was not closed, and has not failed} */
    public boolean isOpen() {
        return !ending && !ended && output.descriptor.isOpen();
    }

    // Writing

    private QueuedWrites.Result write(int calls) throws IOException {
        for (int made = 0; writtenEnd < queuedEnd || goneEnd < writtenEnd; made++) {
            if (writtenEnd == turnEnd && goneEnd == writtenEnd) {
                turnEnd = -1;
                return QueuedWrites.Result.TURN;
            }
            if (made == calls && calls != 0) {
                return QueuedWrites.Result.MORE;
            }
            if (!writeOnce()) {
                return QueuedWrites.Result.NO_ROOM;
            }
        }
        turnEnd = -1;
        return QueuedWrites.Result.DONE;
    }

    /** If somebody waits for the turn, what is queued now still goes before. */
    private void boundTurn() {
        if (turnEnd < 0 && writes.isAwaited() && writtenEnd < queuedEnd) {
            turnEnd = queuedEnd;
        }
    }

    /** Returns whether there is room for more. */
    private boolean writeOnce() throws IOException {
        boundTurn();
        if (turnEnd < 0) {
            pieces.allowAll();
        } else {
            pieces.allow(turnEnd - writtenEnd);
        }
        if (output.isPlain()) {
            long count = writes.write(pieces);
            if (count == Descriptor.WOULD_BLOCK) {
                return false;
            }
            written(count);
            goneEnd = writtenEnd;
            return !writes.wroteShort();
        }
        long count = writtenEnd < queuedEnd ? output.tryWrite(pieces.views(MOST_BUFFERS)) : 0;
        written(Math.max(count, 0));
        boolean allGone = output.hasGone();
        if (allGone) {
            goneEnd = writtenEnd;
        }
        return allGone && count != Descriptor.WOULD_BLOCK;
    }

    private void written(long count) {
        writtenEnd += count;
        pieces.gone(count);
    }

    // Telling

    private void tell() {
        if (telling) { // by a callback of the user's, or while one waits for a lock
            tellAgain = true;
            return;
        }
        telling = true;
        try {
            do {
                tellAgain = false;
                tellWhatHasGone();
                letTasksGoOn();
                tellMarks();
                if (ending && !ended && pendingBytes() == 0 && messages.isEmpty()) {
                    end();
                }
            } while (tellAgain);
        } finally {
            telling = false;
        }
    }

    private void tellWhatHasGone() {
        while (!messages.isEmpty() && messages.firstEnd() <= goneEnd) {
            WriteCompletion completion = messages.removeFirst();
            if (completion != null) {
                try {
                    completion.written();
                } catch (Throwable thrown) {
                    writes.callbackFailed(completion, thrown);
                }
            }
        }
    }

    private void letTasksGoOn() {
        while (forRoom != null && !forRoom.isEmpty() && mayGoOn(forRoom.peek())) {
            Waiting first = forRoom.poll();
            promised += first.bytes;
            first.hasRoom = true;
            first.end();
        }
        if (ending) {
            endAll(forRoom);
        }
        while (forFlush != null && !forFlush.isEmpty() && forFlush.peek().bytes <= goneEnd) {
            forFlush.poll().end();
        }
    }

    /** Room is given from the low water mark on. So a task that writes little by little does not wait each time. */
    private boolean mayGoOn(Waiting task) {
        return hasRoomFor(task.bytes) && (pendingBytes() <= Math.min(low, limit / 2) || promised > 0);
    }

    private void tellMarks() {
        if (isAbove && pendingBytes() <= low) {
            isAbove = false;
        }
        if (isAbove == toldAbove || ended) {
            return;
        }
        toldAbove = isAbove;
        try {
            if (isAbove) {
                listener.aboveHighWaterMark(this);
            } else {
                listener.belowLowWaterMark(this);
            }
        } catch (Throwable thrown) {
            writes.callbackFailed(listener, thrown);
        }
        tellAgain = true; // it may have changed meanwhile
    }

    // The end

    /**
     * Ends the output, behind what is queued: the peer comes to the end once it has read everything. Takes nothing
     * more. The connection stays open for reading.
     *
     * @throws WrongThreadException on another thread
     */
    public void shutdownOutput() {
        check("shutdownOutput");
        ending = true;
        writes.writeSoon();
    }

    /**
     * Closes the connection, behind what is queued, however long that takes. Takes nothing more. May be called again.
     *
     * <p>A close resets the connection if something has come that nobody has read, and then the peer may lose what it
     * has not read yet. Where that matters, call {@link #shutdownOutput}, and read to the end before the close.
     */
    @Override
    public void close() {
        if (ended && !output.descriptor.isOpen()) {
            return;
        }
        check("close");
        ending = true;
        endsByClose = true;
        if (ended || pendingBytes() == 0 && messages.isEmpty()) {
            end();
        } else {
            writes.writeSoon();
        }
    }

    /**
     * Closes the connection, behind what is queued, and cuts it if that has not gone by then.
     *
     * @param atMost how long it may take, counted as for {@link EventLoop#callLater}
     */
    public void close(Duration atMost) {
        close();
        if (output.descriptor.isOpen() && lastMoment == null) {
            lastMoment = owner.loop().callLater(atMost, () -> cut(new SocketTimeoutException("close on "
                    + output.descriptor.describe() + ": " + pendingBytes() + " bytes had not gone in time")));
        }
    }

    /** Closes the connection at once. What is queued does not go, and its completions are told so. */
    public void cut() {
        if (output.descriptor.isOpen()) {
            check("cut");
            cut = true;
            ending = true;
            output.close();
            writes.writeSoon();
        }
    }

    private void cut(IOException why) {
        reason = why;
        ending = true;
        output.descriptor.closesBecauseOf(why); // a task that reads there may know nothing of the queue
        output.close();
        writes.writeSoon();
    }

    /** Everything has gone. */
    private void end() {
        ended = true;
        if (lastMoment != null) {
            lastMoment.cancel();
        }
        if (endsByClose) {
            output.close();
            return;
        }
        try {
            output.shutdownOutput();
        } catch (IOException e) {
            writes.callbackFailed(this, e);
        }
    }

    private void fail(IOException thrown) {
        failure = reason == null ? thrown : reason;
        boolean hadSomething = !messages.isEmpty();
        ended = true;
        pieces.clear();
        writtenEnd = queuedEnd;
        goneEnd = queuedEnd;
        if (lastMoment != null) {
            lastMoment.cancel();
        }
        while (!messages.isEmpty()) {
            WriteCompletion completion = messages.removeFirst();
            if (completion != null) {
                try {
                    completion.failed(failure);
                } catch (Throwable e) {
                    writes.callbackFailed(completion, e);
                }
            }
        }
        endAll(forRoom);
        endAll(forFlush);
        if (hadSomething && !cut) {
            try {
                listener.failed(this, failure);
            } catch (Throwable e) {
                writes.callbackFailed(listener, e);
            }
        }
    }

    private static void endAll(@Nullable ArrayDeque<Waiting> all) {
        while (all != null && !all.isEmpty()) {
            all.poll().end();
        }
    }

    @Override
    public String toString() {
        return "WriteQueue[" + pendingBytes() + " bytes for " + output.descriptor + "]";
    }
}
