package io.stepoll;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/**
 * An event loop on epoll(7). It runs callbacks and timers, waits for descriptors, and carries tasks: virtual threads
 * whose scheduler it is, in which blocking-style code waits while the loop goes on.
 *
 * <p><b>A step</b> has four phases ({@code Reactor.step} in the source):
 * <ol>
 * <li><b>timers</b>: of those queued before the phase the due ones run, newest registration first;
 * <li><b>transients</b>: the callbacks and tasks queued before the phase run, first in first out;
 * <li><b>poll</b>: epoll is asked; it sleeps only if the step may block and nothing is queued, and not beyond the
 *     earliest deadline;
 * <li><b>wake</b>: the tasks whose descriptors this poll found ready go on, the one that blocked last first.
 * </ol>
 * A delay counts from the loop's time, which is read at the begin of the step and of its poll, and in the wake phase
 * whenever a delay is asked for.
 *
 * <p><b>Threads.</b> A loop belongs to the platform thread that first steps, runs or closes it; until then its opener
 * may use it, and when that thread has ended another may take it over. Its methods are for that thread and for the
 * loop's tasks, and throw {@link WrongThreadException} elsewhere; those that any thread may call say so. After
 * {@link #close} they throw {@link IllegalStateException}, and those about a descriptor
 * {@link java.nio.channels.ClosedChannelException}.
 *
 * <p><b>Callbacks</b> run on the loop's own thread, so they must not wait: neither for a descriptor or a time, which is
 * refused, nor for a lock that a task may hold while it is suspended, which nobody can refuse in time: the loop would
 * stand still for ever. Whatever takes a lock, logging included, is a task.
 *
 * <p><b>In a task</b> whatever parks a virtual thread suspends the task and not the loop: {@code synchronized},
 * {@code java.util.concurrent}, {@code Thread.sleep}, blocking {@code java.net}. An interrupt ends any wait with an
 * exception, and clears the interrupt status. A virtual thread that a task starts runs on the loop and may call it; but
 * it is no task: the loop does not count it as work left, and does not interrupt it when it closes.
 */
public final class EventLoop implements AutoCloseable {
    /** Instead of a time: there is no deadline. Later than any other. */
    public static final long NO_DEADLINE = Long.MAX_VALUE;

    private final Reactor reactor;
    private final StepResult result = new StepResult();

    EventLoop(EventLoopBuilder options) throws IOException {
        PollerThreads.start();
        reactor = new Reactor(options);
    }

    /**
     * Opens a loop with the default options. May be called from any thread.
     *
     * @return the loop
     * @throws IOException if there is no descriptor (EMFILE, ENFILE) or no memory for it
     * @throws UnsatisfiedLinkError if the native library cannot be had, with the cause
     */
    public static EventLoop open() throws IOException {
        return builder().open();
    }

    /** {@return the options of a loop to be opened, with their defaults} */
    public static EventLoopBuilder builder() {
        return new EventLoopBuilder();
    }

    Reactor reactor() {
        return reactor;
    }

    /**
     * Does one step; see the head of this class.
     *
     * @param blocking whether the poll may sleep. It then sleeps even when nothing is left to do, until a submit,
     *     a {@link #stop} or an interrupt ends it.
     * @return the time to the next deadline and whether anything is left to do, valid until the next step
     * @throws IllegalStateException if called within a step or from a virtual thread; with assertions on, also if the
     *     thread holds a monitor
     */
    public StepResult step(boolean blocking) {
        reactor.stepOnce(blocking, result);
        return result;
    }

    /**
     * Steps, sleeping in between, until {@link #stop} is called or the thread is interrupted while the loop sleeps;
     * the interrupt status is then still set. An interrupt while a task runs is not seen: tasks have a status of
     * their own, and each clears the thread's.
     *
     * @throws IllegalStateException as for {@link #step}
     */
    public void run() {
        reactor.run(false);
    }

    /**
     * Like {@link #run}, but ends also when nothing is left to do: no callback, timer, waiter or live task.
     *
     * @throws IllegalStateException as for {@link #step}
     */
    public void runUntilDone() {
        reactor.run(true);
    }

    /**
     * Lets {@link #run} end after the step that it is in; if it is not in one, after the next, which does not sleep.
     * May be called from any thread, at any time; a closed loop does not mind.
     */
    public void stop() {
        reactor.stop();
    }

    /**
     * Lets signals stop the loop, until it is closed. One that stops no loop has the effect that it had before.
     *
     * @param signals their names without SIG; none stands for INT and TERM
     * @throws IllegalArgumentException if there is no such signal, or the JVM has it for itself
     * @throws UnsupportedOperationException if the JDK's module {@code jdk.unsupported} is missing
     */
    public void stopOnSignals(String... signals) {
        reactor.thread.check("stopOnSignals");
        for (String signal : signals.length == 0 ? new String[] {"INT", "TERM"} : signals) {
            SignalStops.add(signal, reactor);
        }
    }

    /**
     * How long whoever embeds this loop in another may sleep before the next step: 0 with work queued, else the time
     * to the earliest deadline, or {@link #NO_DEADLINE}. Ask after the step, then wait for {@link #fd} that long.
     *
     * @return nanoseconds, never negative
     */
    public long timeoutNanos() {
        reactor.thread.check("timeoutNanos");
        return reactor.timeoutNanos();
    }

    /**
     * {@return the number of a descriptor that is readable while events wait for the loop, for another one to wait for}
     * Submits from other threads make it readable outside of a step. It belongs to the loop: wait for it, nothing else.
     */
    public int fd() {
        reactor.thread.checkOpen();
        return reactor.poller.fd();
    }

    /**
     * Runs a callback in the next transients phase. May be called from any thread; the callbacks of one thread run in
     * its order.
     *
     * @param callback it must not wait; see the head of this class
     * @throws IllegalStateException if the loop is closed
     */
    public void callSoon(Runnable callback) {
        Objects.requireNonNull(callback, "callback");
        reactor.thread.checkOpen();
        if (!reactor.scheduler.add(callback)) {
            throw reactor.thread.closedException();
        }
    }

    /**
     * Runs a callback once, when a delay has passed. May be called from any thread.
     *
     * @param delayNanos in nanoseconds. It counts from the time of the current phase: in the timers and transients
     *     phases that of the step's begin, in the wake phase now. Outside of a step it is the last such time, however
     *     long ago that was; for another thread now. With 0 or less the callback runs in the next step's timer phase.
     * @param callback it must not wait; see the head of this class
     * @return the timer, by which it can be cancelled and set again
     * @throws IllegalStateException if the loop is closed
     */
    public Timer callLater(long delayNanos, Runnable callback) {
        LoopTimer timer = new LoopTimer(reactor, Objects.requireNonNull(callback, "callback"));
        timer.reset(delayNanos);
        return timer;
    }

    /**
     * Starts a task, whose body begins in the next transients phase. May be called from any thread.
     *
     * @param <T> of the result
     * @param body what it does
     * @return the task
     * @throws IllegalStateException if the loop is closed
     * @throws UnsupportedOperationException if the JDK cannot give virtual threads a scheduler
     */
    public <T> Task<T> spawn(Callable<? extends T> body) {
        return start(null, Objects.requireNonNull(body, "body"));
    }

    /**
     * Starts a task without a result; else as {@link #spawn(Callable)}.
     *
     * @param body what it does
     * @return the task
     */
    public Task<Void> spawn(TaskBody body) {
        return start(null, Objects.requireNonNull(body, "body").asCallable());
    }

    /**
     * Starts a task whose thread has a name; else as {@link #spawn(Callable)}.
     *
     * @param name of the thread
     * @param body what it does
     * @return the task
     */
    public Task<Void> spawn(String name, TaskBody body) {
        return start(Objects.requireNonNull(name, "name"), Objects.requireNonNull(body, "body").asCallable());
    }

    private <T> Task<T> start(String name, Callable<? extends T> body) {
        reactor.thread.checkOpen();
        LoopTask<T> task = new LoopTask<>(reactor, body);
        task.start(name);
        return task;
    }

    /**
     * Suspends the current task. With 0 or less it goes on in the next transients phase, behind what is queued now;
     * else in the timer phase.
     *
     * @param nanos in nanoseconds, counted as for {@link #callLater}
     * @throws InterruptedException if it is interrupted, before or meanwhile
     * @throws IllegalStateException if called by a callback, or the loop is closed before the time has come
     */
    public void sleep(long nanos) throws InterruptedException {
        Suspension task = reactor.thread.suspension(reactor, "sleep");
        if (nanos > 0) {
            task.sleepUntil(reactor.deadlineNanos(nanos));
        } else {
            task.yieldOnce();
        }
    }

    /**
     * Suspends the current task; see {@link #sleep(long)}.
     *
     * @param time how long
     * @throws InterruptedException if it is interrupted, before or meanwhile
     */
    public void sleep(Duration time) throws InterruptedException {
        sleep(TimeUnit.NANOSECONDS.convert(time)); // a time too long for a long becomes the longest
    }

    /**
     * Takes over a file descriptor, which is made non-blocking. Somebody else may have it, too: each wait for it costs
     * one epoll_ctl(2) more than one for a descriptor that is ours alone.
     *
     * @param fd its number
     * @return the descriptor; it is the loop's now, which closes it when it is closed itself
     * @throws IllegalArgumentException if the number is negative
     * @throws java.net.SocketException a {@link SystemCallFailure}: EBADF if there is no such descriptor, EEXIST if it
     *     is on this loop already, EPERM if it is of a kind that is never waited for, a regular file for instance. It
     *     then stays the caller's, as it was.
     * @throws IOException as above
     */
    public Descriptor adopt(int fd) throws IOException {
        return Adoption.adopt(this, fd);
    }

    /**
     * Takes over a descriptor that nobody else has: no other process, no duplicate. A socket is then waited for
     * edge-triggered, at no call of its own. Any other kind is taken as by {@link #adopt}.
     *
     * @param fd its number
     * @return the descriptor
     * @throws IOException as for {@link #adopt}
     */
    public Descriptor own(int fd) throws IOException {
        return Adoption.own(this, fd);
    }

    /**
     * A deadline for a call that can wait.
     *
     * @param timeout how long it may, counted as for {@link #callLater}; null for as long as it takes
     * @return in nanoseconds of the loop's time; {@link #NO_DEADLINE} for null
     */
    public long deadline(Duration timeout) {
        return timeout == null ? NO_DEADLINE : reactor.deadlineNanos(TimeUnit.NANOSECONDS.convert(timeout));
    }

    /**
     * Throws unless the current thread is the loop's or a task of it.
     *
     * @param call for whom, for the message
     * @throws WrongThreadException if this is another thread
     * @throws IllegalStateException if the loop is closed
     */
    public void check(String call) {
        reactor.thread.check(call);
    }

    /**
     * Gives a descriptor up, open, with the O_NONBLOCK that it had. Tasks that wait for it get an
     * {@link java.nio.channels.AsynchronousCloseException}.
     *
     * @param descriptor of this loop
     * @return its number; it is the caller's now
     * @throws IOException if it was closed or disowned before
     */
    public int disown(Descriptor descriptor) throws IOException {
        return mine("disown", descriptor).release();
    }

    /**
     * Accepts a connection, see accept(2), waiting for one if there is none. Those that left before they were
     * accepted are passed over; where descriptors or memory have run out it waits until there are some again.
     *
     * @param listener a listening socket of this loop
     * @return the connection
     * @throws IOException a {@link SystemCallFailure}, or that the listener was closed, or an
     *     {@link java.io.InterruptedIOException}; the listener stays usable
     */
    public Descriptor accept(Descriptor listener) throws IOException {
        return mine("accept", listener).accept(NO_DEADLINE);
    }

    /**
     * Receives what is there, see recv(2), waiting for something if there is nothing.
     *
     * @param socket of this loop
     * @param target where it goes, at most what remains in it; its position moves
     * @return how many bytes came; -1 at the end of the stream; 0 if nothing remains in the target
     * @throws IOException a {@link SystemCallFailure}, or that the socket was closed, or an
     *     {@link java.io.InterruptedIOException}; after the latter the socket stays usable
     */
    public int recv(Descriptor socket, ByteBuffer target) throws IOException {
        return recv(socket, target, 0);
    }

    /**
     * Receives, with flags; unless they are 0 it never waits.
     *
     * @param socket of this loop
     * @param target where it goes
     * @param flags as for recv(2)
     * @return how many bytes came; -1 at the end of the stream
     * @throws WouldBlockException if there is nothing and the flags are not 0
     * @throws IOException as for {@link #recv(Descriptor, ByteBuffer)}
     */
    public int recv(Descriptor socket, ByteBuffer target, int flags) throws IOException {
        return mine("recv", socket).recv(target, flags, NO_DEADLINE);
    }

    /**
     * Sends all that remains in a buffer, see send(2), waiting for room whenever there is none.
     *
     * @param socket of this loop
     * @param source what to send; its position moves with what has gone, also when an exception ends it
     * @return how many bytes went
     * @throws IOException a {@link SystemCallFailure}, {@link BrokenPipeException} if nobody reads any more; or that
     *     the socket was closed, or an {@link java.io.InterruptedIOException}
     */
    public long send(Descriptor socket, ByteBuffer source) throws IOException {
        return send(socket, source, 0);
    }

    /**
     * Sends, with flags; unless they are 0 it never waits.
     *
     * @param socket of this loop
     * @param source what to send
     * @param flags as for send(2)
     * @return how many bytes went: all
     * @throws WouldBlockException if not all could go and the flags are not 0; it says how many went
     * @throws IOException as for {@link #send(Descriptor, ByteBuffer)}
     */
    public long send(Descriptor socket, ByteBuffer source, int flags) throws IOException {
        return mine("send", socket).send(source, flags, NO_DEADLINE);
    }

    private Descriptor mine(String call, Descriptor descriptor) {
        if (Objects.requireNonNull(descriptor, "descriptor").loop() != this) {
            throw new IllegalArgumentException(call + ": " + descriptor + " is on another loop");
        }
        return descriptor;
    }

    /**
     * Closes the loop and all its descriptors, outside of a step. Timers are dropped; what is queued runs; tasks are
     * cancelled, and run on as far as that brings them. One that is blocked beyond that, on a monitor for instance,
     * comes to its end later on a thread of its own, and is named in the log. Does nothing the second time.
     *
     * @throws IllegalStateException if called within a step
     */
    @Override
    public void close() {
        Closing.close(reactor);
        SignalStops.remove(reactor);
    }

    @Override
    public String toString() {
        return "EventLoop[" + reactor.name + "]";
    }
}
