package io.stepoll.internal.io;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.HangUp;
import io.stepoll.Interest;
import io.stepoll.ReadinessHandler;
import io.stepoll.SystemCall;
import io.stepoll.WouldBlockException;
import io.stepoll.internal.failure.SystemCallFailures;
import io.stepoll.internal.poll.Registration;
import io.stepoll.internal.sys.Datagrams;
import io.stepoll.internal.sys.Descriptors;
import io.stepoll.internal.sys.RawAddress;
import io.stepoll.internal.sys.SocketFile;
import io.stepoll.internal.sys.Sockets;
import io.stepoll.internal.task.TaskWait;
import io.stepoll.internal.threads.WaitingCloses;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Objects;

/** A {@link Descriptor} of a loop: each method says what it is, and {@link BlockingCall} does it. */
public final class LoopDescriptor extends OpenDescriptor implements Descriptor {
    private static final long FOREVER = EventLoop.NO_DEADLINE;
    private static final ReadCall PEEK = ReadCall.with(Sockets.MSG_PEEK);

    private final LoopDescriptors owner;
    private final int formerFlags;
    private boolean foreign;
    private boolean takesPassed;

    /** @param formerFlags the status flags that it had before it came to the loop */
    LoopDescriptor(LoopDescriptors owner, LoopIo io, Registration registration, DescriptorKind kind,
            int formerFlags) {
        super(io, registration, kind);
        this.owner = owner;
        this.formerFlags = formerFlags;
    }

    /** {@return the implementation of a descriptor} */
    public static LoopDescriptor of(Descriptor descriptor) {
        if (Objects.requireNonNull(descriptor, "descriptor") instanceof LoopDescriptor ours) {
            return ours;
        }
        throw new IllegalArgumentException("not a descriptor of this library: " + descriptor);
    }

    /** {@return the descriptors of its loop} */
    public LoopDescriptors owner() {
        return owner;
    }

    @Override
    public EventLoop loop() {
        return owner.loop();
    }

    @Override
    public void close() {
        if (isOpen()) {
            io.reactor.thread().check("close");
            ended();
            Closes.close(io.poller, registration());
        }
    }

    @Override
    public int disown() throws IOException {
        check("disown");
        ended();
        io.poller.deregister(registration(), false);
        if (!registration().isPassedOn()) { // O_NONBLOCK is a flag of the open file, which the other one relies on
            LoopDescriptors.setStatusFlags(fd(), formerFlags | Descriptors.O_NONBLOCK, formerFlags);
        }
        return fd();
    }

    @Override
    public void share() throws IOException {
        check("share");
        owner.share(registration(), describe());
    }

    /** Sets the file of this socket, which goes when the socket is closed here; null for none. */
    public void boundTo(SocketFile file) throws IOException {
        check("boundTo");
        registration().boundTo(file);
    }

    /** Returns the file that goes when the socket is closed here, and lets it stay from now on; null for none. */
    public SocketFile releaseFile() throws IOException {
        SocketFile file = registration().file();
        boundTo(null);
        return file;
    }

    /**
     * Closes a listening socket that another process has by now: that one accepts the connections that wait there, and
     * those that come later. Tasks that accept here get a {@link io.stepoll.ListenerStoppedException}. The status flags
     * stay as they are, as the other process has them, too.
     */
    public void handedOver() throws IOException {
        check("handedOver");
        owner.draining().stop(this);
        registration().boundTo(null);
        close();
    }

    /** An option was set that decides whether a close may wait: SO_LINGER or SO_PASSRIGHTS. */
    public void closeOptionsSet() {
        askWhetherCloseMayWait();
    }

    /** It came by number, so somebody else may change its options at any time. */
    void cameByNumber() {
        foreign = true;
        askWhetherCloseMayWait();
    }

    private void askWhetherCloseMayWait() {
        if (Closes.mayWait(fd(), foreign)) {
            closeMayWait();
        }
        // A connection inherits the options when it is made. Those that wait in the backlog keep the former ones.
        if (Closes.ofConnectionsMayWait(fd())) {
            listening().connectionsCloseMayWait = true;
        }
    }

    /** Lets peers pass descriptors to this Unix socket, from the first call on that receives some. */
    public void takePassed() throws IOException {
        check("recvmsg");
        if (!takesPassed && Closes.isUnix(fd())) {
            SystemCallFailures.check("setsockopt", Sockets.passRights(fd(), true), describe());
            takesPassed = true;
            closeMayWait();
        }
    }

    /** Leaves the close to a thread that may wait. */
    void closeMayWait() {
        WaitingCloses.prepare();
        registration().setCloseMayWait();
    }

    /**
     * Whether the close of a connection may wait that this listener has just accepted. Somebody else who has the
     * listener may set options at any time, and the connection has inherited what was set then.
     */
    public boolean connectionCloseMayWait(int connection) {
        return listening().connectionsCloseMayWait
                || (foreign || registration().isPassedOn()) && Closes.ofConnectionMayWait(connection);
    }

    @Override
    public LoopDescriptor accept() throws IOException {
        return accept(FOREVER);
    }

    @Override
    public LoopDescriptor accept(Duration timeout) throws IOException {
        return accept(owner.deadlineNanos(timeout));
    }

    /** Accepts a connection, until a deadline of the loop's time. */
    public LoopDescriptor accept(long deadlineNanos) throws IOException {
        return owner.accepted(Accepting.accept(this, owner.draining(), deadlineNanos), this);
    }

    /**
     * Accepts a connection that waits already, for this loop or another one. Where none waits it returns
     * {@link #WOULD_BLOCK}; where descriptors have run out it waits until there are some again. In a task.
     *
     * @return the number of the connection, which is on no loop and belongs to the caller. Ask for its
     *     {@link #peerOf peer} at once.
     */
    public int acceptWaiting() throws IOException {
        return Accepting.acceptWaiting(this, owner.draining());
    }

    /** Waits until a connection waits to be accepted. In a task. */
    public void awaitConnection() throws IOException {
        Accepting.awaitConnection(this, owner.draining());
    }

    /** The peer of the connection that was accepted last; null for one without a name. */
    public RawAddress peerOf(int connection) {
        return AcceptCall.peer(this, connection);
    }

    /** The kind of the connections that this listener accepts. */
    public DescriptorKind connectionKind() {
        return Accepting.kind(this);
    }

    /**
     * Lets no task wait for a next request here any more, and tells the handler that the loop drains. The waits that go
     * on {@link Draining#endMarkedWaits} ends.
     */
    public void setDraining() {
        registration().setDraining();
        if (handler != null) {
            handler.drains();
        }
    }

    @Override
    public boolean isDraining() {
        return registration().isDraining() || owner.draining().isDraining();
    }

    /** Runs something when the descriptor has left the loop, maybe on the loop's own thread. */
    public void atEnd(Runnable notice) {
        registration().atEnd(notice);
    }

    @Override
    public LoopDescriptor tryAccept() throws IOException {
        int accepted = Accepting.tryAccept(this, owner.draining());
        return accepted == WOULD_BLOCK ? null : owner.accepted(accepted, this);
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        return read(target, FOREVER);
    }

    @Override
    public int read(ByteBuffer target, Duration timeout) throws IOException {
        return read(target, owner.deadlineNanos(timeout));
    }

    /** Reads, until a deadline of the loop's time. */
    public int read(ByteBuffer target, long deadlineNanos) throws IOException {
        if (hasNoRoom("recv", target)) {
            return 0;
        }
        int count = (int) BlockingCall.perform(this, "recv", Registration.READ, ReadCall.PLAIN, target, deadlineNanos);
        return count == 0 ? ofNoBytes() : count;
    }

    @Override
    public int tryRead(ByteBuffer target) throws IOException {
        if (hasNoRoom("recv", target)) {
            return 0;
        }
        int count = (int) BlockingCall.tryPerform(this, "recv", Registration.READ, ReadCall.PLAIN, target);
        return count == 0 ? ofNoBytes() : count;
    }

    /**
     * Waits until so many bytes can be read, or the end is behind fewer. Copies what can be read and takes nothing. In
     * a task.
     *
     * @param target with room for at least so many; what is copied, which may be more, is at its position
     * @return how many were copied; fewer than wanted only if no more will come
     */
    public int peekAtLeast(ByteBuffer target, int wanted, long deadlineNanos) throws IOException {
        TaskWait task = callBegins("recv");
        int position = target.position();
        for (;;) {
            boolean ends = Sockets.awaitEvents(fd(), Sockets.POLLRDHUP, 0) == 1; // asked before the bytes are counted
            target.position(position);
            long copied = BlockingCall.tryPerform(this, "recv", BlockingCall.NO_INTEREST, PEEK, target);
            int count = Math.max(0, (int) copied);
            if (count >= wanted || ends || copied == 0) {
                return count;
            }
            registration().readWouldBlock(); // the next edge comes with the next byte, though some are there
            BlockingCall.awaitReadable(task, this, "recv", deadlineNanos);
        }
    }

    /** Reads without waiting, also what has come since the last poll, of which the loop knows nothing yet. */
    public int tryReadUnreported(ByteBuffer target) throws IOException {
        int count = (int) BlockingCall.tryPerform(this, "recv", BlockingCall.NO_INTEREST, ReadCall.PLAIN, target);
        return count == 0 ? ofNoBytes() : count;
    }

    private boolean hasNoRoom(String call, ByteBuffer target) throws IOException {
        if (target.isReadOnly()) {
            throw new IllegalArgumentException(call + " into a read-only buffer");
        }
        if (target.hasRemaining()) {
            return false;
        }
        check(call);
        return true;
    }

    /** What a read without bytes is: the end, or an empty datagram. */
    private int ofNoBytes() {
        return isDatagramSocket() ? 0 : -1;
    }

    @Override
    public long read(ByteBuffer[] targets, int offset, int length) throws IOException {
        return read(new Buffers(targets, offset, length), FOREVER);
    }

    @Override
    public long read(ByteBuffer[] targets, int offset, int length, Duration timeout) throws IOException {
        return read(new Buffers(targets, offset, length), owner.deadlineNanos(timeout));
    }

    private long read(Buffers targets, long deadlineNanos) throws IOException {
        targets.checkWritable("recvmsg");
        if (!targets.hasRemaining()) {
            check("recvmsg");
            return 0;
        }
        long count = BlockingCall.perform(this, "recvmsg", Registration.READ, VectorRead.CALL, targets, deadlineNanos);
        return count == 0 ? ofNoBytes() : count;
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
        return write(source, FOREVER);
    }

    @Override
    public int write(ByteBuffer source, Duration timeout) throws IOException {
        return write(source, owner.deadlineNanos(timeout));
    }

    /** Writes all, until a deadline of the loop's time. */
    public int write(ByteBuffer source, long deadlineNanos) throws IOException {
        if (!source.hasRemaining()) {
            check("send");
            return 0;
        }
        return (int) BlockingCall.perform(this, "send", Registration.WRITE, WriteCall.PLAIN, source, deadlineNanos);
    }

    @Override
    public int tryWrite(ByteBuffer source) throws IOException {
        if (!source.hasRemaining()) {
            check("send");
            return 0;
        }
        return (int) BlockingCall.tryPerform(this, "send", Registration.WRITE, WriteCall.PLAIN, source);
    }

    /** Writes without waiting, within a write of several calls that the caller has begun; see {@link #beginWrite}. */
    public int tryWriteInTurn(ByteBuffer source) throws IOException {
        if (!source.hasRemaining()) {
            check("send");
            return 0;
        }
        return (int) BlockingCall.tryPerform(this, "send", BlockingCall.NO_INTEREST, WriteCall.PLAIN, source);
    }

    @Override
    public long write(ByteBuffer[] sources, int offset, int length) throws IOException {
        return write(new Buffers(sources, offset, length), FOREVER);
    }

    @Override
    public long write(ByteBuffer[] sources, int offset, int length, Duration timeout) throws IOException {
        return write(new Buffers(sources, offset, length), owner.deadlineNanos(timeout));
    }

    /** Writes all of several buffers, until a deadline of the loop's time. The same object may be used again. */
    public long write(Buffers sources, long deadlineNanos) throws IOException {
        if (!sources.hasRemaining()) {
            check("sendmsg");
            return 0;
        }
        return BlockingCall.perform(this, "sendmsg", Registration.WRITE, VectorWrite.CALL, sources, deadlineNanos);
    }

    @Override
    public long tryWrite(ByteBuffer[] array, int offset, int length) throws IOException {
        Buffers sources = new Buffers(array, offset, length);
        if (!sources.hasRemaining()) {
            check("sendmsg");
            return 0;
        }
        return BlockingCall.tryPerform(this, "sendmsg", Registration.WRITE, VectorWrite.CALL, sources);
    }

    @Override
    public int recv(ByteBuffer target, int flags) throws IOException {
        checkFlags("recv", flags);
        if ((flags & Datagrams.MSG_TRUNC) != 0 && kind().isStream(fd())) {
            throw new IllegalArgumentException("recv with MSG_TRUNC on a stream: it would drop bytes, and say that they"
                    + " came");
        }
        if (flags == 0) {
            return read(target);
        }
        if (hasNoRoom("recv", target)) {
            return 0;
        }
        int count = (int) BlockingCall.tryPerform(this, "recv", BlockingCall.NO_INTEREST, ReadCall.with(flags), target);
        if (count == WOULD_BLOCK) {
            throw new WouldBlockException("recv", describe(), 0);
        }
        if ((flags & Sockets.MSG_PEEK) == 0) {
            hasRead();
        }
        return count == 0 ? ofNoBytes() : count;
    }

    @Override
    public int send(ByteBuffer source, int flags) throws IOException {
        checkFlags("send", flags);
        if (flags == 0 || !source.hasRemaining()) {
            return write(source);
        }
        check("send");
        if (isBeingWritten()) {
            throw new WouldBlockException("send", describe(), 0);
        }
        int count = (int) BlockingCall.tryPerform(this, "send", BlockingCall.NO_INTEREST, WriteCall.with(flags),
                source);
        if (count > 0) {
            hasWritten();
        }
        if (source.hasRemaining()) {
            throw new WouldBlockException("send", describe(), Math.max(0, count));
        }
        return count;
    }

    /** A byte out of the stream's order has no place in a channel; see tcp(7), unix(7). */
    private static void checkFlags(String call, int flags) {
        if ((flags & Sockets.MSG_OOB) != 0) {
            throw new IllegalArgumentException(call + " with MSG_OOB: urgent data is neither sent nor received");
        }
    }

    @Override
    public long perform(Interest interest, String name, SystemCall call) throws IOException {
        return perform(interest, name, call, FOREVER);
    }

    @Override
    public long perform(Interest interest, String name, SystemCall call, Duration timeout) throws IOException {
        return perform(interest, name, call, owner.deadlineNanos(timeout));
    }

    /**
     * The current task begins a write of several calls, which no other write comes into; it waits for its turn.
     *
     * @return whether {@link #endWrite} is to follow
     */
    public boolean beginWrite(String call, long deadlineNanos) throws IOException {
        return writeBegins(callBegins(call), call, deadlineNanos);
    }

    /** An operation of the current task here begins that may need no system call: it counts, and may yield first. */
    public void operationBegins(String call) throws IOException {
        callBegins(call);
    }

    /** {@return whether the descriptor has a handler, so that no task may wait for it} */
    public boolean hasHandler() {
        return handler != null;
    }

    /** {@return the spare buffers of its loop} */
    public SpareBuffers spareBuffers() {
        return io.spareBuffers;
    }

    /** The write of several calls is done, or has failed. */
    public void endWrite() {
        writeEnds();
    }

    /** Makes a system call of the caller's own, until a deadline of the loop's time. */
    public long perform(Interest interest, String name, SystemCall call, long deadlineNanos) throws IOException {
        return BlockingCall.perform(this, name, events(interest), UserCall.CALL, call, deadlineNanos);
    }

    /**
     * Whether a write of the current task here first lets other tasks run: another write goes on, or the task's budget
     * is used up.
     */
    public boolean yieldsBefore(String call) {
        return isBeingWritten() || io.tasks.current(call).yieldsNext();
    }

    @Override
    public long tryPerform(Interest interest, String name, SystemCall call) throws IOException {
        return BlockingCall.tryPerform(this, name, events(interest), UserCall.CALL, call);
    }

    private static int events(Interest interest) {
        return interest == Interest.READ ? Registration.READ : Registration.WRITE;
    }

    @Override
    public void awaitReadable() throws IOException {
        awaitReadable(FOREVER);
    }

    @Override
    public void awaitReadable(Duration timeout) throws IOException {
        awaitReadable(owner.deadlineNanos(timeout));
    }

    /** {@return whether its bytes have no boundaries: it is a stream socket, or no socket} */
    public boolean isByteStream() {
        return kind() == DescriptorKind.FILE || kind().isStream(fd());
    }

    /** {@return false if a read is known to block} */
    public boolean mayRead() {
        return registration().mayRead();
    }

    /** Waits until a read would not block, or a deadline of the loop's time. */
    public void awaitReadable(long deadlineNanos) throws IOException {
        BlockingCall.awaitReadable(this, "awaitReadable", deadlineNanos);
    }

    @Override
    public void awaitWritable() throws IOException {
        awaitWritable(FOREVER);
    }

    @Override
    public void awaitWritable(Duration timeout) throws IOException {
        awaitWritable(owner.deadlineNanos(timeout));
    }

    /** Waits until a write would not block, or a deadline of the loop's time. */
    public void awaitWritable(long deadlineNanos) throws IOException {
        BlockingCall.awaitWritable(this, "awaitWritable", deadlineNanos);
    }

    @Override
    public HangUp awaitHangUp(HangUp least) throws IOException {
        return BlockingCall.awaitHangUp(this, Objects.requireNonNull(least, "least"), FOREVER);
    }

    @Override
    public HangUp awaitHangUp(HangUp least, Duration timeout) throws IOException {
        return BlockingCall.awaitHangUp(this, Objects.requireNonNull(least, "least"), owner.deadlineNanos(timeout));
    }

    @Override
    public boolean awaitRequest() throws IOException {
        return awaitRequest(FOREVER);
    }

    @Override
    public boolean awaitRequest(Duration timeout) throws IOException {
        return awaitRequest(owner.deadlineNanos(timeout));
    }

    /** Waits for the next request, until a deadline of the loop's time. */
    public boolean awaitRequest(long deadlineNanos) throws IOException {
        return owner.draining().awaitRequest(this, deadlineNanos);
    }

    @Override
    public InputStream inputStream() {
        return new DescriptorInputStream(this);
    }

    @Override
    public OutputStream outputStream() {
        return new DescriptorOutputStream(this);
    }

    /** The kernel does not report that a full Unix socket can be written no more, so the writers are woken here. */
    @Override
    public void shutdownOutput() throws IOException {
        check("shutdownOutput");
        SystemCallFailures.check("shutdown", Sockets.shutdown(fd(), Sockets.SHUT_WR), describe());
        registration().retryWrites();
    }

    @Override
    public void handle(ReadinessHandler newHandler, boolean read, boolean write) throws IOException {
        check("handle");
        HandlerRegistration.change(this, this, newHandler, read, write);
        if (isDraining() && newHandler != null) {
            handler.drains();
        }
    }

    @Override
    public void closeWhenIdle() throws IOException {
        check("closeWhenIdle");
        if (handler == null) {
            throw new IllegalStateException("closeWhenIdle, and " + describe() + " has no handler");
        }
        handler.closeWhenIdle();
    }

    @Override
    public String toString() {
        return "Descriptor[" + fd() + (isOpen() ? "]" : ", closed]");
    }
}
