package io.stepoll;

import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
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
public final class EventLoop extends TaskCalls implements Executor, AutoCloseable {
    /** Instead of a time: there is no deadline. Later than any other. */
    public static final long NO_DEADLINE = Long.MAX_VALUE;

    private final Reactor reactor;
    private final StepResult result = new StepResult();
    private volatile boolean endsOnSignals;

    EventLoop(EventLoopBuilder options) throws IOException {
        PollerThreads.beginBeside();
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

    @Override
    Reactor reactor() {
        return reactor;
    }

    @Override
    EventLoop loop() {
        return this;
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
        endOnSignals(reactor::stop, signals);
    }

    /** Lets signals call an action, from any thread; else as {@link #stopOnSignals}. */
    void endOnSignals(Runnable action, String... signals) {
        try {
            for (String signal : signals.length == 0 ? new String[] {"INT", "TERM"} : signals) {
                SignalStops.add(signal, reactor, action);
                endsOnSignals = true;
            }
        } catch (NoClassDefFoundError e) {
            throw new UnsupportedOperationException("signals need the module jdk.unsupported", e);
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
     * Runs a callback in the next transients phase, as {@link #callSoon} does. May be called from any thread.
     *
     * @param callback it must not wait; see the head of this class
     * @throws RejectedExecutionException if the loop is closed
     */
    @Override
    public void execute(Runnable callback) {
        Objects.requireNonNull(callback, "callback");
        if (reactor.thread.isClosing() || !reactor.scheduler.add(callback)) {
            throw new RejectedExecutionException(reactor.thread.closedException());
        }
    }

    /**
     * Gives the loop as an executor with a life of its own: shut down, it takes on nothing more, and the loop goes on.
     * Closing the loop ends it, and cancels what is scheduled. May be called from any thread; so may its methods, but
     * those that wait not by a callback: they throw {@link IllegalStateException} there.
     *
     * <p>It runs callbacks, one after the other on the loop's thread: what is scheduled by its deadline, of equal ones
     * the first first, and what is executed at once in its order; one kind may overtake the other. Cancelling
     * interrupts nothing that runs. A periodic one that fails is reported as a callback's failure, as well as by its
     * future. {@code shutdown} keeps what is to run once, and cancels what is periodic.
     * {@code shutdownNow} gives back what has not begun; what the loop has taken from its inbox counts as begun, unless
     * it is called on the loop.
     *
     * @return a new executor
     */
    public ScheduledExecutorService asScheduledExecutor() {
        return new LoopExecutor(reactor);
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
        return start(new LoopTimer(reactor, callback), delayNanos);
    }

    /**
     * Runs a callback again and again, at times that follow one another by a period. Where the loop is held up beyond
     * one or more of them, it runs once, the timer tells {@link PeriodicTimer#missed how many} were left out, and the
     * later ones come at their times as before. May be called from any thread.
     *
     * @param initialDelayNanos until the first time, counted as for {@link #callLater}
     * @param periodNanos in nanoseconds
     * @param callback it must not wait. What it throws goes to the {@link FailureHandler}, and the timer goes on.
     * @return the timer
     * @throws IllegalArgumentException if the period is not more than 0
     * @throws IllegalStateException if the loop is closed
     */
    public PeriodicTimer callAtFixedRate(long initialDelayNanos, long periodNanos, Runnable callback) {
        return start(new PeriodicLoopTimer(reactor, callback, periodNanos, true), initialDelayNanos);
    }

    /**
     * Runs a callback again and again, with a delay from the end of each run, for which the clock is read, to the begin
     * of the next; else as {@link #callAtFixedRate}.
     *
     * @param initialDelayNanos until the first time
     * @param delayNanos between the others
     * @param callback it must not wait
     * @return the timer
     */
    public PeriodicTimer callWithFixedDelay(long initialDelayNanos, long delayNanos, Runnable callback) {
        return start(new PeriodicLoopTimer(reactor, callback, delayNanos, false), initialDelayNanos);
    }

    private static <T extends LoopTimer> T start(T timer, long delayNanos) {
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
     * @param <T> of the result
     * @param name of the thread, by which thread dumps and messages tell of it
     * @param body what it does
     * @return the task
     */
    public <T> Task<T> spawn(String name, Callable<? extends T> body) {
        return start(Objects.requireNonNull(name, "name"), Objects.requireNonNull(body, "body"));
    }

    /**
     * Starts a task whose thread has a name, without a result; else as {@link #spawn(Callable)}.
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
     * A deadline for a call that can wait.
     *
     * @param timeout how long it may, counted as for {@link #callLater}; null for as long as it takes
     * @return in nanoseconds of the loop's time; {@link #NO_DEADLINE} for null
     */
    public long deadline(Duration timeout) {
        return timeout == null ? NO_DEADLINE : reactor.deadlineNanos(TimeUnit.NANOSECONDS.convert(timeout));
    }

    /** {@return whether the current thread is the loop's, or a task of it} May be called from any thread. */
    public boolean isCurrent() {
        return reactor.thread.isCurrent();
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
     * Closes the loop and all its descriptors, outside of a step. Timers are dropped; what is queued runs; tasks are
     * cancelled, and run on as far as that brings them. One that is blocked beyond that, on a monitor for instance,
     * comes to its end later on a thread of its own, and is named in the log. Does nothing the second time.
     *
     * @throws IllegalStateException if called within a step
     */
    @Override
    public void close() {
        Closing.close(reactor);
        if (endsOnSignals) {
            SignalStops.remove(reactor);
        }
    }

    @Override
    public String toString() {
        return "EventLoop[" + reactor.name + "]";
    }
}
