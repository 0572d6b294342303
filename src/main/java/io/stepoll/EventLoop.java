package io.stepoll;

import io.stepoll.internal.sys.RunningLoops;
import io.stepoll.metrics.LoopDump;
import io.stepoll.metrics.LoopMetrics;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import org.jspecify.annotations.Nullable;

/**
 * An event loop on epoll(7). It runs callbacks and timers, waits for descriptors, and carries tasks: virtual threads
 * whose scheduler is the loop. Blocking-style code in a task waits while the loop goes on.
 *
 * <p><b>A step</b> has four phases:
 * <ol>
 * <li><b>timers</b>: of the timers set before the phase, those that are due run, newest registration first;
 * <li><b>queued callbacks</b>: the callbacks and tasks queued before the phase run, first in first out;
 * <li><b>poll</b>: the loop asks epoll for events. It sleeps only if the step may block and nothing is queued, and
 *     never beyond the earliest deadline. The callbacks of {@link #whenIdle}, {@link #beforePoll} and
 *     {@link #afterPoll}, if there are any, run around it;
 * <li><b>wake</b>: the tasks whose descriptors this poll found ready go on, and handlers are called. The one that
 *     blocked last goes first.
 * </ol>
 * A delay counts from the loop's time. The loop reads its time at the begin of a step and of its poll. In the wake
 * phase it reads the time whenever a delay is asked for.
 *
 * <p><b>Threads.</b> A loop belongs to the platform thread that first steps, runs or closes it. Until then the thread
 * that opened the loop may use it. When the loop's thread has ended, another thread may take the loop over. The methods
 * are for the loop's thread and for the loop's tasks, and throw {@link WrongThreadException} elsewhere. A method that
 * any thread may call says so. After {@link #close} the methods throw {@link LoopClosedException}, and the methods of
 * descriptors {@link java.nio.channels.ClosedChannelException}.
 *
 * <p><b>Callbacks</b> (queued ones, timers, handlers) run one after the other, in the order of their phase, in a
 * virtual thread of the loop. So a callback may take any lock, those inside the JDK included, and may log. While it
 * waits for a lock the other callbacks run; the callback goes on later, as a task would. Such a wait should be short:
 * it is a wait for its turn, and no place for a program's flow. A call whose purpose is to wait (for a time, a
 * descriptor, a task, a result) is refused in a callback with an {@link IllegalStateException}: code that waits belongs
 * into a task. Two callbacks may or may not run in the same thread, so a {@link ThreadLocal} is no place for state that
 * is meant for the next callback.
 *
 * <p><b>In a task</b> everything that parks a virtual thread suspends the task and not the loop: {@code synchronized},
 * {@code java.util.concurrent}, {@code Thread.sleep}, blocking {@code java.net}. An interrupt ends any wait with an
 * exception and clears the interrupt status. A virtual thread that a task or a callback starts runs on the loop, too,
 * and may call it: what computes for long belongs on a platform thread. Such a thread is no task: the loop does not
 * count it as work left, and does not interrupt it at the close.
 *
 * <p><b>Times</b> are {@link Duration}s. A constant duration costs no allocation. A duration of more than 292 years,
 * such as that of {@link java.time.temporal.ChronoUnit#FOREVER}, stands for "as long as it takes".
 *
 * @since 0.1.0
 */
public interface EventLoop extends Executor, AutoCloseable {
    /** In place of a time in nanoseconds: there is no deadline. This is later than any deadline. */
    long NO_DEADLINE = Long.MAX_VALUE;

    /**
     * Opens a loop with the default options. May be called from any thread.
     *
     * @return the loop, which belongs to the calling thread
     * @throws IOException if the process has no descriptor (EMFILE, ENFILE) or no memory for it
     * @throws UnsatisfiedLinkError if the native library cannot be loaded, with the cause
     */
    static EventLoop open() throws IOException {
        return builder().open();
    }

    /** {@return the options of a loop to be opened, with their defaults} */
    static EventLoopBuilder builder() {
        return Implementation.of(EventLoopBuilder.class, "loop.LoopBuilder");
    }

    /**
     * {@return the loop that runs the current code, be it a callback, a task or a virtual thread that a task started;
     * null outside of a loop's step}
     * May be called from any thread.
     */
    static @Nullable EventLoop current() {
        return (EventLoop) RunningLoops.current();
    }

    /**
     * Does one step; see the head of this interface.
     *
     * @param blocking whether the poll may sleep. The poll then sleeps even when nothing is left to do, until another
     *     thread submits something, a {@link #stop} or an interrupt ends the sleep.
     * @return the time to the next deadline and whether anything is left to do, valid until the next step
     * @throws IllegalStateException if called within a step or from a virtual thread, a callback of another loop
     *     included; with assertions on, also if the thread holds a monitor
     */
    StepResult step(boolean blocking);

    /**
     * Steps, sleeping in between, until {@link #stop} is called, or the thread is interrupted. An interrupt ends the
     * sleep, or else takes effect as a stop does; the interrupt status is then set.
     *
     * @throws IllegalStateException as for {@link #step}
     */
    void run();

    /**
     * Like {@link #run}, but returns also when nothing is left to do: no callback, timer, waiter or live task. Daemons
     * are not waited for: timers that {@link Timer#setDaemon} makes so, and tasks of {@link #spawnDaemon}, with their
     * waits. (A daemon that yields is queued, as a callback is.) They stay as they are when the run returns, and go on
     * in the next run. Nor are waited for the report of a failed task that nobody has joined (see {@link Task#join}),
     * signals, and hooks of the poll.
     *
     * @throws IllegalStateException as for {@link #step}
     */
    void runUntilDone();

    /**
     * Makes {@link #run} return after the current step. If the loop is not in a step, {@code run} returns after the
     * next one, which does not sleep. However many callbacks and tasks are queued, at most 1000 of them run before
     * that; the rest waits for the next run or the close. What the thread that calls this has queued before runs first
     * if it is within that number. After a stop the loop is open, and goes on accepting what is queued and spawned:
     * {@link #close} ends that. May be called from any thread, at any time; on a closed loop it does nothing.
     */
    void stop();

    /**
     * Makes signals stop the loop, until the loop is closed. A signal that stops no loop has the effect that it had
     * before. A signal that the process ignores when this is called, as under nohup(1), stays ignored; see signal(7).
     * A handler that other code of the process sets later takes the place of this one.
     *
     * @param signals their names without SIG; none stands for INT and TERM
     * @throws IllegalArgumentException if there is no such signal, if it cannot be handled, or if the JVM uses it
     *     itself; the message says which
     * @throws OutOfMemoryError if the system refuses the thread that waits for signals
     */
    void stopOnSignals(String... signals);

    /**
     * Calls a callback when a signal comes, until the registration is closed, or the loop. Each registration gets each
     * signal: several of one loop, and those of other loops, and {@link #stopOnSignals} beside them. When the last
     * registration of the process for the signal goes, the signal has the effect again that it had before; so has one
     * that has come and that no callback was told of by then.
     *
     * <p>The callback runs on the loop, in the next phase of queued callbacks, and may do what any callback may. After
     * each signal it runs at least once. As POSIX has it for signals, see signal(7), it need not run once for each: a
     * signal that comes again before the callback has begun is the same. The callback does not run beside itself. What
     * it throws goes to the {@link FailureHandler}. The registration does not keep {@link #runUntilDone} from
     * returning. May be called from any thread; no module of the JDK but java.base is needed.
     *
     * @param signal its name without SIG, such as HUP
     * @param callback what runs; the head of this interface says what a callback may do
     * @return takes the callback back
     * @throws IllegalArgumentException as for {@link #stopOnSignals}
     * @throws OutOfMemoryError as there
     * @throws LoopClosedException if the loop is closed
     */
    CallbackRegistration onSignal(String signal, Runnable callback);

    /**
     * Waits for the next of some signals. In a task. The signals are taken over from the begin of this call to its end,
     * and no longer: a signal that comes before or afterwards has the effect that it has without this call, which for
     * most is the end of the process. A task that waits again and again uses {@link #watchSignals}, which loses none in
     * between.
     *
     * @param signals their names without SIG; none stands for INT and TERM
     * @return the name of the signal that has come, as it was given
     * @throws InterruptedException if the task is interrupted before one has come
     * @throws IllegalArgumentException as for {@link #stopOnSignals}
     * @throws OutOfMemoryError as there
     * @throws IllegalStateException if called by a callback, or the loop is closed
     */
    String awaitSignal(String... signals) throws InterruptedException;

    /**
     * Waits for the next of some signals, for a time; otherwise as {@link #awaitSignal(String...)}.
     *
     * @param timeout how long, counted as for {@link #callLater}
     * @param signals their names without SIG; none stands for INT and TERM
     * @return the name of the signal that has come; null if none has come in time
     * @throws InterruptedException as there
     */
    @Nullable String awaitSignal(Duration timeout, String... signals) throws InterruptedException;

    /**
     * Takes signals over for tasks of this loop, which wait for them one after the other. Each watch gets each signal,
     * as do the callbacks of {@link #onSignal}. May be called from any thread.
     *
     * @param signals their names without SIG; none stands for INT and TERM
     * @return the watch, which gives the signals back at its close, or at that of the loop
     * @throws IllegalArgumentException as for {@link #stopOnSignals}; no signal is taken over then
     * @throws OutOfMemoryError as there
     * @throws LoopClosedException if the loop is closed
     */
    SignalWatch watchSignals(String... signals);

    /**
     * How long a program that embeds this loop in another one may sleep before the next step: 0 with work queued, or
     * with a callback of {@link #whenIdle}, else the time to the earliest deadline, or {@link #NO_DEADLINE}. Call this
     * after the step, then wait for {@link #fd} that long.
     *
     * @return nanoseconds, never negative
     */
    long timeoutNanos();

    /**
     * {@return the number of a descriptor that is readable while events wait for the loop, for another loop to poll}
     * Outside of a step a submit from another thread makes it readable. It belongs to the loop: poll it, and do nothing
     * else with it.
     */
    int fd();

    /**
     * Calls a callback in each step while it is registered, and keeps the poll from sleeping meanwhile, for work in
     * small pieces beside everything else. The callback runs at the begin of the poll phase, behind the queued
     * callbacks and before those of {@link #beforePoll}; several run in the order of their registration. A loop with
     * such a callback takes a whole processor, and a {@link VirtualClock} does not jump, as the loop would not sleep.
     *
     * <p>For this and the other two hooks: a delay that is set in the callback counts from the moment in which it is
     * set. What the callback throws goes to the {@link FailureHandler}, and the callback is taken back, as it would
     * throw again in each step. While it waits for a lock it is not called beside itself, and the step goes on without
     * it. A hook does not keep {@link #runUntilDone} from returning. Without hooks a step costs what it costs without
     * this feature. May be called from any thread; from another thread than the loop's it ends a sleep of the loop, and
     * takes effect in the next step.
     *
     * @param callback what runs; the head of this interface says what a callback may do
     * @return takes the callback back
     * @throws LoopClosedException if the loop is closed
     */
    CallbackRegistration whenIdle(Runnable callback);

    /**
     * Calls a callback in each step while it is registered, directly before the poll. What it queues, and a
     * {@link #stop}, keep that poll from sleeping; a timer that it sets bounds that sleep. Otherwise as
     * {@link #whenIdle}, but the poll may sleep.
     *
     * @param callback what runs
     * @return takes the callback back
     * @throws LoopClosedException if the loop is closed
     */
    CallbackRegistration beforePoll(Runnable callback);

    /**
     * Calls a callback in each step while it is registered, directly after the poll, before the wake phase: the tasks
     * and handlers that this poll has found ready have not run yet. Otherwise as {@link #beforePoll}.
     *
     * @param callback what runs
     * @return takes the callback back
     * @throws LoopClosedException if the loop is closed
     */
    CallbackRegistration afterPoll(Runnable callback);

    /**
     * Queues a callback for the next phase of queued callbacks. May be called from any thread; the callbacks of one
     * thread run in the order of its calls.
     *
     * @param callback what runs; the head of this interface says what a callback may do
     * @throws LoopClosedException if the loop is closed
     * @throws RejectedExecutionException if another thread calls this and the inbox is full: see
     *     {@link EventLoopBuilder#inboxLimit}
     */
    void callSoon(Runnable callback);

    /**
     * Queues a callback as {@link #callSoon} does, under the contract of {@link Executor}. May be called from any
     * thread. Code that waits or computes for long in a callback holds the loop: give such code to
     * {@link #asTaskExecutor}, as in {@code CompletableFuture.supplyAsync(code, loop.asTaskExecutor())}.
     *
     * @param callback what runs; the head of this interface says what a callback may do
     * @throws RejectedExecutionException if the loop is closed, or as for {@link #callSoon}
     */
    @Override
    void execute(Runnable callback);

    /**
     * Runs a callback once, after a delay. May be called from any thread.
     *
     * @param delay counts from the time of the current phase: in the first two phases the time of the step's begin, in
     *     the wake phase now. Outside of a step it counts from the last such time, however long ago that was; for
     *     another thread from now. With zero or less the callback runs in the timers phase of the next step.
     * @param callback what runs; the head of this interface says what a callback may do
     * @return the timer, by which the callback can be cancelled and set again
     * @throws LoopClosedException if the loop is closed
     * @throws RejectedExecutionException as for {@link #callSoon}
     */
    Timer callLater(Duration delay, Runnable callback);

    /**
     * Runs a callback again and again, at times that are one period apart. If the loop is held up for one or more
     * periods, the callback runs once for all of them, the timer says {@link PeriodicTimer#missed how many} runs were
     * left out, and the later runs keep their times. May be called from any thread.
     *
     * @param initialDelay until the first run, counted as for {@link #callLater}
     * @param period between the runs
     * @param callback what runs. What it throws goes to the {@link FailureHandler}, and the timer goes on. While it
     *     waits for a lock further ticks are left out: it never runs beside itself.
     * @return the timer
     * @throws IllegalArgumentException if the period is not more than zero
     * @throws LoopClosedException if the loop is closed
     * @throws RejectedExecutionException as for {@link #callSoon}
     */
    PeriodicTimer callAtFixedRate(Duration initialDelay, Duration period, Runnable callback);

    /**
     * Runs a callback again and again. The delay counts from the end of one run, when the clock is read, to the begin
     * of the next. Otherwise as {@link #callAtFixedRate}.
     *
     * @param initialDelay until the first run
     * @param delay between a run's end and the next run
     * @param callback what runs
     * @return the timer
     */
    PeriodicTimer callWithFixedDelay(Duration initialDelay, Duration delay, Runnable callback);

    /**
     * Returns the loop as an executor of callbacks, with a life of its own: after its shutdown the executor accepts
     * nothing more, and the loop goes on. The loop's close shuts the executor down and cancels what is scheduled. May
     * be called from any thread. The executor's methods may be called from any thread, too; those that wait throw
     * {@link IllegalStateException} in a callback.
     *
     * <p>The executor runs callbacks, one after the other; only while one waits for a lock others go on. Scheduled ones
     * run in the order of their deadlines, and of equal deadlines the first comes first. Executed ones run in the order
     * of the calls. A scheduled callback may overtake an executed one, and the other way round. Cancelling does not
     * interrupt a running callback. The failure of a periodic callback goes to the {@link FailureHandler} as well as to
     * its future. {@code shutdown} keeps what is to run once, and cancels what is periodic. {@code shutdownNow} returns
     * what has not begun. What the loop has taken from its inbox counts as begun, unless {@code shutdownNow} is called
     * on the loop.
     *
     * @return a new executor
     */
    ScheduledExecutorService asScheduledExecutor();

    /**
     * Returns the loop as an executor that runs each command in a task of its own, which may wait. It is the JDK's
     * {@link java.util.concurrent.Executors#newThreadPerTaskExecutor} with the {@link #taskThreadFactory} of this loop,
     * and has a life of its own: after its {@code shutdown} it accepts nothing more, what it has accepted runs on, and
     * the loop goes on. {@code shutdownNow} interrupts its tasks; nothing waits in it, so it returns no commands.
     * {@code close} and {@code awaitTermination} wait for its tasks. Cancelling a future with
     * {@code mayInterruptIfRunning} interrupts its task. May be called from any thread, and so may the methods of the
     * executor.
     *
     * <p>The loop's close cancels the tasks of its executors; each future is completed when its task ends. From the
     * begin of the close on the executor throws {@link RejectedExecutionException}. A command that {@code execute} runs
     * and that throws is a task that has failed, and that nobody joins.
     *
     * @return a new executor
     */
    ExecutorService asTaskExecutor();

    /**
     * Returns a factory of threads that are tasks of this loop once they are started: the loop counts them as work
     * left, {@link Task#current} knows them, and the loop's close cancels them. The JDK's executors and its
     * {@code StructuredTaskScope} take such a factory. May be called from any thread. Any thread may make a thread by
     * the factory, and any thread may start it; the body begins in the next phase of queued callbacks.
     *
     * <p>Unlike the body of {@link #spawn}, the body of a started thread always runs: if the loop closes before, or the
     * thread is interrupted before, the body begins with the interrupt status set.
     *
     * @return a factory. Once the loop closes, and to other threads while its inbox is full, its {@code newThread}
     *     returns null, as {@link ThreadFactory} has it; executors then throw {@link RejectedExecutionException}. Where
     *     {@link #spawn} is unsupported, so is {@code newThread}.
     */
    ThreadFactory taskThreadFactory();

    /**
     * Starts a task. Its body begins in the next phase of queued callbacks. May be called from any thread.
     *
     * @param <T> of the result
     * @param body the code of the task
     * @return the task
     * @throws LoopClosedException if the loop is closed
     * @throws RejectedExecutionException as for {@link #callSoon}
     * @throws UnsupportedOperationException if the JVM cannot give virtual threads a scheduler, for want of
     *     continuations for instance ({@code -XX:-VMContinuations}); callbacks, timers and handlers work there
     */
    <T extends @Nullable Object> Task<T> spawn(Callable<? extends T> body);

    /**
     * Starts a task without a result; otherwise as {@link #spawn(Callable)}.
     *
     * @param body the code of the task
     * @return the task
     */
    Task<@Nullable Void> spawn(TaskBody body);

    /**
     * Starts a task whose thread has a name; otherwise as {@link #spawn(Callable)}.
     *
     * @param <T> of the result
     * @param name of the thread, which thread dumps and messages show
     * @param body the code of the task
     * @return the task
     */
    <T extends @Nullable Object> Task<T> spawn(String name, Callable<? extends T> body);

    /**
     * Starts a task without a result whose thread has a name; otherwise as {@link #spawn(Callable)}.
     *
     * @param name of the thread
     * @param body the code of the task
     * @return the task
     */
    Task<@Nullable Void> spawn(String name, TaskBody body);

    /**
     * Starts a daemon: a task that {@link #runUntilDone} does not wait for, in whatever it waits, once its body has
     * begun. So a task that does something from time to time, as long as others work, needs nobody to end it. Otherwise
     * as {@link #spawn(Callable)}.
     *
     * <p>When the run returns the daemon stays where it waits, and goes on in the next run; {@link #close} cancels it.
     * A shutdown neither waits for daemons nor cancels them: they go on until the close. The tasks of a daemon's groups
     * and races are daemons, too. A task that a daemon spawns is none, nor is a virtual thread that it starts.
     *
     * @param <T> of the result
     * @param body the code of the task
     * @return the task
     */
    <T extends @Nullable Object> Task<T> spawnDaemon(Callable<? extends T> body);

    /**
     * Starts a daemon without a result; otherwise as {@link #spawnDaemon(Callable)}.
     *
     * @param body the code of the task
     * @return the task
     */
    Task<@Nullable Void> spawnDaemon(TaskBody body);

    /**
     * Starts a daemon whose thread has a name; otherwise as {@link #spawnDaemon(Callable)}.
     *
     * @param <T> of the result
     * @param name of the thread, which thread dumps and messages show
     * @param body the code of the task
     * @return the task
     */
    <T extends @Nullable Object> Task<T> spawnDaemon(String name, Callable<? extends T> body);

    /**
     * Starts a daemon without a result whose thread has a name; otherwise as {@link #spawnDaemon(Callable)}.
     *
     * @param name of the thread
     * @param body the code of the task
     * @return the task
     */
    Task<@Nullable Void> spawnDaemon(String name, TaskBody body);

    /**
     * Suspends the current task. With zero or less the task goes on in the next phase of queued callbacks, behind what
     * is queued now. With more it goes on in a timers phase.
     *
     * @param time how long, counted as for {@link #callLater}
     * @throws InterruptedException if the task is interrupted, before the call or during it
     * @throws IllegalStateException if called by a callback; a {@link LoopClosedException} if the loop is closed before
     *     the time has come
     */
    void sleep(Duration time) throws InterruptedException;

    /**
     * Runs code of the current task under a deadline. At the deadline the task is interrupted, so that its current
     * wait, or else its next one, ends with an exception. If that exception leaves the code, this call throws a
     * {@link DeadlineExceededException} instead, with the exception as its cause.
     *
     * <p>A library may wrap that exception in another one, or throw another one in its place. Once the code has seen
     * the interrupt, which clears the interrupt status, any exception that leaves the code therefore counts as the
     * deadline's. An {@link Error} does so only if the exception of a wait is among its causes. If the code ends in any
     * other way, even after the deadline, its result or its exception is that of this call, and no interrupt is left
     * behind.
     *
     * <p>Deadlines nest. An exception that an outer deadline causes passes the inner ones, even when both deadlines
     * have come. A deadline that is opened after that exception, over cleanup, is one of its own. If the task is
     * cancelled inside the code, the cancel goes before the deadline. The interrupt comes once: what the code does
     * after it, in {@code finally} for instance, may wait as long as it likes. What an interrupt does not end, a
     * deadline does not end; see {@link Task#cancel}.
     *
     * @param <T> of the result
     * @param timeout how long the code may take, counted as for {@link #callLater}
     * @param code what to run
     * @return the result of the code
     * @throws DeadlineExceededException if the deadline has ended a wait of the code
     * @throws IllegalStateException if called by a callback, or the loop is closed
     * @throws Exception what the code throws
     */
    <T extends @Nullable Object> T within(Duration timeout, Callable<T> code) throws Exception;

    /**
     * Runs code without a result under a deadline; otherwise as {@link #within(Duration, Callable)}.
     *
     * @param timeout how long the code may take
     * @param code what to run
     * @throws DeadlineExceededException if the deadline has ended a wait of the code
     * @throws Exception what the code throws
     */
    void within(Duration timeout, TaskBody code) throws Exception;

    /**
     * Runs code of the current task under a deadline that can be moved while the code runs; otherwise as
     * {@link #within(Duration, Callable)}. Wherever the deadline stands when it comes, it interrupts the task once, and
     * nested deadlines go by their order at that time. The {@link DeadlineExceededException} says how long the code was
     * given in all.
     *
     * <p>{@snippet :
     * loop.within(patience, deadline -> {
     *     while (socket.read(buffer.clear()) >= 0) {
     *         use(buffer.flip());
     *         deadline.reset(patience); // for the next piece
     *     }
     *     return null;
     * });
     * }
     *
     * @param <T> of the result
     * @param timeout how long the code may take at first
     * @param code what to run
     * @return the result of the code
     * @throws DeadlineExceededException if the deadline has ended a wait of the code
     * @throws Exception what the code throws
     */
    <T extends @Nullable Object> T within(Duration timeout, TaskDeadline.Code<T> code) throws Exception;

    /**
     * Runs code of the current task, a cleanup for instance, from which cancels of the task are held back, and so are
     * the deadlines of {@link #within} around this call: within the code the task is not interrupted by them. Right
     * after the code, however it ends, the task gets the interrupt that was held back, which ends its next wait. An
     * interrupt that has come before and that no wait has seen is held back, too.
     *
     * <p>Deadlines that the code opens itself end its waits as ever. Shields nest: the outermost one delivers. Not held
     * back are {@link Thread#interrupt} by other code, an executor's {@code shutdownNow} for instance, what the
     * watchdog does to a task that holds the loop, and the loop's {@link #close}, which cancels shielded code, too.
     *
     * @param <T> of the result
     * @param code what to run
     * @return the result of the code
     * @throws IllegalStateException if called by a callback
     * @throws Exception what the code throws
     */
    <T extends @Nullable Object> T shielded(Callable<T> code) throws Exception;

    /**
     * Runs code without a result from which cancels are held back; otherwise as {@link #shielded(Callable)}.
     *
     * @param code what to run
     * @throws Exception what the code throws
     */
    void shielded(TaskBody code) throws Exception;

    /**
     * Runs code from which cancels are held back, under a deadline of its own, so that a cleanup cannot hold a cancel
     * back for ever; otherwise as {@link #shielded(Callable)}.
     *
     * @param <T> of the result
     * @param limit how long the code may take, as for {@link #within(Duration, Callable)}
     * @param code what to run
     * @return the result of the code
     * @throws DeadlineExceededException if the limit has ended a wait of the code
     * @throws IllegalStateException if called by a callback, or the loop is closed
     * @throws Exception what the code throws
     */
    <T extends @Nullable Object> T shielded(Duration limit, Callable<T> code) throws Exception;

    /**
     * Runs code without a result from which cancels are held back, under a deadline of its own; otherwise as
     * {@link #shielded(Duration, Callable)}.
     *
     * @param limit how long the code may take
     * @param code what to run
     * @throws DeadlineExceededException if the limit has ended a wait of the code
     * @throws Exception what the code throws
     */
    void shielded(Duration limit, TaskBody code) throws Exception;

    /**
     * Opens a group of tasks that all have to succeed. In a task, which owns the group.
     *
     * @param <T> of the results
     * @return the group
     * @throws IllegalStateException if called by a callback, or the loop is closed
     */
    <T extends @Nullable Object> TaskGroup<T> openGroup();

    /**
     * Opens a group of tasks of which one has to succeed. In a task, which owns the group.
     *
     * @param <T> of the result
     * @return the group
     * @throws IllegalStateException if called by a callback, or the loop is closed
     */
    <T extends @Nullable Object> TaskRace<T> openRace();

    /**
     * Opens a group of tasks of which several have to succeed; otherwise as {@link #openRace()}.
     *
     * @param <T> of the results
     * @param winners how many tasks have to succeed; when so many have, the others are cancelled
     * @return the group
     * @throws IllegalArgumentException if that is less than 1
     * @throws IllegalStateException if called by a callback, or the loop is closed
     */
    <T extends @Nullable Object> TaskRace<T> openRace(int winners);

    /**
     * Runs work that blocks its thread, on files for instance, on another thread, and suspends the current task until
     * the work has ended. This library has at most 256 such threads, which are daemons, for all loops together.
     *
     * <p>An interrupt of the task is passed on to the work. The task goes on waiting until the work has ended, so no
     * result is lost. Work that has not begun when the interrupt comes never begins. If the work ignores the interrupt,
     * this call returns its result as usual, with the interrupt status set.
     *
     * @param <T> of the result
     * @param work what the other thread runs
     * @return the result of the work
     * @throws ExecutionException if the work throws, with its exception as the cause
     * @throws InterruptedException if the task is interrupted before the work has begun, or the interrupt ended the
     *     work
     * @throws IllegalStateException if called by a callback
     */
    <T extends @Nullable Object> T offload(Callable<? extends T> work) throws InterruptedException, ExecutionException;

    /**
     * Runs work that blocks its thread on an executor; otherwise as {@link #offload(Callable)}.
     *
     * @param <T> of the result
     * @param executor whose threads are not the loop's. If it drops the work, the task waits until an interrupt.
     * @param work what the executor runs
     * @return the result of the work
     * @throws ExecutionException as there; if the executor runs the work on the loop, with an IllegalStateException
     * @throws InterruptedException as there
     * @throws RejectedExecutionException if the executor refuses the work
     */
    <T extends @Nullable Object> T offload(Executor executor, Callable<? extends T> work)
            throws InterruptedException, ExecutionException;

    /**
     * Starts a process whose standard streams are descriptors of this loop. The streams of {@link Process} hold the
     * loop instead: a read of them in a task waits in read(2), and if the process waits for this loop, for ever. Call
     * this in a task, which waits for the process to begin; another thread starts it. Needs /proc; see pipe(7).
     *
     * @param builder of the process. A stream that it redirects stays redirected. Nobody else may use the builder
     *     meanwhile.
     * @return the process and its descriptors
     * @throws IOException if the program cannot be started; for lack of descriptors a {@link SystemCallFailure} of
     *     pipe2(2)
     * @throws InterruptedException if the task is interrupted. A process that has begun by then is killed.
     * @throws IllegalStateException if called by a callback
     */
    ChildProcess startProcess(ProcessBuilder builder) throws IOException, InterruptedException;

    /**
     * Takes over a file descriptor and makes it non-blocking. Another process or another part of this one may have the
     * descriptor, too, so each wait for it costs one epoll_ctl(2) more than a wait for one from {@link #own}.
     *
     * @param fd its number
     * @return the descriptor. It belongs to the loop from now on, and the loop's close closes it.
     * @throws IllegalArgumentException if the number is negative
     * @throws IOException a {@link SystemCallFailure}: EBADF if there is no such descriptor, EEXIST if it is on this
     *     loop already, EPERM if its kind cannot be polled, as a regular file. For 0, 1 and 2 also that of open(2) if
     *     there is no /dev/null, which a close puts in their place. It then stays the caller's, unchanged.
     */
    Descriptor adopt(int fd) throws IOException;

    /**
     * Takes over a descriptor that nobody else has: no other process, no duplicate. If it is a socket the loop waits
     * for it edge-triggered, at no system call of its own. Any other kind is taken over as by {@link #adopt}.
     *
     * @param fd its number
     * @return the descriptor
     * @throws IllegalArgumentException if the number is negative
     * @throws IOException as for {@link #adopt}
     */
    Descriptor own(int fd) throws IOException;

    /**
     * {@return the loop's pool of direct buffers}
     * May be called from any thread; the pool's methods are for the loop's thread and its tasks.
     */
    BufferPool buffers();

    /**
     * Takes a snapshot of what the loop has done so far: numbers, times and histograms. The loop goes on meanwhile, and
     * no lock is held; see {@link LoopMetrics}. Also for a loop that is held by its code, and for one that is closed.
     * May be called from any thread.
     *
     * @return the snapshot
     */
    LoopMetrics metrics();

    /**
     * Says what the loop does now: its tasks and what each of them waits for, its timers, its descriptors, what is
     * queued, and what runs. As {@link #dump(int)} with 1000 entries. May be called from any thread.
     *
     * @return the dump
     */
    LoopDump dump();

    /**
     * Says what the loop does now; see {@link LoopDump}. A loop that sleeps is not woken. A loop that is busy copies
     * its lists between two callbacks, and the calling thread waits for that, up to 100 ms. A loop that is held by its
     * code is not needed: then the lists are read beside it. The stacks of the tasks are taken one by one, while the
     * loop goes on. May be called from any thread.
     *
     * @param most how many tasks, timers, descriptors and queued items at most
     * @return the dump
     * @throws IllegalArgumentException if it is negative
     */
    LoopDump dump(int most);

    /**
     * Logs a dump when a signal comes, at level INFO, by the System.Logger {@code io.stepoll}; also while the loop is
     * held by its code. Until the registration is closed, or the loop. Otherwise as {@link #onSignal}. May be called
     * from any thread.
     *
     * @param signal its name without SIG, USR1 for instance
     * @return what takes it back
     * @throws IllegalArgumentException as for {@link #stopOnSignals}
     */
    CallbackRegistration dumpOnSignal(String signal);

    /** {@return whether the current thread is the loop's, or a task of it} May be called from any thread. */
    boolean isCurrent();

    /** {@return whether a shutdown waits for the loop's tasks to end} May be called from any thread. */
    boolean isDraining();

    /**
     * Closes the loop and all its descriptors, outside of a step; see {@link Descriptor#close} for those that are
     * closed a moment later. From now on nothing new is accepted. Timers are dropped, what is queued runs, and tasks
     * are cancelled and run on until they wait for something that a cancel does not end. While nothing else is left to
     * do, the close waits for such tasks some 200 ms at a time. A task that is then still blocked, on a monitor for
     * instance, comes to its end later on a thread of its own, and the log names it. The second close does nothing.
     *
     * @throws IllegalStateException if called within a step
     */
    @Override
    void close();
}
