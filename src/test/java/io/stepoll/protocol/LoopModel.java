package io.stepoll.protocol;

import io.stepoll.EventLoop;
import io.stepoll.PeriodicTimer;
import io.stepoll.Timer;
import io.stepoll.VirtualClock;
import io.stepoll.internal.loop.Loop;
import io.stepoll.shutdown.Shutdown;
import io.stepoll.shutdown.ShutdownReport;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;

/** A loop in virtual time, and what must hold of its callbacks and timers. */
final class LoopModel {
    private static final int LONGEST_SHUTDOWN_STEPS = 2000;

    final World world;
    final String name;
    final EventLoop loop;
    final VirtualClock clock = VirtualClock.create();
    final ReentrantLock lock = new ReentrantLock();

    /** Whether callbacks run in virtual threads: on the loop's own thread a lock would stop the loop. */
    final boolean callbacksMayLock;

    final List<TimerModel> timers = new ArrayList<>();

    /** Whether its close has begun. */
    boolean closing;

    /** The report of its shutdown; null before. */
    CompletableFuture<ShutdownReport> shutdown;

    private long steps;
    private long lastBegun;
    private long begunBefore;
    private long lastQueued;
    private long lastCallback;
    private long lastRegistration;
    private long firedInStep;
    private long lastFired;
    private int queued;
    private final List<Throwable> expectedFailures = new ArrayList<>();

    LoopModel(World world, String name, SplittableRandom random) throws IOException {
        this.world = world;
        this.name = name;
        int[] budgets = {0, 1, 2, 5, 64};
        callbacksMayLock = random.nextInt(8) != 0;
        loop = EventLoop.builder().name(name).clock(clock).ioBudget(budgets[random.nextInt(budgets.length)])
                .callbacksOnLoopThread(!callbacksMayLock).failureHandler((callback, thrown) -> reported(thrown))
                .open();
        loop.step(false); // settles the thread
    }

    /** One step. */
    void step(boolean blocking) {
        steps++;
        begunBefore = lastBegun;
        lastBegun = clock.nanoTime();
        loop.step(blocking);
    }

    /** What is counted whenever something goes on, so that a step in which nothing does shows. */
    int inMotion() {
        return queued + expectedFailures.size();
    }

    /** The least time that a delay can count from, here and now. */
    long earliestNow() {
        return Math.min(Loop.of(loop).reactor().nowNanos(), clock.nanoTime());
    }

    /** Whether a timers phase has had a chance to fire what was due at this time. */
    boolean hasStepBegunAt(long deadlineNanos) {
        return lastBegun >= deadlineNanos;
    }

    /** Whether a whole step has begun and ended since the time came. */
    boolean hasWholeStepBeen(long deadlineNanos) {
        return begunBefore >= deadlineNanos;
    }

    /** The failure handler got something that a callback has thrown. */
    private void reported(Throwable thrown) {
        world.note(name + " reports " + thrown);
        if (!expectedFailures.remove(thrown)) {
            world.fail("an unexpected failure on " + name, thrown);
        }
    }

    /** A callback is about to throw this. */
    RuntimeException failure(String what) {
        RuntimeException failure = new IllegalMonitorStateException(what);
        expectedFailures.add(failure);
        return failure;
    }

    /** Queues a callback from the loop's own thread. Such callbacks begin in the order of the calls. */
    void callSoon(Runnable body) {
        long number = ++lastQueued;
        queued++;
        loop.callSoon(() -> {
            queued--;
            if (number <= lastCallback) {
                world.fail("callback " + number + " of " + name + " after " + lastCallback);
            }
            lastCallback = number;
            body.run();
        });
    }

    /** Queues a callback from another thread. */
    void submit(Runnable body) {
        queued++;
        loop.callSoon(() -> {
            queued--;
            body.run();
        });
    }

    /** Sets a timer. */
    TimerModel callLater(Duration delay, Runnable body) {
        TimerModel timer = new TimerModel(body);
        timer.set(delay);
        timer.timer = loop.callLater(delay, timer);
        timers.add(timer);
        return timer;
    }

    /** Sets a timer that fires a few times, at a fixed rate or after a fixed delay. */
    void callPeriodically(Duration delay, Duration period, boolean fixedRate, int ticks, Runnable body) {
        PeriodicModel timer = new PeriodicModel(period.toNanos(), fixedRate, ticks, body);
        timer.set(delay);
        timer.timer = fixedRate ? loop.callAtFixedRate(delay, period, timer)
                : loop.callWithFixedDelay(delay, period, timer);
        timers.add(timer);
    }

    /** A timer, and when it may and must fire. */
    class TimerModel implements Runnable {
        Timer timer;
        final Runnable body;
        private boolean pending;
        private long earliest;
        private long latest;
        private long registration;

        private TimerModel(Runnable body) {
            this.body = body;
        }

        final void set(Duration delay) {
            pending = true;
            earliest = earliestNow() + delay.toNanos();
            latest = clock.nanoTime() + delay.toNanos();
            registration = ++lastRegistration;
        }

        void reset(Duration delay) {
            timer.reset(delay);
            set(delay);
        }

        /** It is to fire at some time between these two. */
        final void setBetween(long newEarliest, long newLatest) {
            pending = true;
            earliest = newEarliest;
            latest = newLatest;
            registration = ++lastRegistration;
        }

        final long earliest() {
            return earliest;
        }

        final long latest() {
            return latest;
        }

        void cancel() {
            boolean was = timer.cancel();
            if (was != pending || timer.isPending()) {
                world.fail("cancel of a timer says " + was + ", the model " + pending);
            }
            pending = false;
        }

        @Override
        public void run() {
            if (!pending || closing) {
                world.fail("a timer of " + name + " fires that is not pending");
            }
            if (clock.nanoTime() < earliest) {
                world.fail("a timer of " + name + " fires " + (earliest - clock.nanoTime()) + " ns early");
            }
            if (firedInStep == steps && registration > lastFired) {
                world.fail("timer " + registration + " of " + name + " fires after " + lastFired + " in one phase");
            }
            pending = false;
            firedInStep = steps;
            lastFired = registration;
            fire();
        }

        void fire() {
            body.run();
        }
    }

    /** A periodic timer, its next tick, and how many it may have missed. It is set again before its callback runs. */
    final class PeriodicModel extends TimerModel {
        private final long periodNanos;
        private final boolean fixedRate;
        private int ticksLeft;
        private long missedInAll;
        private boolean changed;

        private PeriodicModel(long periodNanos, boolean fixedRate, int ticks, Runnable body) {
            super(body);
            this.periodNanos = periodNanos;
            this.fixedRate = fixedRate;
            ticksLeft = ticks;
        }

        @Override
        void reset(Duration delay) {
            super.reset(delay);
            changed = true;
        }

        @Override
        void cancel() {
            super.cancel();
            changed = true;
        }

        @Override
        void fire() {
            long nowNanos = Loop.of(loop).reactor().nowNanos();
            if (fixedRate) {
                long missed = ((PeriodicTimer) timer).missed();
                missedInAll += missed;
                long least = Math.max(0, nowNanos - latest()) / periodNanos;
                if (missed < least || missed > (nowNanos - earliest()) / periodNanos
                        || missedInAll != ((PeriodicTimer) timer).missedInAll()) {
                    world.fail("a periodic timer of " + name + " says that it has missed " + missed + " ticks, and "
                            + ((PeriodicTimer) timer).missedInAll() + " in all");
                }
                long passedNanos = (missed + 1) * periodNanos;
                setBetween(Math.max(earliest() + passedNanos, nowNanos + 1), latest() + passedNanos);
            } else {
                setBetween(nowNanos + periodNanos, nowNanos + periodNanos);
            }
            changed = false;
            world.note("a tick on " + name);
            if (--ticksLeft == 0) {
                cancel();
            } else {
                body.run();
            }
            if (!fixedRate && !changed && !closing) {
                setBetween(clock.nanoTime() + periodNanos, clock.nanoTime() + periodNanos);
            }
        }
    }

    /** Everything is quiet: says what should have happened. */
    void checkQuiet() {
        if (queued != 0) {
            world.fail(queued + " callbacks of " + name + " did not run");
        }
        if (!expectedFailures.isEmpty()) {
            world.fail("failures of " + name + " that were not reported", expectedFailures.getFirst());
        }
        for (TimerModel timer : timers) {
            if (timer.pending && hasStepBegunAt(timer.latest)) {
                world.fail("a timer of " + name + " did not fire");
            }
        }
        timers.removeIf(timer -> !timer.pending);
    }

    /** Begins a shutdown, unless one is under way. */
    void beginShutdown(SplittableRandom random) {
        if (shutdown == null) {
            shutdown = Shutdown.of(loop).stopAccepting(RandomOperations.time(random))
                    .drain(RandomOperations.time(random)).abort(RandomOperations.time(random)).start();
        }
    }

    /** A shutdown closes the listeners of its loop, some time or other. */
    void noticeStoppedListeners() {
        if (shutdown == null) {
            return;
        }
        for (Handle handle : world.handlesOf(this)) {
            if (handle.end.kind == End.Kind.LISTENER && !handle.descriptor.isOpen()) {
                world.note("stopped " + handle);
                handle.closed();
            }
        }
    }

    /** Lets a shutdown come to its end, whatever the tasks do. */
    void endShutdown() {
        if (shutdown == null) {
            return;
        }
        for (int i = 0; i < LONGEST_SHUTDOWN_STEPS && !shutdown.isDone(); i++) {
            step(false);
            clock.advance(Duration.ofMillis(1));
        }
        noticeStoppedListeners();
        if (!shutdown.isDone() || shutdown.isCompletedExceptionally()) {
            world.fail("the shutdown of " + name + " is not over: " + shutdown);
        }
    }

    /** Closes it. */
    void close() {
        noticeStoppedListeners();
        world.carriers.stream().filter(carrier -> carrier.to == this).forEach(Carrier::receiveAll);
        closing = true;
        world.handlesOf(this).forEach(Handle::closed);
        timers.forEach(timer -> timer.pending = false);
        loop.close();
        checkQuiet();
        for (Worker worker : world.workers) {
            if (worker.loop == this && !worker.task.isDone()) {
                world.fail(worker + " has not ended at the close of its loop");
            }
        }
    }
}
