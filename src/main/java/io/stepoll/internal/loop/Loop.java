package io.stepoll.internal.loop;

import io.stepoll.BufferPool;
import io.stepoll.CallbackRegistration;
import io.stepoll.ChildProcess;
import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.PeriodicTimer;
import io.stepoll.SignalWatch;
import io.stepoll.StepResult;
import io.stepoll.Task;
import io.stepoll.TaskBody;
import io.stepoll.TaskDeadline;
import io.stepoll.TaskGroup;
import io.stepoll.TaskRace;
import io.stepoll.Timer;
import io.stepoll.internal.dump.Dumps;
import io.stepoll.internal.dump.MountedCode;
import io.stepoll.internal.executor.LoopExecutor;
import io.stepoll.internal.failure.SystemCallFailures;
import io.stepoll.internal.io.LoopDescriptors;
import io.stepoll.internal.io.ProcessPipes;
import io.stepoll.internal.io.SocketLoop;
import io.stepoll.internal.jfr.FlightRecords;
import io.stepoll.internal.memory.LoopBuffers;
import io.stepoll.internal.metrics.Snapshots;
import io.stepoll.internal.poll.Poller;
import io.stepoll.internal.reactor.LoopThread;
import io.stepoll.internal.reactor.LoopTimer;
import io.stepoll.internal.reactor.PeriodicLoopTimer;
import io.stepoll.internal.reactor.PollHooks;
import io.stepoll.internal.reactor.Reactor;
import io.stepoll.internal.sched.Scheduler;
import io.stepoll.internal.sys.Log;
import io.stepoll.internal.sys.Natives;
import io.stepoll.internal.sys.RunningLoops;
import io.stepoll.internal.task.DeadlineScope;
import io.stepoll.internal.task.LoopTaskGroup;
import io.stepoll.internal.task.LoopTaskRace;
import io.stepoll.internal.task.LoopTasks;
import io.stepoll.internal.task.MovableDeadlineScope;
import io.stepoll.internal.task.Offload;
import io.stepoll.internal.task.Shield;
import io.stepoll.internal.task.TaskLoop;
import io.stepoll.internal.task.TaskWait;
import io.stepoll.internal.threads.Workers;
import io.stepoll.internal.time.LoopClock;
import io.stepoll.internal.timer.TimerQueue;
import io.stepoll.metrics.LoopDump;
import io.stepoll.metrics.LoopMetrics;
import io.stepoll.metrics.Metric;
import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The {@link EventLoop} that users get: it puts the parts together, and passes each call on to the part that does it.
 */
public final class Loop implements SocketLoop, TaskLoop {
    private final String name;
    private final long number;
    private final LoopClock clock;
    private final Poller poller;
    private final Scheduler scheduler;
    private final TimerQueue timers = new TimerQueue();
    private final LoopThread thread;
    private final Reactor reactor;
    private final LoopTasks tasks;
    private final LoopBuffers buffers;
    private final LoopDescriptors descriptors;
    private final Snapshots snapshots;
    private final Dumps dumps;
    private final Outcome outcome = new Outcome();

    /** How long the close waits for tasks that are blocked. */
    final int looksForBlocked;

    /**
     * The executors that have not terminated. A set without locks, in any order. Not by {@code
     * Comparator.comparingLong}: that lambda is serializable, and the JDK loads more for it when the first loop opens.
     */
    private final Set<LoopExecutor> executors =
            new ConcurrentSkipListSet<>((one, other) -> Long.compare(one.number(), other.number()));

    private final AtomicReference<@Nullable Object> shutdown = new AtomicReference<>();
    private volatile boolean hearsSignals;

    private Loop(LoopBuilder options, Poller poller) {
        name = options.name;
        clock = options.clock;
        looksForBlocked = options.looksForBlocked;
        this.poller = poller;
        if (options.histograms) {
            poller.counters().recordAll();
        }
        number = RunningLoops.add(this);
        scheduler = new Scheduler(name, number, poller.wakeup(), options.inboxLimit, poller.counters());
        thread = new LoopThread(name, scheduler);
        reactor = new Reactor(name, clock, poller, scheduler, timers, thread, options.idleStrategy,
                options.callbacksOnLoopThread);
        tasks = new LoopTasks(reactor, scheduler, options.failureHandler, options.ioBudget);
        buffers = new LoopBuffers(name, thread, scheduler, tasks.failures()::warn, options.bufferPoolBytes,
                options.traceBuffers);
        descriptors = new LoopDescriptors(this, reactor, tasks, scheduler, poller, buffers,
                options.traceDescriptors);
        dumps = new Dumps(clock, poller, timers, tasks);
        snapshots = new Snapshots(name, poller.counters(), this::readGauges);
    }

    static Loop open(LoopBuilder options) throws IOException {
        Natives.load();
        Poller.Opened opened = Poller.open();
        if (opened.poller() == null) {
            throw SystemCallFailures.of(opened.call(), opened.errno(), "a new event loop");
        }
        Loop loop = new Loop(options, opened.poller());
        if (!options.clock.begin(loop.reactor)) {
            RunningLoops.remove(loop.number, loop);
            opened.poller().close();
            throw new IllegalStateException("another loop has, or had, the clock of " + options.name);
        }
        RunningLoops.opened(loop.number);
        return loop;
    }

    /** {@return the implementation of a loop} */
    public static Loop of(EventLoop loop) {
        if (Objects.requireNonNull(loop, "loop") instanceof Loop ours) {
            return ours;
        }
        throw new IllegalArgumentException("not a loop of this library: " + loop);
    }

    private static final class Outcome implements StepResult {
        private long sleepNanos;
        private boolean done;

        @Override
        public long sleepNanos() {
            return sleepNanos;
        }

        @Override
        public boolean done() {
            return done;
        }

        @Override
        public String toString() {
            return "StepResult[sleepNanos=" + (sleepNanos == NO_DEADLINE ? "none" : sleepNanos) + ", done=" + done
                    + "]";
        }
    }

    @Override
    public StepResult step(boolean blocking) {
        outcome.sleepNanos = reactor.stepOnce(blocking);
        outcome.done = reactor.isDone();
        return outcome;
    }

    @Override
    public void run() {
        reactor.run(false);
    }

    @Override
    public void runUntilDone() {
        reactor.run(true);
    }

    @Override
    public void stop() {
        reactor.stop();
    }

    @Override
    public void stopOnSignals(String... signals) {
        thread.check("stopOnSignals");
        endOnSignals(reactor::stop, signals);
    }

    /** Makes signals call an action, on any thread, until the loop is closed; otherwise as {@link #stopOnSignals}. */
    public void endOnSignals(Runnable action, String... signals) {
        for (String signal : orTermination(signals)) {
            hearsSignals = true;
            HeardSignal.add(signal, this, new SignalAction(this, action));
        }
        checkHears();
    }

    /**
     * The loop has begun to listen to signals. If its close has come in between, and has not seen that, takes them
     * back.
     */
    private void checkHears() {
        if (thread.isClosed()) {
            HeardSignal.remove(this);
            thread.checkOpen();
        }
    }

    @Override
    public CallbackRegistration onSignal(String signal, Runnable callback) {
        thread.checkOpen();
        SignalCallback registered = new SignalCallback(this, callback);
        hearsSignals = true; // before the loop is asked, as the close looks at it
        HeardSignal.add(Objects.requireNonNull(signal, "signal"), registered, registered);
        checkHears();
        return registered;
    }

    @Override
    public SignalWatch watchSignals(String... signals) {
        thread.checkOpen();
        hearsSignals = true;
        WatchedSignals opened = WatchedSignals.open(this, orTermination(signals));
        checkHears();
        return opened;
    }

    private static String[] orTermination(String... signals) {
        return signals.length == 0 ? new String[] {"INT", "TERM"} : signals;
    }

    @Override
    public String awaitSignal(String... signals) throws InterruptedException {
        return awaitSignal(NO_DEADLINE, signals);
    }

    @Override
    public String awaitSignal(Duration timeout, String... signals) throws InterruptedException {
        return awaitSignal(reactor.deadlineNanos(timeout), signals);
    }

    private String awaitSignal(long deadlineNanos, String... signals) throws InterruptedException {
        tasks.current("awaitSignal");
        hearsSignals = true;
        try (WatchedSignals watch = WatchedSignals.open(this, orTermination(signals))) {
            return watch.await("awaitSignal", deadlineNanos);
        }
    }

    @Override
    public CallbackRegistration whenIdle(Runnable callback) {
        return addHook(PollHooks.Place.IDLE, callback);
    }

    @Override
    public CallbackRegistration beforePoll(Runnable callback) {
        return addHook(PollHooks.Place.BEFORE_POLL, callback);
    }

    @Override
    public CallbackRegistration afterPoll(Runnable callback) {
        return addHook(PollHooks.Place.AFTER_POLL, callback);
    }

    private CallbackRegistration addHook(PollHooks.Place place, Runnable callback) {
        thread.checkOpen();
        return reactor.addHook(place, callback);
    }

    @Override
    public long timeoutNanos() {
        thread.check("timeoutNanos");
        return reactor.timeoutNanos();
    }

    @Override
    public int fd() {
        thread.checkOpen();
        return poller.fd();
    }

    @Override
    public void callSoon(Runnable callback) {
        Objects.requireNonNull(callback, "callback");
        thread.checkMaySubmit();
        if (!scheduler.add(callback)) {
            throw thread.closedException();
        }
    }

    @Override
    public void execute(Runnable callback) {
        Objects.requireNonNull(callback, "callback");
        thread.checkMayExecute();
        if (!scheduler.add(callback)) {
            throw new RejectedExecutionException(thread.closedException());
        }
    }

    @Override
    public ScheduledExecutorService asScheduledExecutor() {
        return new LoopExecutor(reactor, scheduler, executors);
    }

    @Override
    public ThreadFactory taskThreadFactory() {
        return tasks.threadFactory();
    }

    @Override
    public ExecutorService asTaskExecutor() {
        return Executors.newThreadPerTaskExecutor(taskThreadFactory());
    }

    @Override
    public Timer callLater(Duration delay, Runnable callback) {
        return start(new LoopTimer(reactor, callback), delay);
    }

    @Override
    public PeriodicTimer callAtFixedRate(Duration initialDelay, Duration period, Runnable callback) {
        return start(new PeriodicLoopTimer(reactor, callback, period, true), initialDelay);
    }

    @Override
    public PeriodicTimer callWithFixedDelay(Duration initialDelay, Duration delay, Runnable callback) {
        return start(new PeriodicLoopTimer(reactor, callback, delay, false), initialDelay);
    }

    private static <T extends LoopTimer> T start(T timer, Duration delay) {
        timer.reset(delay);
        return timer;
    }

    @Override
    public <T> Task<T> spawn(Callable<? extends T> body) {
        return start(null, Objects.requireNonNull(body, "body"));
    }

    @Override
    public Task<Void> spawn(TaskBody body) {
        return start(null, Objects.requireNonNull(body, "body").asCallable());
    }

    @Override
    public <T> Task<T> spawn(String taskName, Callable<? extends T> body) {
        return start(Objects.requireNonNull(taskName, "name"), Objects.requireNonNull(body, "body"));
    }

    @Override
    public Task<Void> spawn(String taskName, TaskBody body) {
        return start(Objects.requireNonNull(taskName, "name"), Objects.requireNonNull(body, "body").asCallable());
    }

    @Override
    public <T> Task<T> spawnDaemon(Callable<? extends T> body) {
        return startDaemon(null, Objects.requireNonNull(body, "body"));
    }

    @Override
    public Task<Void> spawnDaemon(TaskBody body) {
        return startDaemon(null, Objects.requireNonNull(body, "body").asCallable());
    }

    @Override
    public <T> Task<T> spawnDaemon(String taskName, Callable<? extends T> body) {
        return startDaemon(Objects.requireNonNull(taskName, "name"), Objects.requireNonNull(body, "body"));
    }

    @Override
    public Task<Void> spawnDaemon(String taskName, TaskBody body) {
        return startDaemon(Objects.requireNonNull(taskName, "name"),
                Objects.requireNonNull(body, "body").asCallable());
    }

    private <T> Task<T> startDaemon(String taskName, Callable<? extends T> body) {
        thread.checkMaySubmit();
        return tasks.startDaemon(taskName, body);
    }

    private <T> Task<T> start(String taskName, Callable<? extends T> body) {
        thread.checkMaySubmit();
        return tasks.start(taskName, body);
    }

    /** Starts a task of the library's own, even if the inbox is full. From any thread. */
    public <T> Task<T> spawnAnyway(String taskName, Callable<? extends T> body) {
        thread.checkOpen();
        return tasks.start(taskName, body);
    }

    @Override
    public void sleep(Duration time) throws InterruptedException {
        TaskWait task = tasks.current("sleep");
        if (time.isPositive()) {
            task.sleepUntil(reactor.deadlineNanos(time));
        } else {
            task.yieldOnce();
        }
    }

    @Override
    public <T> T within(Duration timeout, Callable<T> code) throws Exception {
        Objects.requireNonNull(code, "code");
        return DeadlineScope.run(tasks.current("within"), timeout, code);
    }

    @Override
    public void within(Duration timeout, TaskBody code) throws Exception {
        within(timeout, Objects.requireNonNull(code, "code").asCallable());
    }

    @Override
    public <T> T within(Duration timeout, TaskDeadline.Code<T> code) throws Exception {
        Objects.requireNonNull(code, "code");
        return MovableDeadlineScope.run(tasks.current("within"), timeout, code);
    }

    @Override
    public <T> T shielded(Callable<T> code) throws Exception {
        Objects.requireNonNull(code, "code");
        return Shield.run(tasks.current("shielded"), code);
    }

    @Override
    public void shielded(TaskBody code) throws Exception {
        shielded(Objects.requireNonNull(code, "code").asCallable());
    }

    @Override
    public <T> T shielded(Duration limit, Callable<T> code) throws Exception {
        Objects.requireNonNull(limit, "limit");
        Objects.requireNonNull(code, "code");
        TaskWait task = tasks.current("shielded");
        return Shield.run(task, () -> DeadlineScope.run(task, limit, code));
    }

    @Override
    public void shielded(Duration limit, TaskBody code) throws Exception {
        shielded(limit, Objects.requireNonNull(code, "code").asCallable());
    }

    @Override
    public <T> TaskGroup<T> openGroup() {
        return new LoopTaskGroup<>(tasks);
    }

    @Override
    public <T> TaskRace<T> openRace() {
        return openRace(1);
    }

    @Override
    public <T> TaskRace<T> openRace(int winners) {
        return new LoopTaskRace<>(tasks, winners);
    }

    @Override
    public <T> T offload(Callable<? extends T> work) throws InterruptedException, ExecutionException {
        return offload(Workers.executor(), work);
    }

    @Override
    public <T> T offload(Executor executor, Callable<? extends T> work)
            throws InterruptedException, ExecutionException {
        Objects.requireNonNull(executor, "executor");
        return Offload.call(tasks, executor, Objects.requireNonNull(work, "work"));
    }

    @Override
    public ChildProcess startProcess(ProcessBuilder builder) throws IOException, InterruptedException {
        tasks.current("startProcess");
        ProcessPipes pipes = new ProcessPipes(builder);
        boolean started = false;
        try {
            offload(pipes::start);
            pipes.adopt(descriptors);
            started = true;
            return pipes;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException failed) {
                throw failed;
            }
            throw new IOException("startProcess: " + e.getCause(), e.getCause());
        } finally {
            if (!started) {
                pipes.abandon();
            }
        }
    }

    @Override
    public Descriptor adopt(int fd) throws IOException {
        return descriptors.adopt(fd);
    }

    @Override
    public Descriptor own(int fd) throws IOException {
        return descriptors.own(fd);
    }

    @Override
    public BufferPool buffers() {
        return buffers;
    }

    @Override
    public LoopMetrics metrics() {
        return snapshots.take();
    }

    @Override
    public LoopDump dump() {
        return dumps.take(Dumps.MOST);
    }

    @Override
    public LoopDump dump(int most) {
        if (most < 0) {
            throw new IllegalArgumentException("a number of entries must not be negative: " + most);
        }
        return dumps.take(most);
    }

    /** A short dump of a loop that is known to be held by its code. From any thread. */
    public LoopDump dumpHeld() {
        return dumps.takeBeside(Dumps.MOST_IN_REPORT);
    }

    @Override
    public CallbackRegistration dumpOnSignal(String signal) {
        thread.checkOpen();
        // The thread that reads signals must not wait, and a log may. Work that blocks may have all of the workers.
        SignalAction logs = new SignalAction(this, () -> Workers.startAlone("stepoll-dump-",
                () -> Log.logger().log(System.Logger.Level.INFO, dump().toString())));
        hearsSignals = true; // before the loop is asked, as the close looks at it
        HeardSignal.add(Objects.requireNonNull(signal, "signal"), logs, logs);
        checkHears();
        return () -> HeardSignal.remove(logs);
    }

    /** From any thread: what the loop changes meanwhile is a number of a moment ago. */
    private void readGauges(Snapshots.Gauges gauges) {
        gauges.set(Metric.TIMERS_PENDING, timers.size());
        gauges.set(Metric.WAITS, reactor.waits());
        gauges.set(Metric.QUEUED, scheduler.queued());
        gauges.set(Metric.INBOX_DEPTH, scheduler.inboxDepth());
        gauges.set(Metric.WAKE_UPS, poller.wakeup().writes());
    }

    @Override
    public boolean isCurrent() {
        return thread.isCurrent();
    }

    @Override
    public boolean isDraining() {
        return descriptors.draining().isDraining();
    }

    @Override
    public void close() {
        if (thread.isClosed()) {
            return;
        }
        try {
            new Closing(this).close();
        } finally {
            RunningLoops.remove(number, this);
            FlightRecords.closed(this);
            if (hearsSignals) {
                HeardSignal.remove(this);
            }
        }
    }

    @Override
    public LoopDescriptors descriptors() {
        return descriptors;
    }

    @Override
    public LoopTasks tasks() {
        return tasks;
    }

    /** What runs on it now. */
    public MountedCode mounted() {
        return new MountedCode(tasks);
    }

    /** Its step. */
    public Reactor reactor() {
        return reactor;
    }

    /** Its thread, and who else may call. */
    public LoopThread thread() {
        return thread;
    }

    /** Its run queue and the scheduler of its tasks. */
    public Scheduler scheduler() {
        return scheduler;
    }

    /** Its epoll. */
    public Poller poller() {
        return poller;
    }

    /** Its deadlines. */
    public TimerQueue timers() {
        return timers;
    }

    /** Its clock. */
    public LoopClock clock() {
        return clock;
    }

    /** The end of its pool of buffers. */
    void closeBuffers() {
        buffers.close();
    }

    /** Its name, for messages. */
    public String name() {
        return name;
    }

    /** The executors that have not terminated. */
    Set<LoopExecutor> executors() {
        return executors;
    }

    /**
     * The shutdown that is under way; null if there is none. Two at once would wait for each other. From any thread.
     */
    public AtomicReference<@Nullable Object> shutdown() {
        return shutdown;
    }

    @Override
    public String toString() {
        return "EventLoop[" + name + "]";
    }
}
