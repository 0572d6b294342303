package io.stepoll.buffer;

import io.stepoll.BufferPool;
import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.internal.io.LoopDescriptor;
import io.stepoll.internal.io.StreamWaits;
import io.stepoll.internal.io.StreamWaits.Limit;
import io.stepoll.net.StreamChannel;
import io.stepoll.net.StreamSocket;
import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A stream of bytes each way with a buffer each way, for tasks: over a {@link StreamSocket}, a TLS connection, a pipe.
 * It reads lines, frames and whatever a protocol is made of, and gathers what is written.
 *
 * <p><b>When bytes go.</b> What a task has written goes out before the task waits for input here, by {@link #flush},
 * and when the buffer is full. So a server that answers several requests which have come together writes all answers by
 * one call. A write that the buffer has no room for goes at once, behind what is in the buffer, by one gathering call
 * and without being copied.
 *
 * <p><b>Buffers.</b> They come from the {@linkplain EventLoop#buffers pool} of the loop. The stream has one only while
 * it has bytes: a stream whose task waits for input, and that holds no part of a message, has none. In steady state
 * nothing is allocated.
 *
 * <p><b>What ends a wait.</b> A timeout, a cancel and a deadline ({@link EventLoop#within}) leave the stream usable and
 * lose no byte: what had come stays in {@link #input}, what has not gone goes with the next write. A call that failed
 * can be made again. {@link #waitTimeout} limits each wait, {@link #idleTimeout} and its like how long nothing may
 * move. All limits of a stream together are one timer, which is not set for each wait.
 *
 * <p><b>Tasks.</b> The methods belong to tasks of the loop, and wait, but for {@link #input}, {@link #tryFill},
 * {@link #takeFound} and those that write into the buffer while it has room. One task at a time may read, and one may
 * write; a second one gets an {@link IllegalStateException}. These may be two tasks, which need not know of each other:
 * what one task has written another one's wait does not send. For many writers, or for callbacks, there is a queue.
 *
 * <p><b>The end.</b> {@link #close} sends what there is room for, without waiting. If not all of it has gone, it says
 * so by an exception; {@link #flush} before.
 *
 * @since 0.1.0
 */
public final class BufferedStream implements AutoCloseable {
    private static final byte NEWLINE = '\n';
    private static final byte RETURN = '\r';
    private static final int LONGEST_DECIMAL = 20;
    private static final int RADIX = 10;

    private final Ends ends;
    private final BufferPool pool;
    private final InputBuffer in;
    private final OutputBuffer out;
    private final StreamWaits waits;

    /** Who has written what is in the buffer; any thread if it is empty. */
    private @Nullable Thread writer;

    private boolean reading;
    private boolean writing;
    private boolean closed;
    private boolean outputFailed;
    private int found; // how many bytes of the input belong to what was awaited last

    private BufferedStream(Ends ends) {
        this.ends = ends;
        pool = ends.loop().buffers();
        in = new InputBuffer(pool);
        out = new OutputBuffer(pool);
        waits = new StreamWaits(ends.loop(), ends);
    }

    /**
     * Makes a buffered stream over a channel, which must not be read or written in another way any more.
     *
     * @param channel a {@link StreamSocket}, a TLS connection, or a channel of the user's own. The stream closes it.
     * @return the stream
     */
    public static BufferedStream over(StreamChannel channel) {
        return new BufferedStream(channel instanceof StreamSocket socket
                ? new DescriptorEnds(LoopDescriptor.of(socket.descriptor()), LoopDescriptor.of(socket.descriptor()))
                : new ChannelEnds(Objects.requireNonNull(channel, "channel")));
    }

    /**
     * Makes a buffered stream over a descriptor, which must not be read or written in another way any more.
     *
     * @param descriptor a stream socket, or anything else whose bytes have no boundaries. The stream closes it.
     * @return the stream
     * @throws IllegalArgumentException if it is a datagram or seqpacket socket
     */
    public static BufferedStream over(Descriptor descriptor) {
        return over(descriptor, descriptor);
    }

    /**
     * Makes a buffered stream over two descriptors, those of a process for instance.
     *
     * @param in what is read
     * @param out what is written, on the same loop. The stream closes both.
     * @return the stream
     * @throws IllegalArgumentException if one is a datagram or seqpacket socket, or they are on two loops
     */
    public static BufferedStream over(Descriptor in, Descriptor out) {
        return new BufferedStream(new DescriptorEnds(LoopDescriptor.of(in), LoopDescriptor.of(out)));
    }

    /** {@return the loop that the stream is on} May be called from any thread. */
    public EventLoop loop() {
        return ends.loop();
    }

    /** {@return whether it is open} */
    public boolean isOpen() {
        return ends.isOpen();
    }

    // Limits of waits

    /**
     * Limits each wait, for input or for room. A wait begins when there is nothing to read, or with the write; past the
     * limit it ends with a {@link SocketTimeoutException}. A call that waits several times, as one for a long line
     * does, may take longer; for a limit of all its waits there is {@link EventLoop#within}.
     *
     * @param timeout how long; a duration of more than 292 years, as it is at first, for no limit
     * @return this
     * @throws IllegalArgumentException if it is not more than zero
     */
    public BufferedStream waitTimeout(Duration timeout) {
        return limited(Limit.WAIT, timeout);
    }

    /**
     * Limits how long nothing may move: a wait ends with an {@link IdleTimeoutException} if no byte has come and no
     * byte has gone for that long. Time counts while a task waits here. A task that waits for input is not idle while
     * another one writes.
     *
     * <p>Bytes that go in the middle of a long write are noticed at the limit, and not as they go, so such a write ends
     * at the latest after twice the time.
     *
     * @param timeout how long; a duration of more than 292 years, as it is at first, for no limit
     * @return this
     * @throws IllegalArgumentException if it is not more than zero
     */
    public BufferedStream idleTimeout(Duration timeout) {
        return limited(Limit.IDLE, timeout);
    }

    /**
     * Limits how long no byte may come while a task waits for input, whatever is written meanwhile; see
     * {@link #idleTimeout}.
     *
     * @param timeout how long
     * @return this
     * @throws IllegalArgumentException if it is not more than zero
     */
    public BufferedStream readIdleTimeout(Duration timeout) {
        return limited(Limit.READ_IDLE, timeout);
    }

    /**
     * Limits how long no byte may go; see {@link #idleTimeout}. It ends a write that a peer does not read, and a wait
     * for input as well, so that the task can send a sign of life, and wait again. For a wait for input all time counts
     * since a byte went, or since the last such exception.
     *
     * @param timeout how long
     * @return this
     * @throws IllegalArgumentException if it is not more than zero
     */
    public BufferedStream writeIdleTimeout(Duration timeout) {
        return limited(Limit.WRITE_IDLE, timeout);
    }

    private BufferedStream limited(Limit limit, Duration timeout) {
        if (!timeout.isPositive()) {
            throw new IllegalArgumentException("a timeout must be more than zero: " + timeout);
        }
        waits.set(limit, TimeUnit.NANOSECONDS.convert(timeout));
        return this;
    }

    private SocketTimeoutException explained(SocketTimeoutException thrown, String call, @Nullable Limit limit) {
        if (limit == null) {
            return thrown;
        }
        String on = call + " on " + ends.describe() + ": ";
        Duration after = Duration.ofNanos(waits.nanos(limit));
        SocketTimeoutException explained = switch (limit) {
            case WAIT -> new SocketTimeoutException(on + "timed out after " + after);
            case READ_IDLE -> new IdleTimeoutException(on + "no byte came for " + after,
                    IdleTimeoutException.Idle.READING);
            case WRITE_IDLE -> new IdleTimeoutException(on + "no byte went for " + after,
                    IdleTimeoutException.Idle.WRITING);
            case IDLE -> new IdleTimeoutException(on + "no byte came or went for " + after,
                    IdleTimeoutException.Idle.BOTH);
        };
        explained.bytesTransferred = thrown.bytesTransferred;
        explained.initCause(thrown);
        return explained;
    }

    // Reading

    /**
     * {@return what was read and not yet taken; empty if there is nothing}
     * Whoever moves its position takes the bytes before it. It is valid until the next call that reads, or that may
     * send or wait: an emptied buffer goes back to the pool then. Nobody may write to it, or move its limit.
     */
    public ByteBuffer input() {
        return in.bytes();
    }

    /**
     * Reads what is there behind what is in {@link #input}, waiting for at least one byte. What this task has written
     * goes out before.
     *
     * @return how many bytes came; -1 at the end
     * @throws SocketTimeoutException past a limit; see {@link #waitTimeout}, {@link #idleTimeout}
     * @throws IOException as for all that wait
     * @throws IllegalStateException in a callback, or if another task is reading
     */
    public int fill() throws IOException {
        return receive("fill", 0);
    }

    /**
     * Reads until so many bytes are in {@link #input}, if they are not there already.
     *
     * @param wanted how many
     * @return how many are there, that many at least; -1 if the stream has ended and nothing is there
     * @throws EOFException if the stream has ended and fewer bytes are there, which stay there
     * @throws IOException as for {@link #fill()}
     * @throws IllegalArgumentException if it is negative, or more than {@link BufferPool#LARGEST}
     */
    public int fill(int wanted) throws IOException {
        if (wanted < 0 || wanted > BufferPool.LARGEST) {
            throw new IllegalArgumentException("fill: a buffer has 0 to " + BufferPool.LARGEST + " bytes, not "
                    + wanted);
        }
        return awaitBytes("fill", wanted, "") ? in.bytes().remaining() : -1;
    }

    /** Whether so many bytes are there; false if the stream has ended before the first one. */
    private boolean awaitBytes(String call, int wanted, String where) throws IOException {
        while (in.bytes().remaining() < wanted) {
            if (receive(call, wanted) < 0) {
                int here = in.bytes().remaining();
                if (here == 0) {
                    return false;
                }
                throw ended(call, where + "after " + here + " of " + wanted + " bytes");
            }
        }
        return true;
    }

    private EOFException ended(String call, String where) {
        return new EOFException(call + " on " + ends.describe() + ": the stream has ended " + where);
    }

    /**
     * Reads what is there, without waiting, and without writing. Also in a callback.
     *
     * @return how many bytes came; -1 at the end; {@link Descriptor#WOULD_BLOCK} if there is nothing
     * @throws IOException as for {@link Descriptor#tryRead}
     * @throws IllegalStateException if a task is reading; over a TLS connection before its handshake is complete
     */
    public int tryFill() throws IOException {
        checkNobodyReads("tryFill");
        found = 0;
        int count = in.receive(ends, 0);
        if (count > 0) {
            waits.bytesCame();
        }
        return count;
    }

    private void checkNobodyReads(String call) {
        if (reading) {
            throw new IllegalStateException(call + " on " + ends.describe() + ": another task is reading");
        }
    }

    /** Reads at least one byte behind what is there, into a buffer that has room for so many in all. */
    private int receive(String call, int wanted) throws IOException {
        readingBegins(call);
        try {
            flushOwn();
            waits.operationBegins(call);
            int count = ends.mayRead() ? in.receive(ends, wanted) : Descriptor.WOULD_BLOCK;
            while (count == Descriptor.WOULD_BLOCK) {
                await(call, false);
                count = in.receive(ends, wanted);
            }
            waits.bytesCame();
            return count;
        } finally {
            readingEnds();
        }
    }

    private void readingBegins(String call) {
        checkNobodyReads(call);
        found = 0;
        reading = true;
    }

    private void readingEnds() {
        reading = false;
        if (closed) {
            in.release();
        }
    }

    /** What this thread has written goes before it waits. What another one writes is that one's. */
    private void flushOwn() throws IOException {
        if (!out.isEmpty() && !writing && writer == Thread.currentThread()) {
            flush();
        }
    }

    /** Returns what {@link Ends#awaitRequest} does; true for an ordinary wait. */
    private boolean await(String call, boolean forRequest) throws IOException {
        in.releaseIfEmpty();
        if (writer == Thread.currentThread()) {
            out.releaseIfEmpty();
        }
        waits.inputBegins(call);
        boolean came = false;
        try {
            if (forRequest) {
                came = ends.awaitRequest();
            } else {
                ends.awaitReadable();
                came = true;
            }
            return came;
        } catch (SocketTimeoutException e) {
            throw explained(e, call, waits.inputLimit());
        } finally {
            waits.inputEnds(!came);
        }
    }

    /**
     * Waits for the next request of a client: until there is something to read, or the end, or the loop drains. A
     * server calls it between two requests on one connection. What this task has written goes out before.
     *
     * @return whether there is something to read, if only an end; false if there is not and the loop is draining, and
     *     then the connection is to be closed
     * @throws IOException as for {@link #fill()}
     */
    public boolean awaitRequest() throws IOException {
        if (in.bytes().hasRemaining()) {
            return true;
        }
        readingBegins("awaitRequest");
        try {
            flushOwn();
            return await("awaitRequest", true);
        } finally {
            readingEnds();
        }
    }

    /**
     * {@return the next byte, unsigned, which stays; -1 at the end}
     *
     * @throws IOException as for {@link #fill()}
     */
    public int peek() throws IOException {
        ByteBuffer bytes = in.bytes();
        if (!bytes.hasRemaining()) {
            if (receive("peek", 0) < 0) {
                return -1;
            }
            bytes = in.bytes();
        }
        return bytes.get(bytes.position()) & 0xff;
    }

    /**
     * Reads what is there, waiting for at least one byte if there is none.
     *
     * @param target where the bytes go; its position moves. If nothing is in the buffer, a target of 16 KiB or more
     *     takes the bytes without a copy.
     * @return how many bytes; -1 at the end; 0 if nothing remains in the target
     * @throws IOException as for {@link #fill()}
     */
    public int read(ByteBuffer target) throws IOException {
        return read("read", target);
    }

    private int read(String call, ByteBuffer target) throws IOException {
        if (!target.hasRemaining()) {
            return 0;
        }
        if (!in.bytes().hasRemaining()) {
            if (target.remaining() >= InputBuffer.CAPACITY) {
                return receiveInto(call, target);
            }
            if (receive(call, 0) < 0) {
                return -1;
            }
        }
        ByteBuffer bytes = in.bytes();
        int count = Math.min(bytes.remaining(), target.remaining());
        found = 0;
        target.put(target.position(), bytes, bytes.position(), count).position(target.position() + count);
        bytes.position(bytes.position() + count);
        return count;
    }

    private int receiveInto(String call, ByteBuffer target) throws IOException {
        readingBegins(call);
        try {
            flushOwn();
            waits.operationBegins(call);
            int count = ends.mayRead() ? ends.tryRead(target) : Descriptor.WOULD_BLOCK;
            while (count == Descriptor.WOULD_BLOCK) {
                await(call, false);
                count = ends.tryRead(target);
            }
            waits.bytesCame();
            return count;
        } finally {
            readingEnds();
        }
    }

    /**
     * Reads until nothing remains in a buffer.
     *
     * @param target where the bytes go; its position moves with what has come, also when an exception ends the call
     * @throws EOFException if the stream ends before
     * @throws IOException as for {@link #fill()}
     */
    public void readFully(ByteBuffer target) throws IOException {
        int wanted = target.remaining();
        while (target.hasRemaining()) {
            if (read("readFully", target) < 0) {
                throw ended("readFully", "after " + (wanted - target.remaining()) + " of " + wanted + " bytes");
            }
        }
    }

    /**
     * Takes bytes and drops them.
     *
     * @param count how many
     * @throws EOFException if the stream ends before; it says how many have come
     * @throws IOException as for {@link #fill()}; the bytes that had come are dropped then, and
     *     {@link InterruptedIOException#bytesTransferred} says how many
     * @throws IllegalArgumentException if it is negative
     */
    public void skip(long count) throws IOException {
        if (count < 0) {
            throw new IllegalArgumentException("skip of a negative number of bytes: " + count);
        }
        long left = count;
        try {
            while (left > 0) {
                ByteBuffer bytes = in.bytes();
                int taken = (int) Math.min(left, bytes.remaining());
                bytes.position(bytes.position() + taken);
                left -= taken;
                if (left > 0 && receive("skip", 0) < 0) {
                    throw ended("skip", "after " + (count - left) + " of " + count + " bytes");
                }
            }
            found = 0;
        } catch (InterruptedIOException e) {
            e.bytesTransferred = (int) Math.min(count - left, Integer.MAX_VALUE);
            throw e;
        }
    }

    /**
     * Takes what the last {@link #awaitLine}, {@link #awaitUntil} or {@link #awaitFrame} has found, whatever of it was
     * taken by hand before, and with it the end of the line.
     *
     * @throws IllegalStateException if nothing was found, or something else was read since
     */
    public void takeFound() {
        if (found == 0) {
            throw new IllegalStateException("takeFound: nothing was awaited before");
        }
        ByteBuffer bytes = in.bytes();
        if (bytes.hasRemaining()) { // else all of it was taken by hand, and the buffer may have gone back to the pool
            bytes.position(found - 1);
        }
        found = 0;
    }

    /** The position behind what was found, as it is now; one more, so that 0 stands for nothing. */
    private void found(int end) {
        found = end + 1;
    }

    /**
     * Waits for a line: bytes that end with a newline, or with a carriage return and a newline. The line is at the
     * position of {@link #input} then, and stays there: read it there, then call {@link #takeFound}. Nothing is
     * allocated.
     *
     * @param maxBytes how many bytes the line may have, without its end
     * @return how many bytes the line has, without its end; -1 if the stream has ended and nothing is left
     * @throws LineTooLongException if the line has more; nothing of it is taken
     * @throws EOFException if the stream ends within the line; what came of it stays in the input
     * @throws IOException as for {@link #fill()}
     * @throws IllegalArgumentException if the number is negative, or too large for a buffer
     */
    public int awaitLine(int maxBytes) throws IOException {
        return awaitLine("awaitLine", maxBytes);
    }

    private int awaitLine(String call, int maxBytes) throws IOException {
        int end = awaitDelimiter(call, NEWLINE, maxBytes, true);
        if (end <= 0) {
            return end;
        }
        ByteBuffer bytes = in.bytes();
        return bytes.get(bytes.position() + end - 1) == RETURN ? end - 1 : end;
    }

    /**
     * Waits for bytes that end with a delimiter. They are at the position of {@link #input} then, and stay there: read
     * them there, then call {@link #takeFound}. Nothing is allocated.
     *
     * @param delimiter the byte that ends them
     * @param maxBytes how many bytes there may be before the delimiter
     * @return how many bytes there are before the delimiter; -1 if the stream has ended and nothing is left
     * @throws LineTooLongException if there are more; nothing of them is taken
     * @throws EOFException if the stream ends before the delimiter; what came stays in the input
     * @throws IOException as for {@link #fill()}
     * @throws IllegalArgumentException if the number is negative, or too large for a buffer
     */
    public int awaitUntil(byte delimiter, int maxBytes) throws IOException {
        return awaitDelimiter("awaitUntil", delimiter, maxBytes, false);
    }

    /**
     * Returns how many bytes there are before the delimiter.
     *
     * @param isLine whether a carriage return before the delimiter does not count
     */
    private int awaitDelimiter(String call, byte delimiter, int maxBytes, boolean isLine) throws IOException {
        if (maxBytes < 0 || maxBytes > BufferPool.LARGEST - 2) {
            throw new IllegalArgumentException(call + ": a line has 0 to " + (BufferPool.LARGEST - 2) + " bytes, not "
                    + maxBytes);
        }
        for (int looked = 0;;) {
            ByteBuffer bytes = in.bytes();
            int begin = bytes.position();
            int most = isLine ? maxBytes + 1 : maxBytes; // bytes before the delimiter, and of a line its return
            int to = (int) Math.min(bytes.limit(), begin + most + 1L);
            int at = ByteSearch.indexOf(bytes, delimiter, begin + looked, to);
            if (at < 0) {
                at = to;
            }
            int length = at - begin;
            if (length > maxBytes && !(isLine && length == most && bytes.get(at - 1) == RETURN)) {
                throw new LineTooLongException(call + " on " + ends.describe() + ": more than the limit of " + maxBytes
                        + " bytes", maxBytes);
            }
            if (at < to) {
                found(at + 1);
                return length;
            }
            looked = length;
            if (receive(call, 0) < 0) {
                if (length == 0) {
                    return -1;
                }
                throw ended(call, (isLine ? "within a line, after " : "before the delimiter, after ") + length
                        + " bytes");
            }
        }
    }

    /**
     * Reads a line, without its end: a newline, or a carriage return and a newline. Its bytes are read as UTF-8; what
     * is none becomes U+FFFD.
     *
     * @param maxBytes how many bytes the line may have, without its end
     * @return the line; null if the stream has ended and nothing is left
     * @throws LineTooLongException if the line has more; nothing of it is taken
     * @throws EOFException if the stream ends within the line; what came of it stays in the input
     * @throws IOException as for {@link #fill()}
     */
    public @Nullable String readLine(int maxBytes) throws IOException {
        byte[] line = taken(awaitLine("readLine", maxBytes));
        return line == null ? null : new String(line, StandardCharsets.UTF_8);
    }

    /**
     * Reads bytes that end with a delimiter, and takes the delimiter.
     *
     * @param delimiter the byte that ends them
     * @param maxBytes how many bytes there may be before the delimiter
     * @return the bytes before the delimiter; null if the stream has ended and nothing is left
     * @throws LineTooLongException if there are more; nothing of them is taken
     * @throws EOFException if the stream ends before the delimiter; what came stays in the input
     * @throws IOException as for {@link #fill()}
     */
    public byte @Nullable [] readUntil(byte delimiter, int maxBytes) throws IOException {
        return taken(awaitDelimiter("readUntil", delimiter, maxBytes, false));
    }

    /** So many bytes of what was found, which is then taken; null for -1. */
    private byte @Nullable [] taken(int length) {
        if (length < 0) {
            return null;
        }
        byte[] bytes = new byte[length];
        in.bytes().get(bytes);
        takeFound();
        return bytes;
    }

    /**
     * Waits for a frame: a length, and so many bytes. The length is taken then; the bytes of the frame are at the
     * position of {@link #input} and stay there: read them there, then call {@link #takeFound}. Nothing is allocated.
     * If the call fails, nothing is taken.
     *
     * @param prefix how the frame says its length, and how long it may be
     * @return how many bytes the frame has; -1 if the stream has ended and nothing is left
     * @throws FrameTooLongException if the frame is longer than the prefix allows
     * @throws EOFException if the stream ends within the frame
     * @throws java.net.ProtocolException if a varint does not end
     * @throws IOException as for {@link #fill()}
     */
    public int awaitFrame(LengthPrefix prefix) throws IOException {
        return awaitFrame("awaitFrame", prefix);
    }

    private int awaitFrame(String call, LengthPrefix prefix) throws IOException {
        int length = prefix.length(in.bytes());
        while (length == 0) {
            int here = in.bytes().remaining();
            if (receive(call, Math.max(prefix.leastLength(), here + 1)) < 0) {
                if (here == 0) {
                    return -1;
                }
                throw ended(call, "within the length of a frame, after " + here + " bytes");
            }
            length = prefix.length(in.bytes());
        }
        long size = prefix.size(in.bytes(), length);
        if (size < 0 || size > prefix.maxSize()) {
            throw tooLong(call, size, prefix);
        }
        awaitBytes(call, length + (int) size, "within a frame, with its length ");
        ByteBuffer bytes = in.bytes();
        bytes.position(bytes.position() + length);
        found(bytes.position() + (int) size);
        return (int) size;
    }

    private FrameTooLongException tooLong(String call, long size, LengthPrefix prefix) {
        return new FrameTooLongException(call + " on " + ends.describe() + ": a frame of "
                + Long.toUnsignedString(size) + " bytes, and the limit is " + prefix.maxSize(), size,
                prefix.maxSize());
    }

    /**
     * Reads a frame: a length, and so many bytes.
     *
     * @param prefix how the frame says its length, and how long it may be
     * @return the bytes of the frame, without the length; null if the stream has ended and nothing is left
     * @throws FrameTooLongException if the frame is longer than the prefix allows; nothing of it is taken
     * @throws EOFException if the stream ends within the frame; what came of it stays in the input
     * @throws java.net.ProtocolException if a varint does not end; nothing is taken
     * @throws IOException as for {@link #fill()}
     */
    public byte @Nullable [] readFrame(LengthPrefix prefix) throws IOException {
        return taken(awaitFrame("readFrame", prefix));
    }

    // Writing

    /**
     * {@return the buffer of what is to go, with so much room}
     * What is put at its position is written. Without that room what is in the buffer goes out before. It is valid
     * until the next call that writes. Nobody may change what is before its position, or its limit.
     *
     * @param room how many bytes there must be room for
     * @throws IOException as for {@link #flush}
     * @throws IllegalArgumentException if it is negative, or more than {@link BufferPool#LARGEST}
     */
    public ByteBuffer output(int room) throws IOException {
        if (room < 0 || room > BufferPool.LARGEST) {
            throw new IllegalArgumentException(
                    "output: a buffer has room for 0 to " + BufferPool.LARGEST + " bytes, not " + room);
        }
        return withRoom("output", room);
    }

    private ByteBuffer withRoom(String call, int room) throws IOException {
        checkMayWrite(call);
        if (room > out.room()) {
            flush();
        }
        if (out.isEmpty()) {
            writer = Thread.currentThread();
        }
        return out.withRoom(room);
    }

    private void checkMayWrite(String call) throws ClosedChannelException {
        if (closed) {
            throw new ClosedChannelException();
        }
        if (writing) {
            throw new IllegalStateException(call + " on " + ends.describe() + ": another task is writing");
        }
    }

    /**
     * Writes all that remains in a buffer: into the buffer of the stream, or, if that has no room for it, at once.
     *
     * @param source what to write; its position moves with what was written or has gone, also when an exception ends
     *     the call. All bytes written before have gone before the first of it.
     * @throws IOException as for {@link #flush}
     */
    public void write(ByteBuffer source) throws IOException {
        write("write", source);
    }

    private void write(String call, ByteBuffer source) throws IOException {
        int length = source.remaining();
        if (length <= out.room()) {
            if (length > 0) {
                withRoom(call, length).put(source);
            }
            return;
        }
        checkMayWrite(call);
        send(call, source);
    }

    /**
     * Writes bytes of an array; see {@link #write(ByteBuffer)}.
     *
     * @param bytes the array
     * @param offset of the first byte
     * @param length how many
     * @throws IOException as for {@link #flush}; {@link InterruptedIOException#bytesTransferred} and its like count all
     *     bytes that have gone by the call that failed, those of the buffer among them
     * @throws IndexOutOfBoundsException if these are not within the array
     */
    public void write(byte[] bytes, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, bytes.length);
        if (length <= out.room()) {
            if (length > 0) {
                withRoom("write", length).put(bytes, offset, length);
            }
        } else {
            write(ByteBuffer.wrap(bytes, offset, length));
        }
    }

    /**
     * Writes one byte.
     *
     * @param value the byte
     * @throws IOException as for {@link #flush}
     */
    public void write(byte value) throws IOException {
        withRoom("write", 1).put(value);
    }

    /**
     * Writes text as UTF-8. Half a surrogate pair becomes a question mark. Nothing is allocated.
     *
     * @param text the text
     * @throws IOException as for {@link #flush}; a part of the text may be written then
     */
    public void print(CharSequence text) throws IOException {
        int length = text.length();
        for (int from = 0; from < length;) {
            int left = length - from;
            ByteBuffer buffer = withRoom("print", (int) Math.min((long) left * Utf8.MOST_BYTES,
                    OutputBuffer.CAPACITY / 2));
            int most = buffer.remaining() / Utf8.MOST_BYTES;
            from = Utf8.put(text, from, from + Math.min(left, most), buffer);
        }
    }

    /**
     * Writes a number in decimal digits, with a minus if it is negative. Nothing is allocated.
     *
     * @param value the number
     * @throws IOException as for {@link #flush}
     */
    public void printDecimal(long value) throws IOException {
        ByteBuffer buffer = withRoom("printDecimal", LONGEST_DECIMAL);
        long left = value < 0 ? value : -value; // there is one more negative number
        int digits = 1;
        for (long rest = left / RADIX; rest != 0; rest /= RADIX) {
            digits++;
        }
        if (value < 0) {
            buffer.put((byte) '-');
        }
        int end = buffer.position() + digits;
        for (int i = end - 1; i >= end - digits; i--) {
            buffer.put(i, (byte) ('0' - left % RADIX));
            left /= RADIX;
        }
        buffer.position(end);
    }

    /**
     * Writes a frame: its length, and its bytes.
     *
     * @param prefix how the frame says its length, and how long it may be
     * @param body the bytes that remain in it are the frame; its position moves
     * @throws FrameTooLongException if these are more than the prefix allows, or can say; nothing is written then
     * @throws IOException as for {@link #flush}
     */
    public void writeFrame(LengthPrefix prefix, ByteBuffer body) throws IOException {
        int size = body.remaining();
        if (size > prefix.maxSize() || !prefix.canSay(size)) {
            throw tooLong("writeFrame", size, prefix);
        }
        prefix.put(size, withRoom("writeFrame", prefix.lengthFor(size)));
        write("writeFrame", body);
    }

    /**
     * Sends what was written, waiting whenever there is no room.
     *
     * @throws SocketTimeoutException past a limit; see {@link #waitTimeout}, {@link #idleTimeout}. What has not gone
     *     goes with the next write or flush.
     * @throws IOException as for {@link StreamChannel#write(ByteBuffer)}
     * @throws IllegalStateException in a callback, or if another task is writing
     */
    public void flush() throws IOException {
        checkMayWrite("flush");
        if (!out.isEmpty()) {
            send("flush", null);
        }
    }

    /** Sends what is in the buffer, and then the source; null for none. */
    private void send(String call, @Nullable ByteBuffer source) throws IOException {
        in.releaseIfEmpty();
        ByteBuffer buffered = out.isEmpty() ? null : out.toSend();
        ByteBuffer first = buffered == null ? source : buffered;
        ByteBuffer second = buffered == null ? null : source;
        assert first != null : "nothing to send";
        writing = true;
        try {
            waits.outputBegins(call, first, second);
            if (second == null) {
                ends.write(first);
            } else {
                ends.write(first, second);
            }
        } catch (SocketTimeoutException e) {
            throw explained(e, call, waits.outputLimit());
        } catch (InterruptedIOException e) {
            throw e;
        } catch (IOException e) {
            outputFailed = true;
            throw e;
        } finally {
            waits.outputEnds();
            writing = false;
            if (buffered != null) {
                out.sent();
            }
            if (closed) {
                out.release();
            }
        }
    }

    // The end

    /**
     * Sends what was written, then ends the output: the peer comes to the end once it has read everything. Over two
     * descriptors the one for output is closed.
     *
     * @throws IOException as for {@link #flush}, and if the connection is broken
     */
    public void shutdownOutput() throws IOException {
        flush();
        ends.shutdownOutput();
    }

    /**
     * Sends what was written, waiting for that at most so long, and closes. In a task. Does nothing after a close.
     *
     * @param timeout how long to wait for each wait
     * @throws IOException as for {@link #flush}. The stream is closed in any case.
     */
    public void close(Duration timeout) throws IOException {
        if (closed) {
            return;
        }
        try {
            waitTimeout(timeout);
            flush();
        } finally {
            outputFailed = true;
            close();
        }
    }

    /**
     * Closes the stream and what it is over, after sending what there is room for without waiting. Tasks that wait get
     * an {@link java.nio.channels.AsynchronousCloseException}. What was read and not taken is dropped. A second close
     * does nothing.
     *
     * @throws IOException if bytes that were written have not gone, and no exception has said so before. The stream is
     *     closed in any case.
     * @throws WrongThreadException if another thread than the loop's calls; the stream is not closed then
     */
    @Override
    public void close() throws IOException {
        waits.checkThread("close");
        int left = 0;
        closed = true;
        try {
            if (ends.isOpen()) {
                left = sendNow();
                ends.close();
            }
        } finally {
            waits.close();
            if (!writing) {
                out.release();
            }
            if (!reading) {
                in.release();
            }
        }
        if (left > 0) {
            throw new IOException("close of " + ends.describe() + ": " + left
                    + " bytes that were written have not gone, as the peer has not read so much; flush before");
        }
    }

    /** Sends what there is room for. Returns how many bytes are left that nobody knows of. */
    private int sendNow() {
        if (out.isEmpty() || writing || outputFailed) {
            return 0;
        }
        ByteBuffer buffered = out.toSend();
        try {
            ends.tryWrite(buffered);
        } catch (IOException | IllegalStateException e) {
            // What has not gone is counted.
        }
        int left = buffered.remaining();
        out.sent();
        return left;
    }

    @Override
    public String toString() {
        return "BufferedStream[" + ends.describe() + "]";
    }
}
