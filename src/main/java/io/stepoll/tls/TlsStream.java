package io.stepoll.tls;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.LoopClosedException;
import io.stepoll.internal.failure.SystemCallFailures;
import io.stepoll.internal.io.LoopDescriptor;
import io.stepoll.internal.io.SpareBuffers;
import io.stepoll.internal.sys.Errno;
import io.stepoll.internal.sys.EscapedName;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.Provider;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of a TLS connection between a socket and an {@link SSLEngine}. The engine does the cryptography and knows
 * the protocol; this class moves the bytes and does the waiting.
 *
 * <p><b>The handshake</b> is a row of steps. In a step the engine takes what has come and makes what is to go, on a
 * thread of the executor, as that computes for long. Between two steps the task sends and receives. A deadline or a
 * cancel ends a wait and no step, so the next call goes on where this one has ended.
 *
 * <p><b>Who makes records.</b> Records must go in the order in which the engine has made them. A task that writes has
 * the turn of the socket (see {@link LoopDescriptor#beginWrite}), waits included, and the handshake has it throughout.
 * Only who has the turn, or finds that nobody has it and does not wait, lets the engine make records. The engine may
 * wait for a lock of the JDK, and another task may get the turn meanwhile: the monitor {@code output} keeps the two
 * apart. Nobody holds it while waiting for the socket. The monitor {@code input} does the same for readers.
 *
 * <p><b>Buffers</b> are taken from the loop's spare ones while there are bytes to keep, and given back afterwards.
 */
final class TlsStream {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);
    private static final ByteBuffer[] NOWHERE = {NOTHING};

    /** How many bytes a client may send before its first message is whole. */
    private static final int LONGEST_START = 1 << 16;

    /** How many bytes a close reads at most. */
    private static final int MOST_DROPPED = 1 << 18;

    private static final int RECORD_HEADER = 5;

    /** How much longer a record is, at most, than the bytes in it, unless somebody pads it without need. */
    private static final int MOST_OVERHEAD = 64;

    private static final int FIRST_RECORD_TYPE = 20;
    private static final int LAST_RECORD_TYPE = 24;

    /** For how many answers in a row the peer may ask, by updates of keys, while it reads none of them. */
    private static final int MOST_UNANSWERED = 1000;

    /**
     * How many records in a row may have no byte for the reader, if the peer makes no pause between them: as many as
     * OpenSSL and BoringSSL take. A record with new keys is short, and costs more time than most operations.
     */
    private static final int MOST_EMPTY = 32;

    /** How much of the name that a client asks for is shown. */
    private static final int LONGEST_SHOWN = 255;

    /** In place of a count: something has come, but nothing for the reader yet. */
    private static final int NOT_YET = -3;

    /** The begin of a record that is a fatal alert; see RFC 8446, section 6. The number of the alert follows. */
    private static final byte[] FATAL_ALERT = {21, 3, 3, 0, 2, 2};

    private static final byte DECODE_ERROR = 50;
    private static final byte INTERNAL_ERROR = 80;
    private static final byte UNRECOGNIZED_NAME = 112;

    private final LoopDescriptor socket;
    private final EngineSource source;
    private final Executor executor;
    private final boolean allowsTruncation;

    private final Object input = new Object();
    private final Object output = new Object();

    @SuppressWarnings("NullAway.Init") // the first step makes the engine; nobody asks the engine for anything before
    private SSLEngine engine;
    private boolean isNative; // the engine works on direct buffers without a copy, and has memory to free

    /* Each has its bytes between position and limit, and is null if there are none. */
    private @Nullable ByteBuffer received; // the engine has not taken them
    private @Nullable ByteBuffer plain; // the reader had no room for them
    private @Nullable ByteBuffer unsent; // the socket has not taken them

    private boolean begun; // the handshake, and neither its success nor its failure is counted
    private boolean awaitsPeer; // the next step needs more bytes of the peer
    private boolean handshaken; // the steps are done, and what they have made is to go
    private boolean established;
    private boolean inputEnded; // the peer has sent its close_notify
    private boolean inputCut; // the peer has ended the connection without one
    private boolean outputEnded;
    private boolean engineKeeps; // the engine has decrypted what the last targets had no room for: Conscrypt's does
    private boolean hasToSay; // the engine has something to say
    private int unanswered; // how often the peer has asked for an answer since the last one has gone
    private int empty; // records without a byte for the reader, since one with some or since nothing was there
    private boolean steps; // the executor runs the engine
    private int inside; // how many tasks are within the monitors
    private boolean isFreed; // a native engine
    private boolean flushes; // a task was started to send what an ended write has left
    private @Nullable SSLException failure;

    /**
     * @param socket what carries the records
     * @param source of the engine
     * @param executor runs the steps of the handshake
     * @param allowsTruncation whether the end of the socket counts as the end of the stream
     */
    TlsStream(LoopDescriptor socket, EngineSource source, Executor executor, boolean allowsTruncation) {
        this.socket = socket;
        this.source = source;
        this.executor = executor;
        this.allowsTruncation = allowsTruncation;
        awaitsPeer = !source.isClient();
        isNative = isNative(source.provider());
    }

    private static boolean isNative(@Nullable Provider provider) {
        return provider != null && provider.getName().equals("Conscrypt");
    }

    /** {@return the engine of an established connection} */
    SSLEngine engine(String call) {
        if (!established) {
            throw new IllegalStateException(call + " before the handshake is complete: call handshake in a task first");
        }
        return engine;
    }

    // The handshake

    /** Does the handshake, or the rest of it, until a deadline of the loop's time. In a task. */
    void handshake(long deadlineNanos) throws IOException {
        if (!established) {
            begun |= failure == null;
            boolean turn = socket.beginWrite("handshake", deadlineNanos);
            try {
                establish(deadlineNanos);
            } finally {
                if (turn) {
                    socket.endWrite();
                }
            }
        }
    }

    /** Within the turn. */
    private void establish(long deadlineNanos) throws IOException {
        while (!established) {
            checkNotFailed();
            sendUnsent(deadlineNanos);
            if (handshaken) {
                established = true;
                handshakeEnds(true);
                giveBackReceived();
            } else {
                if (awaitsPeer) {
                    awaitHandshakeBytes(deadlineNanos);
                }
                step();
            }
        }
    }

    private void awaitHandshakeBytes(long deadlineNanos) throws IOException {
        do {
            socket.awaitReadable(deadlineNanos);
            if (fill() == -1) {
                throw failedInTurn(handshakeFailure("the peer has closed the connection during the handshake", null));
            }
        } while (!hasRecord());
        awaitsPeer = false;
    }

    /** Whether the engine can do something with what has come: a whole record, or what is none. */
    private boolean hasRecord() {
        if (received == null || received.remaining() < RECORD_HEADER) {
            return false;
        }
        int type = received.get(received.position());
        int length = recordLength();
        return type < FIRST_RECORD_TYPE || type > LAST_RECORD_TYPE || length > SpareBuffers.LARGEST_RECORD
                || received.remaining() >= RECORD_HEADER + length;
    }

    /** How long the next record is, behind its header. */
    private int recordLength() {
        assert received != null;
        return Short.toUnsignedInt(received.getShort(received.position() + RECORD_HEADER - Short.BYTES));
    }

    private void step() throws IOException {
        steps = true;
        try {
            if (unsent == null) {
                unsent = socket.spareBuffers().take(isNative).limit(0);
            }
            handshaken = socket.loop().offload(executor, this::runEngine);
            awaitsPeer = !handshaken;
        } catch (InterruptedException e) {
            InterruptedIOException interrupted = new InterruptedIOException("handshake on " + socket.describe()
                    + ": interrupted");
            interrupted.initCause(e);
            throw interrupted;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            Throwable cause = Objects.requireNonNullElse(e.getCause(), e);
            throw failedInTurn(handshakeFailure(reason(cause), cause));
        } finally {
            steps = false;
            freeEngine(); // if the socket was closed meanwhile
        }
    }

    /** What an engine says, and at the end of it the first cause, where what the engine says names it not. */
    private static String reason(Throwable failure) {
        Throwable first = failure;
        for (Throwable cause = first.getCause(); cause != null; cause = cause.getCause()) {
            first = cause;
        }
        String said = text(failure);
        return said.contains(text(first)) ? said : said + ": " + text(first);
    }

    private static String text(Throwable thrown) {
        return thrown.getMessage() == null ? thrown.toString() : thrown.getMessage();
    }

    private SSLHandshakeException handshakeFailure(String reason, @Nullable Throwable cause) {
        handshakeEnds(false);
        return new SSLHandshakeException("handshake on " + socket.describe() + ": " + reason, cause);
    }

    /** Counts the end of the handshake, once. */
    private void handshakeEnds(boolean success) {
        begun = false;
        socket.handshakeEnds(success);
    }

    /** On a thread of the executor, while the task waits. Returns whether the handshake is complete. */
    private boolean runEngine() throws Exception {
        if (engine == null && !begin()) {
            return false;
        }
        try {
            for (;;) {
                switch (engine.getHandshakeStatus()) {
                    case NEED_TASK -> runDelegatedTasks();
                    case NEED_WRAP -> {
                        if (wrap(NOWHERE, 0, 1).getStatus() == Status.CLOSED) {
                            throw new SSLException("the engine has closed the connection");
                        }
                    }
                    case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> {
                        if (!unwrapHandshake()) {
                            return false;
                        }
                    }
                    default -> {
                        return true;
                    }
                }
            }
        } catch (SSLException | RuntimeException e) {
            wrapAlert();
            throw e;
        }
    }

    /** Makes the engine. Returns false if the client has not said yet which name it asks for. */
    private boolean begin() throws Exception {
        String name = null;
        if (source.dependsOnServerName()) {
            assert received != null : "the client speaks first";
            if (!ClientHello.isComplete(received)) {
                if (received.remaining() > LONGEST_START) {
                    alert(DECODE_ERROR);
                    throw new SSLHandshakeException("the first message of the client does not end");
                }
                return false;
            }
            name = ClientHello.serverName(received);
        }
        SSLEngine made;
        try {
            made = source.engine(name);
        } catch (Throwable e) {
            alert(INTERNAL_ERROR);
            throw e;
        }
        if (made == null) {
            alert(UNRECOGNIZED_NAME);
            throw new SSLHandshakeException("nobody here has the name that the client asks for: " + shown(name));
        }
        engine = made;
        isNative = made.getClass().getName().startsWith("org.conscrypt.");
        made.beginHandshake();
        return true;
    }

    /** The name as messages show it, which go to logs: a client may send any bytes. */
    private static String shown(@Nullable String name) {
        return name == null ? "none" : EscapedName.of(name.substring(0, Math.min(name.length(), LONGEST_SHOWN))
                .getBytes(StandardCharsets.US_ASCII), StandardCharsets.US_ASCII);
    }

    /** There is no engine yet that could tell the peer why there will be none. */
    private void alert(byte number) {
        assert unsent != null;
        unsent.clear().put(FATAL_ALERT).put(number).flip();
    }

    private void runDelegatedTasks() {
        Runnable task = engine.getDelegatedTask();
        while (task != null) {
            task.run();
            task = engine.getDelegatedTask();
        }
    }

    /** Returns false if more bytes are to come before. */
    private boolean unwrapHandshake() throws SSLException {
        SSLEngineResult result = engine.unwrap(source(), NOTHING);
        return switch (result.getStatus()) {
            case OK -> true;
            case BUFFER_UNDERFLOW -> false;
            case BUFFER_OVERFLOW -> throw new SSLException("the peer has sent data before the handshake was complete");
            case CLOSED -> throw new SSLException("the peer has closed the connection during the handshake");
        };
    }

    // Reading

    /**
     * Reads what is there, until a deadline of the loop's time. In a task.
     *
     * @return how many bytes; -1 at the end; 0 if nothing remains in any target
     */
    long read(ByteBuffer[] targets, int offset, int length, long deadlineNanos) throws IOException {
        if (!hasRoom(targets, offset, length)) {
            socket.check("read");
            return 0;
        }
        handshake(deadlineNanos);
        for (;;) {
            socket.operationBegins("read");
            long count = decrypt(targets, offset, length);
            if (count == Descriptor.WOULD_BLOCK) {
                socket.awaitReadable(deadlineNanos);
            } else if (count != NOT_YET) {
                return count;
            }
        }
    }

    /** Reads without waiting. */
    long tryRead(ByteBuffer[] targets) throws IOException {
        boolean hasRoom = hasRoom(targets, 0, targets.length);
        socket.check("tryRead");
        engine("tryRead");
        long count = hasRoom ? NOT_YET : 0;
        while (count == NOT_YET) { // which a record ends that has bytes, or one too many that has none
            count = decrypt(targets, 0, targets.length);
        }
        return count;
    }

    private static boolean hasRoom(ByteBuffer[] targets, int offset, int length) {
        boolean hasRoom = false;
        for (int i = offset; i < offset + length; i++) {
            if (targets[i].isReadOnly()) {
                throw new IllegalArgumentException("read into a read-only buffer");
            }
            hasRoom |= targets[i].hasRemaining();
        }
        return hasRoom;
    }

    /** Waits until something has come, or is here already that no reader has taken. A part of a record may be all. */
    void awaitReadable(long deadlineNanos) throws IOException {
        handshake(deadlineNanos);
        if (plain == null && !engineKeeps && !inputEnded && !inputCut && failure == null && !hasRecord()) {
            socket.awaitReadable(deadlineNanos);
        } else {
            socket.operationBegins("awaitReadable");
        }
    }

    /** Waits until there is something to read, if only the end; false if there is not and the loop is draining. */
    boolean awaitRequest(long deadlineNanos) throws IOException {
        handshake(deadlineNanos);
        for (;;) {
            long count = decrypt(NOWHERE, 0, 0);
            if (count == NOT_YET) {
                socket.operationBegins("awaitRequest");
            } else if (count != Descriptor.WOULD_BLOCK) {
                return true;
            } else if (received != null) { // a part of a record has come: the request has begun
                socket.awaitReadable(deadlineNanos);
            } else if (!socket.awaitRequest(deadlineNanos)) {
                return false;
            }
        }
    }

    /**
     * Decrypts what has come, without waiting. What the targets have no room for is kept.
     *
     * @param length how many targets; with none, all is kept
     * @return how many bytes; -1 at the end; 0 if all is kept; {@link Descriptor#WOULD_BLOCK} if nothing has come;
     *     {@link #NOT_YET} if what has come had no bytes for the reader, and there may be more
     */
    private long decrypt(ByteBuffer[] targets, int offset, int length) throws IOException {
        synchronized (input) {
            inside++;
            try {
                if (unsent != null || hasToSay) {
                    sayNow();
                }
                for (boolean hasFilled = false;;) {
                    if (plain != null) {
                        long count = takePlain(targets, offset, length);
                        return count == 0 ? 0 : count + decryptMore(targets, offset, length);
                    }
                    if (inputEnded) {
                        return -1;
                    }
                    checkNotFailed();
                    SSLEngineResult result = received == null && !engineKeeps ? null
                            : unwrap(targets, offset, length);
                    if (result == null || result.getStatus() == Status.BUFFER_UNDERFLOW) {
                        if (hasFilled) {
                            return NOT_YET;
                        }
                        int count = inputCut ? -1 : fill();
                        if (count < 0) {
                            return count == -1 ? cutOff() : count;
                        }
                        hasFilled = true;
                    } else if (result.bytesProduced() > 0 && plain == null) {
                        return result.bytesProduced() + decryptMore(targets, offset, length);
                    } else if (result.getStatus() == Status.CLOSED) {
                        inputEnded = true;
                    } else if (plain == null) {
                        return NOT_YET; // an operation of its own, as it may have cost as much
                    }
                }
            } finally {
                giveBackReceived();
                inside--;
            }
        }
    }

    /** Decrypts further records that have come as a whole, as long as the targets have room for each of them. */
    private long decryptMore(ByteBuffer[] targets, int offset, int length) throws IOException {
        long count = 0;
        try {
            while (!engineKeeps && plain == null && !inputEnded && hasRecord()) {
                long room = remaining(targets, offset, length);
                if (room == 0 || room + MOST_OVERHEAD < recordLength()) {
                    break;
                }
                SSLEngineResult result = unwrap(targets, offset, length);
                inputEnded = result.getStatus() == Status.CLOSED;
                count += plain == null ? result.bytesProduced() : takePlain(targets, offset, length);
                if (result.bytesProduced() == 0) {
                    break;
                }
            }
        } catch (SSLException e) {
            // The next read says so; this one has bytes.
        }
        return count;
    }

    /** Decrypts one record. */
    private SSLEngineResult unwrap(ByteBuffer[] targets, int offset, int length) throws IOException {
        SSLEngineResult result;
        try {
            result = length == 0 ? unwrapToKeep() : engine.unwrap(source(), targets, offset, length);
            if (result.getStatus() == Status.BUFFER_OVERFLOW && result.bytesProduced() == 0) {
                result = unwrapToKeep();
            }
        } catch (SSLException | RuntimeException e) {
            throw failed(new SSLException("read on " + socket.describe() + ": " + reason(e), e));
        }
        engineKeeps = result.getStatus() == Status.BUFFER_OVERFLOW;
        HandshakeStatus status = result.getHandshakeStatus();
        if (status == HandshakeStatus.NEED_TASK) { // after the handshake only a further one needs a task
            engine.closeOutbound();
            throw failed(new SSLException("read on " + socket.describe()
                    + ": the peer asks for a renegotiation, which is refused"));
        }
        checkNotEmpty(result);
        if (status == HandshakeStatus.NEED_WRAP) { // the answer to a key update, or in TLS 1.2 to a close_notify
            hasToSay = true;
            sayNow();
            checkAnswered(result.bytesProduced() == 0);
        }
        return result;
    }

    /**
     * A peer that sends records without a byte for the reader, and nothing else, would keep the loop from all others.
     */
    private void checkNotEmpty(SSLEngineResult result) throws SSLException {
        if (result.bytesProduced() > 0) {
            empty = 0;
        } else if (result.bytesConsumed() > 0 && ++empty > MOST_EMPTY) {
            engine.closeOutbound();
            throw failed(new SSLException("read on " + socket.describe() + ": the peer has sent more than " + MOST_EMPTY
                    + " records in a row without a byte"));
        }
    }

    /** A peer that asks and asks, and reads no answer, would fill the memory here with answers. */
    private void checkAnswered(boolean asks) throws SSLException {
        if (!hasToSay && unsent == null) {
            unanswered = 0;
        } else if (asks && ++unanswered > MOST_UNANSWERED) {
            throw failed(new SSLException("read on " + socket.describe() + ": the peer asks for more than "
                    + MOST_UNANSWERED + " answers, and reads none"));
        }
    }

    private ByteBuffer source() {
        return received == null ? NOTHING : received;
    }

    private SSLEngineResult unwrapToKeep() throws SSLException {
        ByteBuffer keep = socket.spareBuffers().take(isNative);
        SSLEngineResult result = engine.unwrap(source(), keep);
        if (result.getStatus() == Status.BUFFER_OVERFLOW) {
            keep = allocate(engine.getSession().getApplicationBufferSize());
            result = engine.unwrap(source(), keep);
        }
        if (keep.position() > 0) {
            plain = keep.flip();
        } else {
            socket.spareBuffers().giveBack(keep);
        }
        return result;
    }

    private long takePlain(ByteBuffer[] targets, int offset, int length) {
        assert plain != null;
        int before = plain.remaining();
        for (int i = offset; i < offset + length && plain.hasRemaining(); i++) {
            int count = Math.min(plain.remaining(), targets[i].remaining());
            targets[i].put(plain.slice(plain.position(), count));
            plain.position(plain.position() + count);
        }
        int count = before - plain.remaining();
        if (!plain.hasRemaining()) {
            socket.spareBuffers().giveBack(plain);
            plain = null;
        }
        return count;
    }

    private long cutOff() throws IOException {
        inputCut = true;
        if (allowsTruncation) {
            return -1;
        }
        throw new MissingCloseNotifyException("read on " + socket.describe() + ": the peer has ended the connection"
                + " without a close_notify, so what came may be cut off");
    }

    /** Receives without waiting, behind what has come already. Returns what {@code tryRead} does. */
    private int fill() throws IOException {
        if (received == null) {
            received = socket.spareBuffers().take(isNative).limit(0);
        } else if (received.position() > 0) {
            received.compact().flip();
        } else if (received.limit() == received.capacity()) {
            received = enlarged(received);
        }
        received.position(received.limit()).limit(received.capacity());
        int count;
        try {
            count = socket.tryRead(received);
        } finally {
            received.flip();
        }
        if (count == Descriptor.WOULD_BLOCK) {
            empty = 0; // the peer, or the handler's budget, makes a pause
        }
        return count;
    }

    private void giveBackReceived() {
        if (received != null && (inputEnded || !received.hasRemaining())) {
            socket.spareBuffers().giveBack(received);
            received = null;
        }
    }

    /** A larger buffer with the bytes that remain in this one. */
    private ByteBuffer enlarged(ByteBuffer full) {
        ByteBuffer larger = allocate(full.remaining() + SpareBuffers.CAPACITY);
        return larger.put(full).flip();
    }

    private ByteBuffer allocate(int capacity) {
        return isNative ? ByteBuffer.allocateDirect(capacity) : ByteBuffer.allocate(capacity);
    }

    // Writing

    /** Writes all, until a deadline of the loop's time. In a task. Returns how many bytes. */
    long write(ByteBuffer[] sources, int offset, int length, long deadlineNanos) throws IOException {
        long all = remaining(sources, offset, length);
        long sent = 0;
        boolean turn = socket.beginWrite("write", deadlineNanos);
        try {
            establish(deadlineNanos);
            sendUnsent(deadlineNanos);
            checkOutput();
            while (sent < all || hasToSay) {
                encryptSome(sources, offset, length);
                sendUnsent(deadlineNanos);
                sent = all - remaining(sources, offset, length);
            }
            return all;
        } catch (InterruptedIOException e) { // what the engine has taken goes later
            e.bytesTransferred = (int) Math.min(all - remaining(sources, offset, length), Integer.MAX_VALUE);
            throw e;
        } catch (SocketException e) {
            throw SystemCallFailures.after(e, sent);
        } finally {
            if (turn) {
                try {
                    sendLater();
                } finally {
                    socket.endWrite();
                }
            }
        }
    }

    private static long remaining(ByteBuffer[] buffers, int offset, int length) {
        long remaining = 0;
        for (int i = offset; i < offset + length; i++) {
            remaining += buffers[i].remaining();
        }
        return remaining;
    }

    /** Makes as many records as one call should send. */
    private void encryptSome(ByteBuffer[] sources, int offset, int length) throws IOException {
        do {
            encrypt(sources, offset, length);
            assert unsent != null;
        } while (unsent.capacity() - unsent.limit() >= SpareBuffers.LARGEST_RECORD
                && remaining(sources, offset, length) > 0);
    }

    /** Makes a record of what comes first in the sources, or of what the engine has to say before. */
    private void encrypt(ByteBuffer[] sources, int offset, int length) throws IOException {
        synchronized (output) {
            inside++;
            try {
                hasToSay = false;
                SSLEngineResult result = wrap(sources, offset, length);
                outputEnded |= result.getStatus() == Status.CLOSED;
                if (result.bytesProduced() == 0) {
                    checkOutput();
                    throw new SSLException("the engine makes no record, and is " + result.getHandshakeStatus());
                }
            } catch (SSLException | RuntimeException e) {
                throw outputFailed("write", e);
            } finally {
                inside--;
            }
        }
    }

    private SSLException outputFailed(String call, Exception e) {
        wrapAlert();
        return failedInTurn(new SSLException(call + " on " + socket.describe() + ": " + reason(e), e));
    }

    private void checkOutput() throws IOException {
        checkNotFailed();
        if (outputEnded) {
            throw SystemCallFailures.of("write", Errno.EPIPE, socket.describe());
        }
    }

    /** Lets the engine make one record, behind those that have not gone. */
    private SSLEngineResult wrap(ByteBuffer[] sources, int offset, int length) throws SSLException {
        if (unsent == null) {
            unsent = established ? socket.spareBuffers().take(isNative) : allocate(SpareBuffers.CAPACITY);
            unsent.limit(0);
        }
        for (;;) {
            int begin = unsent.position();
            unsent.position(unsent.limit()).limit(unsent.capacity());
            SSLEngineResult result;
            try {
                result = engine.wrap(sources, offset, length, unsent);
            } finally {
                unsent.limit(unsent.position()).position(begin);
            }
            if (result.getStatus() != Status.BUFFER_OVERFLOW) {
                return result;
            }
            unsent = enlarged(unsent);
        }
    }

    /** Sends what has not gone, within the turn. */
    private void sendUnsent(long deadlineNanos) throws IOException {
        ByteBuffer sending;
        synchronized (output) { // somebody who had found no turn taken may still be within it
            sending = unsent;
        }
        if (sending != null) {
            if (sending.hasRemaining()) { // a step of the handshake may have made no record
                socket.write(sending, deadlineNanos);
            }
            unsent = null;
            socket.spareBuffers().giveBack(sending);
        }
    }

    /**
     * A write has ended before all had gone that the engine has made of it: a task of the loop sends the rest. A write
     * queue does so itself.
     */
    private void sendLater() {
        if (unsent == null || flushes || socket.hasHandler() || socket.isBeingWrittenByQueue() || !socket.isOpen()) {
            return;
        }
        boolean started = false;
        try {
            flushes = true; // before the task can run
            socket.owner().startUnjoinable(null, this::flush);
            started = true;
        } catch (LoopClosedException e) {
            // The loop's close closes the socket.
        } finally {
            if (!started) { // for want of memory, for instance: the next call sends the rest
                flushes = false;
            }
        }
    }

    private void flush() {
        try {
            if (socket.hasHandler()) { // since then: the handler sends the rest
                return;
            }
            boolean turn = socket.beginWrite("write", EventLoop.NO_DEADLINE);
            try {
                sendUnsent(EventLoop.NO_DEADLINE);
            } finally {
                if (turn) {
                    socket.endWrite();
                }
            }
        } catch (IOException e) {
            // The next call on the socket says so.
        } finally {
            flushes = false;
        }
    }

    /** Writes as much as there is room for, without waiting. */
    long tryWrite(ByteBuffer[] sources, int offset, int length) throws IOException {
        socket.check("tryWrite");
        engine("tryWrite");
        long all = remaining(sources, offset, length);
        synchronized (output) {
            if (socket.isBeingWritten()) { // asked here, as this may have had to wait for the monitor
                return Descriptor.WOULD_BLOCK;
            }
            boolean hasRoom = trySend();
            checkOutput();
            while (hasRoom && (hasToSay || remaining(sources, offset, length) > 0)) {
                encryptSome(sources, offset, length);
                hasRoom = trySend();
            }
            sendLater();
            long count = all - remaining(sources, offset, length);
            return count == 0 && !hasRoom ? Descriptor.WOULD_BLOCK : count;
        }
    }

    /** Sends what has not gone, without waiting, where nobody else writes. Returns whether all has gone. */
    private boolean trySend() throws IOException {
        if (unsent != null && !socket.isBeingWritten()) {
            socket.tryWrite(unsent);
            giveBackSent();
        }
        return unsent == null;
    }

    private void giveBackSent() {
        if (unsent != null && !unsent.hasRemaining()) {
            socket.spareBuffers().giveBack(unsent);
            unsent = null;
        }
    }

    /** Says what the engine has to say, without waiting. If a task writes, that task says it, or the next reader. */
    private void sayNow() {
        synchronized (output) {
            if (socket.isBeingWritten()) { // asked here, as this may have had to wait for the monitor
                return;
            }
            inside++;
            try {
                if (hasToSay) {
                    hasToSay = false;
                    wrap(NOWHERE, 0, 1);
                }
                trySend();
                sendLater();
            } catch (IOException e) {
                // Who reads may go on; who writes next gets the failure.
            } finally {
                inside--;
            }
        }
    }

    // The end

    /** Sends the close_notify, behind all that was written. In a task. */
    void shutdownOutput(long deadlineNanos) throws IOException {
        boolean turn = socket.beginWrite("shutdownOutput", deadlineNanos);
        try {
            establish(deadlineNanos);
            sendUnsent(deadlineNanos);
            checkNotFailed();
            if (!outputEnded) {
                synchronized (output) {
                    try {
                        wrapCloseNotify();
                    } catch (SSLException | RuntimeException e) {
                        throw outputFailed("shutdownOutput", e);
                    }
                }
                sendUnsent(deadlineNanos);
            }
        } finally {
            if (turn) {
                sendLater();
                socket.endWrite();
            }
        }
    }

    private void wrapCloseNotify() throws IOException {
        inside++;
        try {
            outputEnded = true;
            engine.closeOutbound();
            SSLEngineResult result;
            do {
                result = wrap(NOWHERE, 0, 1);
            } while (result.bytesProduced() > 0 && result.getStatus() != Status.CLOSED);
        } finally {
            inside--;
        }
    }

    /** Closes, after a close_notify if that can go at once. */
    void close() {
        try {
            if (socket.isOpenHere("close") && isAlone()) {
                sayGoodbye();
            }
            if (begun && socket.loop().isCurrent()) { // else the loop is closed
                handshakeEnds(false);
            }
        } finally { // memory may have run out
            socket.close();
            freeEngine();
        }
    }

    /** Whether no task is within the engine or a write. */
    private boolean isAlone() {
        return inside == 0 && !steps && !socket.isBeingWritten();
    }

    private void sayGoodbye() {
        try {
            if (trySend() && established && !outputEnded && failure == null) {
                wrapCloseNotify();
                trySend();
            }
            dropReceived();
        } catch (IOException | RuntimeException e) {
            // The peer has gone.
        }
    }

    /**
     * Drops what has come. A close with something unread would reset the connection, and the kernel would drop what it
     * has not sent yet. In TLS 1.3 a client mostly has something unread: the tickets by which a session is resumed.
     * They may have come since the last poll.
     */
    private void dropReceived() throws IOException {
        ByteBuffer dropped = socket.spareBuffers().take(isNative);
        try {
            int count = 0;
            for (int all = 0; count >= 0 && all < MOST_DROPPED; all += count) {
                count = socket.tryReadUnreported(dropped.clear());
            }
        } finally {
            socket.spareBuffers().giveBack(dropped);
        }
    }

    /**
     * A native engine has memory and descriptors. It frees them when both directions are closed and it holds nothing
     * any more.
     */
    private void freeEngine() {
        if (!isNative || engine == null || steps || isFreed || socket.isOpen()) {
            return;
        }
        isFreed = true;
        boolean isHere = socket.loop().isCurrent(); // else the loop is closed, and so are its buffers to others
        ByteBuffer dropped = isHere ? socket.spareBuffers().take(true) : ByteBuffer.allocate(SpareBuffers.CAPACITY);
        engine.closeOutbound();
        try {
            while (engine.unwrap(NOTHING, dropped.clear()).bytesProduced() > 0) {
                // one more
            }
        } catch (SSLException | RuntimeException e) {
            // The handshake has failed.
        }
        try {
            engine.closeInbound();
            while (engine.wrap(NOTHING, dropped.clear()).bytesProduced() > 0) {
                // one more
            }
        } catch (SSLException | RuntimeException e) {
            // It misses the peer's close_notify.
        }
        if (isHere) {
            socket.spareBuffers().giveBack(dropped);
        }
    }

    private void checkNotFailed() throws SSLException {
        if (failure != null) {
            throw new SSLException(failure.getMessage(), failure);
        }
    }

    /** The connection is broken. Tells the peer why, as far as that can go at once. */
    private SSLException failed(SSLException exception) {
        failure = exception;
        synchronized (output) {
            if (socket.isBeingWritten()) {
                hasToSay = true; // the task that writes says it
                return exception;
            }
            wrapAlert();
            try {
                trySend();
            } catch (IOException e) {
                // The peer has gone.
            }
        }
        return exception;
    }

    /** The same within the turn. It does not wait: a cancel would be taken for the end of that wait, and be lost. */
    private SSLException failedInTurn(SSLException exception) {
        failure = exception;
        try {
            if (unsent != null) {
                socket.tryWriteInTurn(unsent);
                giveBackSent();
            }
        } catch (IOException e) {
            // The peer has gone.
        }
        return exception;
    }

    /** The engine has thrown. What it has to say about that to the peer becomes records. */
    private void wrapAlert() {
        try {
            while (wrap(NOWHERE, 0, 1).bytesProduced() > 0) { // whatever its status is: Conscrypt's is no NEED_WRAP
                // one more
            }
        } catch (SSLException | RuntimeException e) {
            // It throws its failure again when it has said all.
        }
    }
}
