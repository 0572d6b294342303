package io.stepoll.internal.io;

import io.stepoll.EventLoop;
import io.stepoll.Task;
import io.stepoll.TaskBody;
import io.stepoll.SystemCallFailure;
import io.stepoll.VirtualClock;
import io.stepoll.internal.failure.SystemCallFailures;
import io.stepoll.internal.memory.LoopBuffers;
import io.stepoll.internal.poll.Poller;
import io.stepoll.internal.poll.Registration;
import io.stepoll.internal.reactor.LoopThread;
import io.stepoll.internal.reactor.Reactor;
import io.stepoll.internal.sched.Scheduler;
import io.stepoll.internal.sys.Descriptors;
import io.stepoll.internal.sys.Errno;
import io.stepoll.internal.sys.Log;
import io.stepoll.internal.sys.RawAddress;
import io.stepoll.internal.sys.StandardStreams;
import io.stepoll.internal.task.LoopTasks;
import io.stepoll.internal.task.TaskEnd;
import io.stepoll.internal.threads.WaitingCloses;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.function.Consumer;

/**
 * The descriptors on one loop: how they come, and what they share. On every path a descriptor has one owner: the caller
 * until the method returns, then the loop.
 */
public final class LoopDescriptors {
    private final EventLoop loop;
    private final LoopIo io;
    private final Scheduler scheduler;
    private final Draining draining;
    private final boolean trace;

    /** @param trace whether each descriptor remembers where it came to the loop */
    public LoopDescriptors(EventLoop loop, Reactor reactor, LoopTasks tasks, Scheduler scheduler, Poller poller,
            LoopBuffers buffers, boolean trace) {
        this.loop = loop;
        this.scheduler = scheduler;
        this.trace = trace;
        io = new LoopIo(reactor, tasks, poller, buffers);
        draining = new Draining(poller, scheduler, tasks);
    }

    /** The descriptors on a loop. */
    public static LoopDescriptors of(EventLoop loop) {
        if (loop instanceof SocketLoop ours) {
            return ours.descriptors();
        }
        throw new IllegalArgumentException("not a loop of this library: " + loop);
    }

    /** The descriptors on the loop that runs the current code; null outside of a loop's step. From any thread. */
    public static LoopDescriptors current() {
        EventLoop loop = EventLoop.current();
        return loop == null ? null : of(loop);
    }

    /** Starts a task that nobody joins; null for one without a name. Its failure is logged at once. */
    public void startUnjoinable(String name, TaskBody body) {
        io.reactor.thread().checkMaySubmit();
        io.tasks.startUnjoinable(name, body.asCallable(), null);
    }

    /**
     * Starts a task that nobody joins, and that tells of its end in its own thread. There it may wait for locks.
     *
     * @param name of its thread
     * @param failed gets what the task has thrown, unless a cancel or the loop's close has ended it
     * @param ended runs when the task has ended, or will never begin
     * @return the task, to cancel it
     */
    public Task<?> startUnjoinable(String name, TaskBody body, Consumer<Throwable> failed, Runnable ended) {
        io.reactor.thread().checkMaySubmit();
        return io.tasks.startUnjoinable(name, body.asCallable(), new TaskEnd() {
            @Override
            public void failed(Throwable failure) {
                failed.accept(failure);
            }

            @Override
            public void ended() {
                ended.run();
            }
        });
    }

    /** What all descriptors of the loop share. */
    LoopIo io() {
        return io;
    }

    /** The loop's name. */
    public String name() {
        return io.reactor.name();
    }

    /** The loop itself. */
    public EventLoop loop() {
        return loop;
    }

    public Draining draining() {
        return draining;
    }

    public LoopTasks tasks() {
        return io.tasks;
    }

    /** The pipe for files of this loop. */
    public FilePipe filePipe() {
        return io.filePipe();
    }

    /** Throws unless the loop is open and the current thread is the loop's or a task of it. */
    public void check(String call) {
        io.reactor.thread().check(call);
    }

    /** Whether the current thread is the loop's, in a step or not, or a virtual thread that the loop carries. */
    boolean isHere() {
        return io.reactor.thread().isCurrent();
    }

    /** Whether the time of the loop jumps. */
    boolean hasVirtualClock() {
        return io.reactor.hasVirtualClock();
    }

    /** Whether the loop closes, or is closed. From any thread. */
    public boolean isClosing() {
        return io.reactor.thread().isClosing();
    }

    /** Whether the current thread, which runs on the loop, may wait there. */
    boolean mayWait() {
        return !io.reactor.thread().isClosing() && !isInCallback();
    }

    /** What a call throws that would have to wait where {@link #mayWait} says no. */
    IllegalStateException mustNotWait(String call) {
        if (io.reactor.thread().isClosing()) {
            Thread.yield(); // see LoopThread.checkTaskMayWait
            return io.reactor.thread().closedException();
        }
        return LoopThread.mustNotWait(call);
    }

    /**
     * The current thread has seen an interrupt, which cleared its status. Sets the status again, unless a cancel or a
     * deadline has sent the interrupt: {@link java.net.Socket} then closes the socket, as the JDK does.
     */
    void keepInterruptOfTheProgram(String call) {
        if (!io.tasks.current(call).isCancelledOrPastADeadline()) {
            Thread.currentThread().interrupt();
        }
    }

    /** Whether the current thread runs a callback of the loop. */
    public boolean isInCallback() {
        return io.reactor.thread().isInCallback();
    }

    /** Whether the current thread runs a callback in a step of the loop, and not merely between two steps. */
    public boolean isInCallbackOfAStep() {
        return io.reactor.thread().isInCallbackOfAStep();
    }

    /** The deadline after a timeout; {@link EventLoop#NO_DEADLINE} for one of more than 292 years. */
    public long deadlineNanos(Duration timeout) {
        return io.reactor.deadlineNanos(timeout);
    }

    /** Suspends the current task until a time of the loop. */
    public void sleep(String call, long deadlineNanos) throws InterruptedIOException {
        try {
            io.tasks.current(call).sleepUntil(deadlineNanos);
        } catch (InterruptedException e) {
            throw new InterruptedIOException(call + ": interrupted");
        }
    }

    /** Lets the current task yield until the next phase of queued callbacks. */
    public void yieldOnce(String call) throws InterruptedIOException {
        try {
            io.tasks.current(call).yieldOnce();
        } catch (InterruptedException e) {
            throw new InterruptedIOException(call + ": interrupted");
        }
    }

    /** Keeps a virtual clock from jumping while another thread works for a task; null for a clock that passes. */
    public VirtualClock.Hold holdClock() {
        return io.reactor.holdClock();
    }

    /** Takes over a descriptor that somebody else may have, too. If that fails it stays the caller's, as it was. */
    public LoopDescriptor adopt(int fd) throws IOException {
        checkNumber("adopt", fd);
        SystemCallFailures.check("fcntl", Descriptors.getStatusFlags(fd), "descriptor " + fd);
        return takeForeign(fd, DescriptorKind.ofAdopted(fd));
    }

    /** Takes over a descriptor that nobody else has. If that fails it stays the caller's. */
    public LoopDescriptor own(int fd) throws IOException {
        checkNumber("own", fd);
        DescriptorKind kind = DescriptorKind.ofSocket(fd);
        return kind == DescriptorKind.SHARED ? adopt(fd) : takeForeign(fd, kind);
    }

    /** Takes over a socket that the library has made, with its own options. If that fails it stays the caller's. */
    public LoopDescriptor ownNew(int fd) throws IOException {
        checkNumber("own", fd);
        return take(fd, DescriptorKind.ofSocket(fd));
    }

    /**
     * Takes over a connection that a listener of this loop or of another one has accepted. If that fails it stays the
     * caller's.
     *
     * @param closeMayWait whether its close may wait; see {@link LoopDescriptor#connectionCloseMayWait}
     * @param peer its peer, for messages; null for one without a name
     */
    public LoopDescriptor takeAccepted(int fd, DescriptorKind kind, boolean closeMayWait, RawAddress peer)
            throws IOException {
        check("own");
        if (closeMayWait) {
            WaitingCloses.prepare();
        }
        LoopDescriptor accepted = put(fd, kind, Descriptors.O_NONBLOCK);
        accepted.accepted();
        if (closeMayWait) {
            accepted.closeMayWait();
        }
        accepted.acceptedFrom(peer);
        return accepted;
    }

    private LoopDescriptor takeForeign(int fd, DescriptorKind kind) throws IOException {
        StandardStreams.Refusal refusal = StandardStreams.taken(fd);
        if (refusal != null) {
            throw SystemCallFailures.of(refusal.call(), -refusal.result(), "/dev/null, for descriptor " + fd);
        }
        WaitingCloses.prepare(); // may fail, and then the descriptor is the caller's
        LoopDescriptor descriptor = take(fd, kind);
        descriptor.cameByNumber();
        return descriptor;
    }

    /** Takes over a descriptor of a kind that the caller knows. If that fails it stays the caller's, as it was. */
    public LoopDescriptor take(int fd, DescriptorKind kind) throws IOException {
        int flags = SystemCallFailures.check("fcntl", Descriptors.getStatusFlags(fd), "descriptor " + fd);
        setStatusFlags(fd, flags, flags | Descriptors.O_NONBLOCK);
        try {
            return put(fd, kind, flags);
        } catch (IOException | RuntimeException | Error e) {
            setStatusFlags(fd, flags | Descriptors.O_NONBLOCK, flags);
            throw e;
        }
    }

    private void checkNumber(String call, int fd) {
        check(call);
        if (fd < 0) {
            throw new IllegalArgumentException("a descriptor must not be negative: " + fd);
        }
    }

    /** Takes over a connection that was just accepted; closes it if that fails. */
    LoopDescriptor accepted(int fd, LoopDescriptor listener) throws IOException {
        boolean closeMayWait = listener.connectionCloseMayWait(fd);
        try {
            return takeAccepted(fd, Accepting.kind(listener), closeMayWait, AcceptCall.peer(listener, fd));
        } catch (IOException | RuntimeException | Error e) {
            Closes.close(fd, closeMayWait);
            throw e;
        }
    }

    private LoopDescriptor put(int fd, DescriptorKind kind, int formerFlags) throws IOException {
        int slot = io.poller.register(fd, kind.isShared());
        if (slot < 0) {
            String what = "descriptor " + fd + (slot == -Errno.EEXIST ? ", which is on this loop already" : "");
            throw SystemCallFailures.of("epoll_ctl", -slot, what);
        }
        Registration registration = io.poller.registration(slot);
        try {
            LoopDescriptor descriptor = new LoopDescriptor(this, io, registration, kind, formerFlags);
            UnclosedDescriptors.watch(descriptor, this, trace);
            return descriptor;
        } catch (Throwable e) { // of memory: the number is the caller's again, and may soon be another descriptor's
            io.poller.deregister(registration, false);
            throw e;
        }
    }

    /**
     * Puts a socket on the loop that the loop does not close.
     *
     * @param lender is told when the socket has left the loop
     */
    Registration lend(int fd, Runnable lender) throws IOException {
        int slot = io.poller.registerLent(fd, lender);
        if (slot < 0) {
            throw SystemCallFailures.of("epoll_ctl", -slot, "descriptor " + fd);
        }
        return io.poller.registration(slot);
    }

    static void setStatusFlags(int fd, int from, int to) throws IOException {
        if (from != to) {
            SystemCallFailures.check("fcntl", Descriptors.setStatusFlags(fd, to), "descriptor " + fd);
        }
    }

    /**
     * Marks a descriptor as shared, if it is on this loop; see {@link io.stepoll.Descriptor#share}.
     *
     * @param fd its number
     * @throws IOException a {@link SystemCallFailure} of epoll_ctl(2)
     */
    public void shareIfHere(int fd) throws IOException {
        check("share");
        Registration registration = io.poller.find(fd);
        if (registration != null) {
            share(registration, "descriptor " + fd);
        }
    }

    /**
     * Marks a descriptor of this loop as shared. Somebody else may change its options from now on, so its close may
     * wait.
     *
     * @param what for messages
     */
    void share(Registration registration, String what) throws IOException {
        boolean mayWait = Closes.mayWait(registration.fd(), true);
        if (mayWait) {
            WaitingCloses.prepare();
        }
        SystemCallFailures.check("epoll_ctl", registration.share(), what);
        if (mayWait) {
            registration.setCloseMayWait();
        }
    }

    /** The loop closes: closes all its descriptors. */
    public void closeAll() {
        io.close();
    }

    /**
     * Closes a descriptor that is on no loop. From any thread.
     *
     * @param mayWait whether close(2) may wait; another thread calls it then
     */
    public static void close(int fd, boolean mayWait) {
        Closes.close(fd, mayWait);
    }

    /** Closes a descriptor that is on no loop, and of whose options the library knows nothing. From any thread. */
    public static void closeForeign(int fd) {
        Closes.close(fd, Closes.mayWait(fd, true));
    }

    /**
     * Queues a callback of the library's own, even if the inbox is full. From any thread.
     *
     * @return false if the loop is closed
     */
    public boolean submit(Runnable callback) {
        return scheduler.add(callback);
    }

    /**
     * Queues a callback of the user's. On the loop's thread.
     *
     * @param callback gets the blame for what the call throws
     */
    void callSoon(Object callback, Runnable call) {
        scheduler.add(() -> {
            try {
                call.run();
            } catch (Throwable thrown) {
                io.reactor.callbackFailed(callback, thrown);
            }
        });
    }

    /** Starts a task of the library's own, even if the inbox is full. From any thread. */
    public <T> Task<T> start(Callable<T> work) {
        io.reactor.thread().checkOpen();
        return io.tasks.start(null, work);
    }

    /**
     * Logs a message of the library's. A callback, which may run on the loop's own thread, leaves that to a task. Never
     * throws. From any thread.
     *
     * @param thrown null for nothing that was thrown
     */
    public void log(System.Logger.Level level, String message, Throwable thrown) {
        if (isInCallback()) {
            io.tasks.failures().log(level, message, thrown);
        } else {
            Log.log(level, message, thrown);
        }
    }

    /** Closes a descriptor that nobody can reach any more, and reports it. */
    void closeLeaked(Registration registration, String what, Throwable opened) {
        Closes.close(io.poller, registration);
        io.tasks.failures().leaked(what, opened);
    }
}
