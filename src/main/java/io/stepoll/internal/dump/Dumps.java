package io.stepoll.internal.dump;

import io.stepoll.internal.poll.Poller;
import io.stepoll.internal.poll.Registration;
import io.stepoll.internal.reactor.Deadline;
import io.stepoll.internal.reactor.Heartbeat;
import io.stepoll.internal.reactor.Reactor;
import io.stepoll.internal.sched.Scheduler;
import io.stepoll.internal.sys.AddressText;
import io.stepoll.internal.task.LoopTask;
import io.stepoll.internal.task.LoopTasks;
import io.stepoll.internal.time.LoopClock;
import io.stepoll.internal.timer.TimerQueue;
import io.stepoll.metrics.LoopDump;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;

/**
 * Takes the dumps of one loop, from any thread. The lists of the loop are copied first: beside the loop while that
 * stands still, else by the loop itself. If the loop does not answer soon, code holds it, and the lists are copied
 * beside it. The copies are described afterwards, in the asking thread, which costs the loop nothing.
 */
public final class Dumps {
    /** How many entries of each list a dump has, unless the caller says otherwise. */
    public static final int MOST = 1000;

    /** How many of them the report of a watchdog has. */
    public static final int MOST_IN_REPORT = 20;

    /** How often the lists are copied beside a loop that goes on meanwhile, before the loop is asked. */
    private static final int TRIES = 3;

    private static final long PATIENCE_MILLIS = 100;

    private final LoopClock clock;
    private final Poller poller;
    private final TimerQueue timers;
    private final LoopTasks tasks;
    private final Reactor reactor;
    private final Scheduler scheduler;
    private final MountedCode mounted;

    /** The dumps of the loop that has these. */
    public Dumps(LoopClock clock, Poller poller, TimerQueue timers, LoopTasks tasks) {
        this.clock = clock;
        this.poller = poller;
        this.timers = timers;
        this.tasks = tasks;
        reactor = tasks.reactor();
        scheduler = tasks.scheduler();
        mounted = new MountedCode(tasks);
    }

    /**
     * The lists of the loop, copied and cut, each with its whole length.
     *
     * @param answered whether the loop has copied them itself: then what runs is that, and not worth a word
     */
    private record Lists(boolean answered, List<LoopTask<?>> tasks, int tasksInAll, List<Thread> callbacks,
            TimerQueue.Copy timers, List<Registration> registrations, List<Runnable> queued) {}

    /** Lets the loop copy its lists, unless that comes too late. No dump shows it. */
    private final class Request implements Runnable {
        private final CompletableFuture<Lists> answer = new CompletableFuture<>();
        private final int most;

        Request(int most) {
            this.most = most;
        }

        @Override
        public void run() {
            if (!answer.isDone()) {
                answer.complete(copy(most, true));
            }
        }
    }

    /** A dump with so many entries of each list at most. */
    public LoopDump take(int most) {
        return describe(lists(most), most);
    }

    /** The same of a loop that is known to be held: without asking the loop. */
    public LoopDump takeBeside(int most) {
        return describe(copy(most, false), most);
    }

    private Lists lists(int most) {
        if (reactor.thread().isCurrent() || reactor.thread().isClosed()) {
            return copy(most, false);
        }
        for (int tried = 0; tried < TRIES; tried++) {
            long beats = reactor.heartbeat().beats();
            Lists copied = copy(most, false);
            if (Heartbeat.isResting(beats) && reactor.heartbeat().beats() == beats) {
                return copied;
            }
        }
        Request request = new Request(most);
        scheduler.submit(request);
        try {
            return request.answer.get(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (TimeoutException | ExecutionException held) {
            // The loop stands still, so its lists do, too.
        }
        request.answer.cancel(false);
        scheduler.takeBack(request);
        return copy(most, false);
    }

    /** On the loop's thread, or beside a loop that stands still; else some may be missing. */
    private Lists copy(int most, boolean answers) {
        List<LoopTask<?>> live = new ArrayList<>();
        tasks.find(task -> {
            live.add(task);
            return live.size() >= most;
        });
        List<Thread> callbacks = new ArrayList<>();
        reactor.runners().findWaiting(thread -> {
            callbacks.add(thread);
            return false;
        });
        List<Runnable> queued = scheduler.copyQueued();
        queued.removeIf(Request.class::isInstance);
        return new Lists(answers, cut(live, most), Math.max(live.size(), tasks.count()), callbacks, timers.copy(),
                poller.registrations(), queued);
    }

    private static <T> List<T> cut(List<T> list, int most) {
        return list.subList(0, Math.min(most, list.size()));
    }

    private LoopDump describe(Lists lists, int most) {
        LoopDump.State state = state();
        String runs = null;
        List<StackTraceElement> stack = List.of();
        if (state == LoopDump.State.RUNNING && !lists.answered) {
            LoopTask<?> task = mounted.task();
            stack = List.of(mounted.thread(task).getStackTrace());
            runs = MountedCode.describe(task, stack);
        }
        long loopNanos = clock.nanoTime();
        return new LoopDump(reactor.name(), scheduler.loopThread().getName(), state, runs, stack,
                lists.tasks.stream().map(task -> describe(task, loopNanos)).toList(), lists.tasksInAll,
                cut(lists.callbacks, most).stream().map(Dumps::describe).toList(), lists.callbacks.size(),
                lists.timers.earliest(most).stream().map(timer -> describe(timer, loopNanos)).toList(),
                lists.timers.size(),
                cut(lists.registrations, most).stream().map(Dumps::describe).toList(), lists.registrations.size(),
                cut(lists.queued, most).stream().map(this::describe).toList(), lists.queued.size());
    }

    private LoopDump.State state() {
        if (reactor.thread().isClosed()) {
            return LoopDump.State.CLOSED;
        }
        if (!Heartbeat.isResting(reactor.heartbeat().beats())) {
            return LoopDump.State.RUNNING;
        }
        return poller.counters().isAsleep() ? LoopDump.State.SLEEPING : LoopDump.State.RESTING;
    }

    private LoopDump.TaskEntry describe(LoopTask<?> task, long loopNanos) {
        Thread thread = task.thread();
        Thread.State state = thread.getState();
        String otherwise = describeWait(thread, state);
        String byTheLoop = otherwise == null ? null : task.describeWait();
        String waitsFor = byTheLoop == null ? otherwise : byTheLoop;
        long deadlineNanos = timers.deadlineNanos(task);
        return new LoopDump.TaskEntry(thread.getName(), thread.threadId(), task.isDaemon(), state, waitsFor,
                waitsFor == null ? null
                        : Duration.ofNanos(Math.max(0, poller.counters().nowNanos() - task.sinceNanos())),
                deadlineNanos == TimerQueue.NONE ? null : Duration.ofNanos(deadlineNanos - loopNanos),
                List.of(thread.getStackTrace()));
    }

    /** What a thread waits for that does not wait by the loop; null for nothing. It may have ended meanwhile. */
    private static String describeWait(Thread thread, Thread.State state) {
        return switch (state) {
            case NEW, RUNNABLE, TERMINATED -> null;
            case BLOCKED -> "a monitor";
            case WAITING, TIMED_WAITING -> {
                Object blocker = LockSupport.getBlocker(thread);
                yield blocker == null ? "an unpark" : Objects.toIdentityString(blocker);
            }
        };
    }

    private static LoopDump.CallbackEntry describe(Thread callback) {
        Thread.State state = callback.getState();
        List<StackTraceElement> stack = List.of(callback.getStackTrace());
        return new LoopDump.CallbackEntry(MountedCode.callback(stack), state, describeWait(callback, state), stack);
    }

    private static LoopDump.TimerEntry describe(TimerQueue.Pending timer, long loopNanos) {
        String what = timer.entry() instanceof Deadline deadline ? deadline.describe()
                : Objects.toIdentityString(timer.entry());
        return new LoopDump.TimerEntry(what, Duration.ofNanos(timer.deadlineNanos() - loopNanos),
                timer.entry().isDaemon());
    }

    private static LoopDump.DescriptorEntry describe(Registration registration) {
        return new LoopDump.DescriptorEntry(registration.fd(), AddressText.of(registration.fd()),
                registration.describeWaits());
    }

    private String describe(Runnable queued) {
        return scheduler.isContinuation(queued) ? "a task that goes on" : Objects.toIdentityString(queued);
    }
}
