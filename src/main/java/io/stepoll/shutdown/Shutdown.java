package io.stepoll.shutdown;

import io.stepoll.Descriptor;
import io.stepoll.EventLoop;
import io.stepoll.ListenerStoppedException;
import io.stepoll.LoopGroup;
import io.stepoll.Task;
import io.stepoll.TaskBody;
import io.stepoll.internal.sys.Log;
import io.stepoll.internal.time.Nanos;
import io.stepoll.shutdown.EndingLoop.Look;
import io.stepoll.shutdown.ShutdownReport.Step;
import io.stepoll.shutdown.ShutdownReport.Unfinished;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Ends a loop, or a group of them, in three steps. Each step has a time after which the next one begins:
 * <ol>
 * <li><b>stop accepting</b>: listeners are closed. The connections that wait there are accepted before, by the task or
 *     handler that accepts. Afterwards its {@code accept} throws a {@link ListenerStoppedException}.
 * <li><b>drain</b>: tasks go on until they end. Those that wait for a client's next request, in
 *     {@link Descriptor#awaitRequest()}, learn that there is none. Handlers of descriptors count as well;
 *     daemon tasks do not, and go on until the loop is closed.
 * <li><b>abort</b>: the tasks that are left are cancelled.
 * </ol>
 * Then {@link EventLoop#stop} is called, so that {@code run} returns and the loop can be closed. Timers are not waited
 * for. {@code Shutdown.of(loop).onSignals()} is all that a server needs.
 *
 * <p>Times are the loop's; of a group, the first loop's. All methods may be called from any thread.
 *
 * @since 0.1.0
 */
public final class Shutdown {
    /** The time between two looks whether everything has ended. */
    private static final Duration LOOK = Duration.ofMillis(2);

    /** The least time that a loop has to answer, even if the step's time is over. After it the loop stands still. */
    private static final long ANSWER_NANOS = 100_000_000;

    private final List<EndingLoop> loops;
    private final AtomicBoolean started = new AtomicBoolean();
    private final CompletableFuture<ShutdownReport> report = new CompletableFuture<>();
    private Duration stopWithin = Duration.ofSeconds(5);
    private Duration drainWithin = Duration.ofSeconds(30);
    private Duration abortWithin = Duration.ofSeconds(5);
    private @Nullable TaskBody before;
    private volatile boolean hurried;
    private volatile boolean logged;
    private @Nullable Task<?> own;

    private Shutdown(List<EventLoop> loops) {
        this.loops = loops.stream().map(EndingLoop::new).toList();
    }

    /**
     * For one loop.
     *
     * @param loop the loop
     * @return a shutdown with the times 5 s, 30 s and 5 s
     */
    public static Shutdown of(EventLoop loop) {
        return new Shutdown(List.of(loop));
    }

    /**
     * For a group. No loop begins a step before all have ended the one before, as tasks may hand work to other loops.
     *
     * @param group the group
     * @return a shutdown with the times 5 s, 30 s and 5 s
     */
    public static Shutdown of(LoopGroup group) {
        return new Shutdown(group.loops());
    }

    /**
     * Sets the time for the first step.
     *
     * @param within how long; then the connections that still wait to be accepted are reset
     * @return this
     */
    public Shutdown stopAccepting(Duration within) {
        stopWithin = checked(within);
        return this;
    }

    /**
     * Sets the time for the first step, and what the step begins with: to notify a load balancer, for instance, and to
     * wait until the balancer has noticed.
     *
     * @param within how long, for both
     * @param newBefore runs in a task of the (first) loop, while everything goes on as ever
     * @return this
     */
    public Shutdown stopAccepting(Duration within, TaskBody newBefore) {
        before = Objects.requireNonNull(newBefore, "newBefore");
        return stopAccepting(within);
    }

    /**
     * Sets the time for the second step.
     *
     * @param within how long
     * @return this
     */
    public Shutdown drain(Duration within) {
        drainWithin = checked(within);
        return this;
    }

    /**
     * Sets the time for the third step.
     *
     * @param within how long; then the loop is stopped, whatever is left
     * @return this
     */
    public Shutdown abort(Duration within) {
        abortWithin = checked(within);
        return this;
    }

    private static Duration checked(Duration within) {
        if (within.isNegative()) {
            throw new IllegalArgumentException("the time for a step must not be negative: " + within);
        }
        return within;
    }

    /**
     * Makes signals start the shutdown, until the (first) loop is closed, in place of {@link EventLoop#stopOnSignals}.
     * A second signal begins the abort at once. The {@link System.Logger} {@code io.stepoll} logs, at level WARNING,
     * what was not done in time.
     *
     * @param signals their names without SIG; none stands for INT and TERM
     * @return this
     * @throws IllegalArgumentException as for {@link EventLoop#stopOnSignals}
     * @throws OutOfMemoryError as there
     */
    public Shutdown onSignals(String... signals) {
        loops.getFirst().loop.endOnSignals(this::signalled, signals);
        return this;
    }

    private void signalled() {
        if (started.get()) {
            hurry(underWay().get());
        } else {
            logged = true;
            start();
        }
    }

    private static void hurry(@Nullable Object underWay) {
        if (underWay instanceof Shutdown shutdown) {
            shutdown.hurried = true;
        }
    }

    private AtomicReference<@Nullable Object> underWay() {
        return loops.getFirst().loop.shutdown();
    }

    /**
     * Starts the shutdown, unless it was started before. If another shutdown of the (first) loop is under way, this one
     * has the report of that one.
     *
     * @return the report, complete when the shutdown is over and the loops are stopping; exceptionally if the (first)
     *     loop is closed before
     */
    public CompletableFuture<ShutdownReport> start() {
        if (started.compareAndSet(false, true)) {
            if (underWay().compareAndExchange(null, this) instanceof Shutdown other) {
                other.logged |= logged;
                other.report.whenComplete(this::ended);
                return report;
            }
            try {
                loops.getFirst().loop.spawnAnyway("shutdown", Executors.callable(this::run)).toCompletableFuture()
                        .whenComplete((_, thrown) -> failed(thrown));
            } catch (RuntimeException | Error e) {
                failed(e);
            }
        }
        return report;
    }

    private void ended(@Nullable ShutdownReport made, @Nullable Throwable thrown) {
        if (thrown == null) {
            report.complete(made);
        } else {
            report.completeExceptionally(thrown);
        }
    }

    /** The shutdown is over, even if it has never begun because the loop was closed before. */
    private void failed(@Nullable Throwable thrown) {
        underWay().compareAndSet(this, null);
        if (thrown != null) {
            report.completeExceptionally(thrown);
        }
        if (logged && thrown != null && !(thrown instanceof CancellationException)) {
            log("the shutdown has failed", thrown);
        }
    }

    /** Logs on a thread that nothing here holds up, and that the JVM waits for. */
    private static void log(String text, @Nullable Throwable thrown) {
        Thread.ofPlatform().daemon(false).name("stepoll-shutdown")
                .start(() -> Log.logger().log(System.Logger.Level.WARNING, text, thrown));
    }

    private void run() {
        own = Task.current();
        try {
            List<Step> steps = new ArrayList<>();
            steps.add(step("stop accepting", stopWithin, this::stopAccepting));
            steps.add(step("drain", drainWithin, this::drain));
            boolean quiet = steps.getLast().left().isEmpty();
            steps.add(step("abort", abortWithin, deadline -> quiet ? List.of() : abort(deadline)));
            ShutdownReport made = new ShutdownReport(List.copyOf(steps));
            if (logged && !made.isClean()) {
                log(made.toString(), null);
            }
            report.complete(made);
        } finally {
            loops.forEach(ending -> ending.loop.stop());
        }
    }

    /** What a step does until its deadline. Returns what is left then. */
    @FunctionalInterface
    private interface Work {
        List<Unfinished> until(long deadlineNanos) throws InterruptedException;
    }

    private Step step(String name, Duration within, Work work) {
        long beginNanos = nowNanos();
        List<Unfinished> left;
        try {
            left = work.until(Nanos.plus(beginNanos, Nanos.of(within)));
        } catch (InterruptedException e) {
            throw new CancellationException("the shutdown was cancelled");
        }
        return new Step(name, Duration.ofNanos(nowNanos() - beginNanos), List.copyOf(left));
    }

    private long nowNanos() {
        return loops.getFirst().loop.clock().nanoTime();
    }

    private List<Unfinished> stopAccepting(long deadlineNanos) throws InterruptedException {
        List<Unfinished> left = new ArrayList<>();
        if (before != null) {
            Task<Void> first = loops.getFirst().loop.spawn("before shutdown", before);
            if (!await(() -> hurried || first.isDone(), deadlineNanos) || !first.isDone()) {
                left.add(loops.getFirst().describe(first));
                first.cancel();
            }
        }
        ask(EndingLoop::stopAccepting, deadlineNanos);
        List<@Nullable List<String>> listening = ask(EndingLoop::listening, deadlineNanos);
        while (!hurried && nowNanos() < deadlineNanos && listening.stream().anyMatch(Shutdown::isLeft)) {
            sleep();
            listening = ask(EndingLoop::listening, deadlineNanos);
        }
        for (int i = 0; i < listening.size(); i++) {
            EndingLoop ending = loops.get(i);
            if (listening.get(i) == null) {
                left.add(ending.standsStill());
            } else if (isLeft(listening.get(i))) {
                listening.get(i).forEach(address -> left.add(ending.nobodyAccepts(address)));
                ending.closeListeners();
            }
        }
        return left;
    }

    private static boolean isLeft(List<String> answer) {
        return answer == null || !answer.isEmpty();
    }

    /** The drain is over when two looks in turn find all loops quiet, and no task has begun on any loop in between. */
    private List<Unfinished> drain(long deadlineNanos) throws InterruptedException {
        ask(EndingLoop::beginDraining, deadlineNanos);
        List<@Nullable Look> last = List.of();
        while (!hurried && nowNanos() < deadlineNanos) {
            List<@Nullable Look> looks = ask(ending -> ending.look(own), deadlineNanos);
            if (looks.equals(last) && looks.stream().allMatch(look -> look != null && look.quiet())) {
                return List.of();
            }
            last = looks;
            sleep();
        }
        return unfinished(true);
    }

    private List<Unfinished> abort(long deadlineNanos) throws InterruptedException {
        ask(ending -> ending.cancelAll(own), deadlineNanos);
        List<Unfinished> left = unfinished(false);
        while (!left.isEmpty() && nowNanos() < deadlineNanos) {
            sleep();
            left = unfinished(false);
        }
        return left;
    }

    private List<Unfinished> unfinished(boolean handlersToo) throws InterruptedException {
        List<@Nullable List<Unfinished>> answers = ask(ending -> ending.unfinished(own, handlersToo), nowNanos());
        List<Unfinished> left = new ArrayList<>();
        for (int i = 0; i < answers.size(); i++) {
            left.addAll(answers.get(i) == null ? List.of(loops.get(i).standsStill()) : answers.get(i));
        }
        return left;
    }

    /** Asks all loops. Returns their answers; null for a loop that has not answered in time. */
    private <T> List<@Nullable T> ask(Function<EndingLoop, CompletableFuture<T>> question, long deadlineNanos)
            throws InterruptedException {
        List<CompletableFuture<T>> answers = loops.stream().map(question).toList();
        await(() -> answers.stream().allMatch(CompletableFuture::isDone),
                Math.max(deadlineNanos, Nanos.plus(nowNanos(), ANSWER_NANOS)));
        return answers.stream().<@Nullable T>map(answer -> answer.getNow(null)).toList();
    }

    private boolean await(BooleanSupplier done, long deadlineNanos) throws InterruptedException {
        while (!done.getAsBoolean()) {
            if (nowNanos() >= deadlineNanos) {
                return false;
            }
            sleep();
        }
        return true;
    }

    /** A pause between two looks. It must not be a yield: a queued task counts as work. */
    private void sleep() throws InterruptedException {
        loops.getFirst().loop.sleep(LOOK);
    }
}
