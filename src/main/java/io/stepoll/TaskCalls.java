package io.stepoll;

import io.stepoll.internal.poll.Registration;
import io.stepoll.internal.sys.Workers;
import io.stepoll.internal.sys.Descriptors;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/**
 * What tasks ask of their loop: to sleep, and to wait for descriptors by the calls of the original. Seen by users as
 * methods of {@link EventLoop}, whose own file keeps to running and queueing.
 */
abstract sealed class TaskCalls permits EventLoop {
    TaskCalls() {}

    abstract Reactor reactor();

    abstract EventLoop loop();

    /**
     * Suspends the current task. With 0 or less it goes on in the next transients phase, behind what is queued now;
     * else in the timer phase.
     *
     * @param nanos in nanoseconds, counted as for {@link EventLoop#callLater}
     * @throws InterruptedException if it is interrupted, before or meanwhile
     * @throws IllegalStateException if called by a callback, or the loop is closed before the time has come
     */
    public void sleep(long nanos) throws InterruptedException {
        Suspension task = reactor().thread.suspension(reactor(), "sleep");
        if (nanos > 0) {
            task.sleepUntil(reactor().deadlineNanos(nanos));
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
     * Runs code of the current task under a deadline. When that comes the task is interrupted, so that the wait it is
     * in, or its next, ends with an exception; if that is what comes out of the code, a
     * {@link DeadlineExceededException} comes out of this call instead. Code that ends in any other way, though later,
     * is left alone: its result, or its exception, is that of the call, and no interrupt is left behind.
     *
     * <p>Deadlines nest. An exception of an outer one passes the inner ones, also when both have come; and where the
     * task was cancelled inside of the code, that goes before the deadline. The interrupt comes once: what the code
     * does after it, in {@code finally} for instance, may wait as long as it likes. What no interrupt ends, no deadline
     * does; see {@link Task#cancel}.
     *
     * @param <T> of the result
     * @param timeout for the code, counted as for {@link EventLoop#callLater}; null for as long as it takes
     * @param code what to do
     * @return its result
     * @throws DeadlineExceededException if the deadline has ended a wait of the code
     * @throws IllegalStateException if called by a callback, or the loop is closed
     * @throws Exception what the code throws
     */
    public <T> T within(Duration timeout, Callable<T> code) throws Exception {
        Objects.requireNonNull(code, "code");
        Suspension task = reactor().thread.suspension(reactor(), "within");
        long deadlineNanos = loop().deadline(timeout);
        return timeout == null ? code.call() : DeadlineScope.run(task, timeout, deadlineNanos, code);
    }

    /**
     * Runs code without a result under a deadline; else as {@link #within(Duration, Callable)}.
     *
     * @param timeout for the code
     * @param code what to do
     * @throws DeadlineExceededException if the deadline has ended a wait of the code
     * @throws Exception what the code throws
     */
    public void within(Duration timeout, TaskBody code) throws Exception {
        within(timeout, Objects.requireNonNull(code, "code").asCallable());
    }

    /**
     * Lets another thread do work that blocks its thread, on files for instance, and suspends the current task until
     * that has ended. At most 256 such threads of this library, which are daemons, work at once for all loops.
     *
     * <p>An interrupt of the task is passed on to the work, and ends the wait when it has ended that; so a result is
     * never lost. If the work has not begun it never does. If it does not mind the interrupt this returns as if there
     * had been none, with the interrupt status set.
     *
     * @param <T> of the result
     * @param work what is done; it is not on the loop
     * @return its result
     * @throws ExecutionException if it throws, with its exception as the cause
     * @throws InterruptedException if the task is interrupted, before it has begun or so that it ended with that
     * @throws IllegalStateException if called by a callback
     */
    public <T> T offload(Callable<? extends T> work) throws InterruptedException, ExecutionException {
        return offload(Workers.executor(), work);
    }

    /**
     * Lets an executor do work that blocks its thread; else as {@link #offload(Callable)}.
     *
     * @param <T> of the result
     * @param executor whose threads are not the loop's; work that it drops is waited for until an interrupt
     * @param work what is done
     * @return its result
     * @throws ExecutionException as there; if the executor runs it on the loop, with an IllegalStateException
     * @throws InterruptedException as there
     * @throws java.util.concurrent.RejectedExecutionException if the executor does not take it
     */
    public <T> T offload(Executor executor, Callable<? extends T> work)
            throws InterruptedException, ExecutionException {
        Objects.requireNonNull(executor, "executor");
        return Offload.call(reactor(), executor, Objects.requireNonNull(work, "work"));
    }

    /**
     * Keeps the time from jumping while another thread works for the current task, if this loop's is a
     * {@link VirtualClock}; {@link #offload} does so by itself. May be called from any thread.
     *
     * @return to be closed when the task goes on; null, which try-with-resources does not mind, with any other clock
     */
    public VirtualClock.Hold holdClock() {
        return reactor().clock.hold();
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
        return Adoption.adopt(loop(), fd);
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
        return Adoption.own(loop(), fd);
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
     * Says that somebody else has a descriptor, too: it was passed to another process, or inherited, or duplicated.
     * From here on it is handled as one from {@link #adopt}: whoever waits is told of what the other has left, and no
     * event comes for it when it is closed here and the other goes on. What is passed by a socket of this library on
     * the same loop is marked by that.
     *
     * @param fd its number; one that is not on this loop is none of its business
     * @throws IOException a {@link SystemCallFailure} of epoll_ctl(2)
     */
    public void share(int fd) throws IOException {
        reactor().thread.check("share");
        Registration registration = reactor().poller.find(fd);
        int result = registration == null ? 0 : registration.share();
        SystemCallFailure.check("epoll_ctl", result, "descriptor " + fd);
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
        return mine("accept", listener).accept(EventLoop.NO_DEADLINE);
    }

    /**
     * Accepts a connection for another loop; else as {@link #accept}.
     *
     * @param listener a listening socket of this loop
     * @return the number of the connection, which is on no loop: the caller's, to be given to {@link #own} of the loop
     *     that it is for, or to be closed
     * @throws IOException as for {@link #accept}
     */
    public int acceptNumber(Descriptor listener) throws IOException {
        return AcceptCalls.acceptNumber(mine("accept", listener), EventLoop.NO_DEADLINE);
    }

    /**
     * Receives what is there, see recv(2), waiting for something if there is nothing.
     *
     * @param socket of this loop
     * @param target where it goes, at most what remains in it; its position moves. Of a longer datagram the rest is
     *     lost, which the classes of io.stepoll.net report.
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
     * @param flags as for recv(2), without MSG_OOB, which is an IllegalArgumentException
     * @return how many bytes came; -1 at the end of the stream
     * @throws WouldBlockException if there is nothing and the flags are not 0
     * @throws IOException as for {@link #recv(Descriptor, ByteBuffer)}
     */
    public int recv(Descriptor socket, ByteBuffer target, int flags) throws IOException {
        return mine("recv", socket).recv(target, flags, EventLoop.NO_DEADLINE);
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
     * @param flags as for send(2), without MSG_OOB, which is an IllegalArgumentException
     * @return how many bytes went: all
     * @throws WouldBlockException if not all could go and the flags are not 0; it says how many went
     * @throws IOException as for {@link #send(Descriptor, ByteBuffer)}
     */
    public long send(Descriptor socket, ByteBuffer source, int flags) throws IOException {
        return mine("send", socket).send(source, flags, EventLoop.NO_DEADLINE);
    }

    /**
     * Waits until a client asks something more, or leaves, or the loop drains: for a server between two requests on one
     * connection. In a task.
     *
     * @param socket a connected socket of this loop
     * @return whether there is something to read, if only an end; false if there is not and the loop is draining, and
     *     then the connection is to be closed
     * @throws IOException if it is closed meanwhile, or an {@link java.io.InterruptedIOException}
     */
    public boolean awaitRequest(Descriptor socket) throws IOException {
        return awaitRequest(socket, null);
    }

    /**
     * Waits for a request, but not for ever; see {@link #awaitRequest(Descriptor)}.
     *
     * @param socket a connected socket of this loop
     * @param timeout how long; null for as long as it takes
     * @return as there
     * @throws IOException as there; {@link java.net.SocketTimeoutException} past the timeout, and the socket stays
     *     usable
     */
    public boolean awaitRequest(Descriptor socket, Duration timeout) throws IOException {
        return reactor().draining.awaitRequest(mine("awaitRequest", socket), loop().deadline(timeout));
    }

    /** {@return whether a {@link Shutdown} waits for the loop's tasks to end} May be called from any thread. */
    public boolean isDraining() {
        return reactor().draining.isDraining();
    }

    /**
     * Takes a listening socket off the loop that another process has by now: who waits there to be accepted, or comes
     * later, is accepted by that one. Tasks that accept here get a {@link ListenerStoppedException}.
     *
     * @param listener of this loop; it is closed
     * @throws IOException if it was closed or disowned before
     */
    public void handedOver(Descriptor listener) throws IOException {
        mine("handedOver", listener).check("handedOver");
        reactor().draining.stop(listener.registration());
        Descriptors.close(listener.release()); // off epoll before: the other process has it still, and so would epoll
    }

    private Descriptor mine(String call, Descriptor descriptor) {
        if (Objects.requireNonNull(descriptor, "descriptor").loop() != loop()) {
            throw new IllegalArgumentException(call + ": " + descriptor + " is on another loop");
        }
        return descriptor;
    }
}
