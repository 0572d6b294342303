package io.stepoll.internal.reactor;

import io.stepoll.CallbackRegistration;
import io.stepoll.EventLoop;
import io.stepoll.IdleStrategy;
import io.stepoll.VirtualClock;
import io.stepoll.internal.jfr.FlightRecords;
import io.stepoll.internal.jfr.StepRecord;
import io.stepoll.internal.metrics.LoopCounters;
import io.stepoll.internal.metrics.Recorder;
import io.stepoll.internal.poll.Poller;
import io.stepoll.internal.sched.CallbackRunners;
import io.stepoll.internal.sched.Scheduler;
import io.stepoll.internal.sched.Unblocker;
import io.stepoll.internal.sys.Errno;
import io.stepoll.internal.time.ClockUser;
import io.stepoll.internal.time.LoopClock;
import io.stepoll.internal.time.Nanos;
import io.stepoll.internal.time.PhaseTime;
import io.stepoll.internal.timer.TimerQueue;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/**
 * The loop itself: {@link #step} is one turn of it. The step runs deadlines, queued callbacks and what waits for a
 * descriptor. It knows neither tasks nor descriptors.
 *
 * <p>All of it belongs to the loop's thread, but for the methods that say otherwise. The loop's thread takes no lock
 * and logs nothing: a task that is suspended with that lock would keep the loop from ever resuming it.
 */
public final class Reactor implements CallbackRunners.Source, ClockUser {
    /** The phases that run something. */
    private enum Phase {
        NONE(LoopCounters.UNCOUNTED),
        TIMERS(LoopCounters.UNCOUNTED), // a deadline counts when it fires, whoever waits for it
        QUEUED_CALLBACKS(LoopCounters.CALLBACKS),
        HOOKS(LoopCounters.CALLBACKS),
        WAKE(LoopCounters.UNCOUNTED); // whoever wakes counts what it calls

        /** How its callbacks count. */
        private final int counter;

        Phase(int counter) {
            this.counter = counter;
        }
    }

    /**
     * How many items of the queue run once a stop is asked for, the steps that it takes together. A stop by another
     * thread stands in the queue, so what that thread queued before still runs; but not behind a long queue.
     */
    private static final int MOST_BEFORE_STOP = 1000;

    /** A loop that never sleeps reads the clock in each 64th step: a dump says by that how long tasks wait. */
    private static final int CLOCK_STEPS_MASK = 63;

    /** How often a loop that yields sleeps without that, at most, before it tries again whether that pays. */
    private static final int MOST_SLEEPS_AT_ONCE = 63;

    private final class DueTimers extends NewestFirst<Deadline> implements TimerQueue.DueSink<Deadline> {
        @Override
        public void prepare(long deadlineNanos) {
            reserve(size() + 1);
            counters.timerWasLate(time.nanos() - deadlineNanos);
        }
    }

    private final String name;
    private final LoopClock clock;
    private final Poller poller;
    private final LoopCounters counters;
    private final Scheduler scheduler;
    private final TimerQueue timers;
    private final LoopThread thread;
    private final PhaseTime time;
    private final CallbackRunners runners;
    private final Unblocker unblocker;
    private final boolean callbacksOnLoopThread;

    /** Null without a flight recorder. */
    private final StepRecord record;

    private final Heartbeat heartbeat = new Heartbeat();
    private final long spinNanos;
    private final boolean yields;
    private CallbackFailures failures;

    /* What a phase has to run. Both are empty outside of their phases. */
    private final DueTimers due = new DueTimers();
    private final NewestFirst<Wakeable> ready = new NewestFirst<>();

    /* Where the phase is: the loop's thread and the runners of callbacks go on from here in turn. */
    private Phase phase = Phase.NONE;
    private int next; // in due, in hooksOfPhase, or in ready
    private PollHook[] hooksOfPhase = {};
    private int queuedLeft;
    private boolean interruptSeen;

    /* Handlers that left something behind. The next poll does not sleep, and the wake phase after it calls them. Both
     * lists are there for the change from one step to the next: one is read while the other is written. */
    private NewestFirst<Wakeable> redelivered = new NewestFirst<>();
    private NewestFirst<Wakeable> redelivering = new NewestFirst<>();

    /** Null while there are none. */
    private PollHooks hooks;

    /** Who has asked for the time of the next poll. */
    private final ArrayList<PollTimed> timedByPoll = new ArrayList<>();

    /* Only where the loop records how long its steps take. */
    private long turnBeganNanos;
    private long turnSoFarNanos; // of a turn that the end of a run or of a step has cut in two

    private boolean turnHasBegun; // something has run behind a poll, since the run or the step began
    private boolean timeHasPassed; // since the first phase of the step
    private long polledDeadlineNanos = EventLoop.NO_DEADLINE;
    private long lastSequence;
    private int sleepsAtOnce; // after the last spin, which was in vain
    private int sleepsAtOnceLeft;
    private int waits;
    private int watches;
    private int daemonWaits; // of these
    private int work;

    /** Work that was announced, by any thread, and how much of it has begun. The JDK may hold its begin up. */
    private final AtomicLong announced = new AtomicLong();

    private long announcedBegun;
    private boolean untilDone;
    private boolean stepping; // a step alone, or in a run
    private boolean running;
    private boolean stopRequested;
    private int leftBeforeStop = MOST_BEFORE_STOP;

    /** The stop by another thread that has not taken effect; null for none. */
    private final AtomicReference<QueuedStop> queuedStop = new AtomicReference<>();

    private final AtomicBoolean clockChangeQueued = new AtomicBoolean();

    /** A stop by another thread, in the queue. If it takes effect before its turn, its turn does nothing. */
    private final class QueuedStop implements Runnable {
        @Override
        public void run() {
            if (queuedStop.compareAndSet(this, null)) {
                stopRequested = true;
            }
        }
    }

    /**
     * @param name of the loop, for messages
     * @param idleStrategy what the loop does before each sleep
     * @param callbacksOnLoopThread whether callbacks run on the loop's thread, and not in runners
     */
    public Reactor(String name, LoopClock clock, Poller poller, Scheduler scheduler, TimerQueue timers,
            LoopThread thread, IdleStrategy idleStrategy, boolean callbacksOnLoopThread) {
        this.name = name;
        this.clock = clock;
        this.poller = poller;
        counters = poller.counters();
        this.scheduler = scheduler;
        this.timers = timers;
        this.thread = thread;
        time = new PhaseTime(clock, timers);
        this.callbacksOnLoopThread = callbacksOnLoopThread;
        record = FlightRecords.ofSteps(name);
        runners = new CallbackRunners(scheduler, this, callbacksOnLoopThread);
        unblocker = new Unblocker(scheduler, poller.wakeup());
        spinNanos = clock.passesByItself() ? Nanos.of(idleStrategy.spinTime()) : 0;
        yields = idleStrategy.yields();
        hasNext(); // loads the class behind the switch here, and not on the loop's thread
    }

    /** Sets who reports what callbacks throw. Before the loop runs. */
    public void reportFailuresTo(CallbackFailures newFailures) {
        failures = newFailures;
    }

    /** One turn of the loop: its four phases. */
    private void step(boolean blocking) {
        if ((counters.increment(LoopCounters.STEPS) & CLOCK_STEPS_MASK) == 0) {
            counters.readClock();
        }
        runDueTimers();
        runQueuedCallbacks();
        if (hooks == null) {
            poll(blocking);
        } else {
            pollBetween(hooks, blocking);
        }
        wakeReady();
    }

    /** Phase 1: the timers queued before it; newest registration first. The queue sees to what they add or cancel. */
    private void runDueTimers() {
        time.phaseBegins();
        timeHasPassed = !timers.isEmpty() && timers.earliestDeadlineNanos() <= time.nanos();
        if (!timeHasPassed) {
            return;
        }
        try {
            timers.takeDue(time.nanos(), due);
        } catch (OutOfMemoryError full) {
            // The rest stays in the queue until the next step.
        }
        due.sort();
        runPhase(Phase.TIMERS);
        due.clear();
    }

    /**
     * Phase 2: as many callbacks as are queued when it begins, or fewer if a stop is asked for. What they queue, and
     * what a stop leaves, waits for the next step.
     */
    public void runQueuedCallbacks() {
        scheduler.drainInbox();
        timeHasPassed |= scheduler.queued() > 0;
        queuedLeft = scheduler.queued();
        if (isStopping()) {
            queuedLeft = Math.min(queuedLeft, leftBeforeStop);
        }
        runPhase(Phase.QUEUED_CALLBACKS);
        if (leftBeforeStop == 0 && queuedStop.getAndSet(null) != null) {
            stopRequested = true;
        }
    }

    /** Whether the run is to end: by a stop, by one that is still queued, or by an interrupt. The close ends anyway. */
    private boolean isStopping() {
        return stepping && (stopRequested || queuedStop.get() != null
                || running && (interruptSeen || poller.isInterrupted()));
    }

    /**
     * Runs what a phase has, in its order: tasks from here, as only the loop's thread can, and callbacks in runners.
     */
    private void runPhase(Phase begun) {
        phase = begun;
        next = 0;
        Thread current = Thread.currentThread();
        while (hasNext()) {
            interruptSeen |= current.isInterrupted(); // kept, as the thread that is mounted next clears it
            if (isCallbackNext()) {
                runners.run();
            } else {
                runOne();
            }
        }
        phase = Phase.NONE;
    }

    private boolean hasNext() {
        return switch (phase) {
            case TIMERS -> next < due.size();
            case QUEUED_CALLBACKS -> queuedLeft > 0;
            case HOOKS -> next < hooksOfPhase.length;
            case WAKE -> next < ready.size();
            case NONE -> false;
        };
    }

    private boolean isCallbackNext() {
        return switch (phase) {
            case TIMERS -> due.item(next).isCallback();
            case QUEUED_CALLBACKS -> scheduler.isCallbackNext();
            case HOOKS -> true;
            case WAKE -> ready.item(next).isCallback();
            case NONE -> false;
        };
    }

    private void runOne() {
        switch (phase) {
            case TIMERS -> {
                int place = next++;
                Deadline deadline = due.item(place);
                if (timers.claim(deadline, due.sequence(place))) {
                    heartbeat.beat();
                    counters.increment(LoopCounters.TIMERS_FIRED);
                    deadline.fire();
                }
            }
            case QUEUED_CALLBACKS -> {
                if (isStopping()) {
                    queuedLeft = Math.min(queuedLeft, leftBeforeStop--);
                }
                queuedLeft--;
                heartbeat.beat();
                if (!scheduler.isCallbackNext()) {
                    counters.increment(LoopCounters.TASK_SWITCHES);
                }
                runGuarded(scheduler.next());
            }
            case HOOKS -> {
                heartbeat.beat();
                hooksOfPhase[next++].run();
            }
            case WAKE -> {
                int place = next++;
                heartbeat.beat();
                ready.item(place).wake(ready.sequence(place));
            }
            case NONE -> throw new AssertionError();
        }
    }

    @Override
    public boolean runNext() {
        if (!hasNext() || !isCallbackNext()) {
            return false;
        }
        counters.increment(phase.counter);
        runOne();
        return true;
    }

    @Override
    public void callbackWaits() {
        work++;
    }

    @Override
    public void callbackEnds() {
        work--;
    }

    @Override
    public void runnerFailed(Thread runner, Throwable thrown) {
        failures.callbackFailed(runner, thrown);
    }

    /**
     * Phase 3 of a loop with hooks. An idle hook keeps the poll from sleeping, even if the hook has ended just before.
     */
    private void pollBetween(PollHooks registered, boolean blocking) {
        boolean idle = registered.hasIdle();
        runHooks(registered.at(PollHooks.Place.IDLE));
        runHooks(registered.at(PollHooks.Place.BEFORE_POLL));
        poll(blocking && !idle && !registered.hasIdle());
        heartbeat.begin();
        runHooks(registered.at(PollHooks.Place.AFTER_POLL));
    }

    private void runHooks(PollHook[] called) {
        if (called.length > 0) {
            timeHasPassed = true;
            turnHasBegun = true;
            hooksOfPhase = called;
            runPhase(Phase.HOOKS);
        }
    }

    /** Phase 3: notifies the waiters that are ready, for phase 4. Readiness that nobody asked for ends no sleep. */
    private void poll(boolean blocking) {
        heartbeat.rest();
        Recorder length = counters.stepLength();
        if (length != null) {
            length.record(counters.nowNanos() - turnBeganNanos);
        }
        if (record != null) {
            record.ends(counters);
        }
        pollOrSleep(blocking);
        turnBegins();
    }

    /** From here on the loop is busy until its next poll. */
    private void turnBegins() {
        if (counters.stepLength() != null) {
            turnBeganNanos = counters.nowNanos() - turnSoFarNanos;
            turnSoFarNanos = 0;
        }
        if (record != null) {
            record.begins(counters);
        }
    }

    /** The loop was busy since its last poll, and goes on with that in its next step. */
    private void turnPauses() {
        turnHasBegun = false;
        if (counters.stepLength() != null) {
            turnSoFarNanos = counters.nowNanos() - turnBeganNanos;
        }
        if (record != null) {
            record.ends(counters);
        }
    }

    private void pollOrSleep(boolean blocking) {
        if (timeHasPassed) {
            time.phaseBegins();
        }
        if (!timedByPoll.isEmpty()) {
            tellTime();
        }
        polledDeadlineNanos = timers.earliestDeadlineNanos();
        if (!blocking || scheduler.queued() > 0 || stopRequested || !redelivered.isEmpty() || untilDone && isDone()) {
            redeliver();
            pollOnce(0);
            return;
        }
        if (spinNanos > 0 && spinUnlessInVain()) {
            return;
        }
        long timeoutNanos = polledDeadlineNanos == EventLoop.NO_DEADLINE ? Poller.FOREVER
                : Math.max(0, polledDeadlineNanos - time.nanos());
        while (sleep(timeoutNanos)) {
            timeoutNanos = untilPolledDeadline();
            if (timeoutNanos == 0) {
                break;
            }
        }
    }

    private void tellTime() {
        for (int i = 0; i < timedByPoll.size(); i++) {
            timedByPoll.get(i).pollBegins(time.nanos());
        }
        timedByPoll.clear();
    }

    /** Spins. A loop that yields does so less and less often while that is in vain. Returns what a spin does. */
    private boolean spinUnlessInVain() {
        if (sleepsAtOnceLeft > 0) {
            sleepsAtOnceLeft--;
            return false;
        }
        boolean found = spin();
        if (yields) {
            sleepsAtOnce = found ? 0 : Math.min(sleepsAtOnce << 1 | 1, MOST_SLEEPS_AT_ONCE);
            sleepsAtOnceLeft = sleepsAtOnce;
        }
        return found;
    }

    /**
     * Spins before a sleep, or in place of one. The loop stays awake: it sees what other threads submit, and they write
     * no eventfd. Returns whether there is something to do.
     */
    private boolean spin() {
        long endNanos = Nanos.plus(time.nanos(), spinNanos);
        if (pollOnce(0) != 0 || scheduler.hasWork()) {
            return true;
        }
        counters.spinBegins();
        try {
            return spinUntil(endNanos);
        } finally {
            counters.spinEnds();
        }
    }

    private boolean spinUntil(long endNanos) {
        do {
            if (isInterrupted()) {
                return true;
            }
            long spunNanos = time.readAgain();
            if (spunNanos >= polledDeadlineNanos) {
                return true;
            }
            if (spunNanos >= endNanos) {
                return false;
            }
            if (yields) {
                Thread.yield();
            } else {
                Thread.onSpinWait();
            }
        } while (pollOnce(0) == 0 && !scheduler.hasWork());
        return true;
    }

    /** Sleeps once. Returns whether the sleep ended for no reason, so that the loop sleeps again for what is left. */
    private boolean sleep(long timeoutNanos) {
        boolean slept;
        int notified;
        if (callbacksOnLoopThread) {
            poller.renewRun(); // a callback that reads a channel of the JDK has taken the hook for interrupts away
        }
        poller.wakeup().sleeping();
        try {
            slept = timeoutNanos > 0 && !scheduler.hasWork() && !isInterrupted(); // the last look: see Wakeup
            notified = slept ? sleepOnce(timeoutNanos) : pollOnce(0);
        } finally {
            poller.wakeup().awake();
        }
        return slept && notified == 0 && !isInterrupted() && !scheduler.hasWork();
    }

    private int sleepOnce(long timeoutNanos) {
        counters.sleepBegins();
        int notified = pollOnce(timeoutNanos);
        counters.sleepEnds();
        return notified;
    }

    /** Whether the loop's thread was interrupted since it entered the loop. */
    private boolean isInterrupted() {
        return interruptSeen || poller.isInterrupted() || Thread.currentThread().isInterrupted();
    }

    private int pollOnce(long timeoutNanos) {
        int notified = clock.poll(poller, timeoutNanos, polledDeadlineNanos);
        if (notified < 0) {
            throw new IllegalStateException("epoll_wait of " + name + ": " + Errno.name(-notified));
        }
        return notified;
    }

    private void redeliver() {
        NewestFirst<Wakeable> now = redelivered;
        redelivered = redelivering;
        redelivering = now;
        for (int i = 0; i < now.size(); i++) {
            ready(now.item(i));
        }
        now.clear();
    }

    private long untilPolledDeadline() {
        return polledDeadlineNanos == EventLoop.NO_DEADLINE ? Poller.FOREVER
                : Math.max(0, polledDeadlineNanos - clock.nanoTime());
    }

    /** Phase 4: what the poll found ready and still waits goes on; the wait that began last comes first. */
    private void wakeReady() {
        heartbeat.begin();
        ready.sort();
        runPhase(Phase.WAKE);
        if (ready.size() > 0) {
            turnHasBegun = true;
            ready.clear();
        }
    }

    /** Does a step on its own. Returns the time from its end to the earliest deadline that it saw before its poll. */
    public long stepOnce(boolean blocking) {
        long entered = thread.enter("step");
        try {
            enter(blocking);
            step(blocking);
            return untilPolledDeadline();
        } finally {
            if (blocking) {
                counters.runEnds();
            }
            leave(entered, blocking);
        }
    }

    /** Steps until stopped or interrupted or, if asked, done. */
    public void run(boolean untilNothingIsLeft) {
        long entered = thread.enter("run");
        untilDone = untilNothingIsLeft;
        running = true;
        try {
            enter(true);
            do {
                step(true);
            } while (!stopRequested && !isInterrupted() && !(untilDone && isDone()));
        } finally {
            untilDone = false;
            running = false;
            counters.runEnds();
            leave(entered, true);
        }
    }

    /** @param sleeps whether the loop may sleep, so that an interrupt has to end that */
    private void enter(boolean sleeps) {
        interruptSeen = false;
        stepping = true;
        if (sleeps) {
            poller.beginRun();
            counters.runBegins();
        }
        turnBegins();
        poller.wakeup().awake();
        heartbeat.begin();
    }

    private void leave(long entered, boolean slept) {
        if (turnHasBegun) {
            turnPauses();
        }
        due.clear();
        ready.clear();
        phase = Phase.NONE;
        stepping = false;
        stopRequested = false;
        leftBeforeStop = MOST_BEFORE_STOP;
        heartbeat.rest();
        thread.leave(entered);
        if (slept) {
            poller.endRun();
            interruptSeen |= poller.isInterrupted();
        }
        restoreInterrupt();
        poller.wakeup().sleeping();
    }

    /** Sets the interrupt status again that a thread has cleared which was mounted since. */
    private void restoreInterrupt() {
        if (interruptSeen && !Thread.currentThread().isInterrupted()) {
            Thread.currentThread().interrupt();
        }
    }

    /** Runs a callback or a continuation. Whatever it throws is reported, and the others of the phase run. */
    public void runGuarded(Runnable callback) {
        try {
            callback.run();
        } catch (Throwable thrown) {
            counters.increment(LoopCounters.CALLBACKS_FAILED);
            failures.callbackFailed(callback, thrown);
        }
    }

    /** Reports what a callback has thrown. */
    public void callbackFailed(Object callback, Throwable thrown) {
        counters.increment(LoopCounters.CALLBACKS_FAILED);
        failures.callbackFailed(callback, thrown);
    }

    /** Resumes a parked task in place, if the JDK allows it. What comes out of its thread is reported. */
    public void resume(Thread parked) {
        try {
            scheduler.resume(parked, LoopCounters.TASK_SWITCHES);
        } catch (Throwable thrown) {
            failures.callbackFailed(parked, thrown);
        }
    }

    /**
     * Ends the run. From any thread: at once from the loop's own, else through the inbox. Of several stops there the
     * last one counts: what its thread has queued before runs first.
     */
    public void stop() {
        if (thread.isCarrierOrTask()) {
            stopRequested = true;
            return;
        }
        QueuedStop stop = new QueuedStop();
        queuedStop.set(stop);
        change(stop);
    }

    /**
     * Makes a change that belongs to the loop's thread, for another thread: through the inbox; for the opener of a loop
     * that has not run yet at once.
     *
     * @return false if the loop is closed
     */
    public boolean change(Runnable change) {
        return changeBeforeRun(change) || submit(change);
    }

    /**
     * Makes a change at once, for the opener of a loop that has not run yet. From any thread.
     *
     * @return false if the caller is not the opener, or the loop has run: then nothing has changed
     */
    boolean changeBeforeRun(Runnable change) {
        return thread.isCurrent() && !scheduler.isBound() && scheduler.beforeBinding(change);
    }

    /** Makes a change through the inbox. From any thread. Returns false if the loop is closed. */
    boolean submit(Runnable change) {
        return scheduler.submit(change);
    }

    @Override
    public void clockChanged() {
        if (!thread.isCurrent() && clockChangeQueued.compareAndSet(false, true)) {
            try {
                scheduler.submit(() -> clockChangeQueued.set(false)); // and then the loop looks at the clock again
            } catch (OutOfMemoryError full) { // the next change tries again
                clockChangeQueued.set(false);
                throw full;
            }
        }
    }

    @Override
    public boolean haveAllArrived() {
        return unblocker.hasHandedOnAll(heartbeat.beats());
    }

    /** How many steps there were. From any thread. */
    public long steps() {
        return counters.count(LoopCounters.STEPS);
    }

    /** What the loop counts. */
    public LoopCounters counters() {
        return counters;
    }

    /** How many waits for descriptors go on. From another thread, that is a number of a moment ago. */
    public int waits() {
        return waits;
    }

    /** Whether nothing is left to do: no callback, and no timer, wait or work but those of daemons. */
    public boolean isDone() {
        return timers.hasOnlyDaemons() && waits == daemonWaits && work == 0 && announced.get() == announcedBegun
                && !scheduler.hasWork();
    }

    /**
     * Whether nobody but daemons waits for a descriptor, no callback waits, and nothing is queued. Timers and tasks may
     * be left.
     */
    public boolean isQuiet() {
        return waits == daemonWaits && runners.waiting() == 0 && !scheduler.hasWork();
    }

    /** How long the loop may sleep: 0 with something queued. */
    public long timeoutNanos() {
        if (scheduler.hasWork() || !redelivered.isEmpty() || hooks != null && hooks.hasIdle()) {
            return 0;
        }
        long deadlineNanos = timers.earliestDeadlineNanos();
        return deadlineNanos == EventLoop.NO_DEADLINE ? deadlineNanos : Math.max(0, deadlineNanos - clock.nanoTime());
    }

    /**
     * The deadline after a delay, which counts from the time of the phase that asks. The poll may have slept before the
     * wake phase, so there the clock is read at each ask, and in the hooks of the poll, too. A thread that is not the
     * loop's has no phase, and reads the clock. From any thread.
     */
    public long deadlineNanos(long delayNanos) {
        if (!thread.isCurrent()) {
            return Nanos.plus(clock.nanoTime(), delayNanos);
        }
        return Nanos.plus(phase == Phase.WAKE || phase == Phase.HOOKS ? time.readAgain() : time.nanos(), delayNanos);
    }

    /** The deadline after a delay; {@link EventLoop#NO_DEADLINE} for one of more than 292 years. From any thread. */
    public long deadlineNanos(Duration delay) {
        long delayNanos = Nanos.of(delay);
        return delayNanos == Long.MAX_VALUE ? EventLoop.NO_DEADLINE : deadlineNanos(delayNanos);
    }

    /** The time of the current phase. */
    public long nowNanos() {
        return time.nanos();
    }

    /** The clock's time. From any thread. */
    public long clockNanos() {
        return clock.nanoTime();
    }

    /** Whether the loop goes by a clock that can be held. */
    public boolean hasVirtualClock() {
        return clock instanceof VirtualClock;
    }

    /** See {@link LoopClock#hold}. From any thread. */
    public VirtualClock.Hold holdClock() {
        return clock.hold();
    }

    /** Sets a deadline, as the newest registration. */
    public void schedule(Deadline deadline, long deadlineNanos) {
        timers.add(deadline, deadlineNanos);
    }

    /** Sets whether a deadline keeps the loop from being done, as it does by default. */
    public void setDaemon(Deadline deadline, boolean daemon) {
        timers.setDaemon(deadline, daemon);
    }

    /** Tells the time of the next poll, once, before it looks for the earliest deadline. */
    public void timeByPoll(PollTimed asks) {
        timedByPoll.add(asks);
    }

    /** Takes a deadline back. Returns whether it was pending. */
    public boolean unschedule(Deadline deadline) {
        return timers.cancel(deadline);
    }

    /** The loop closes: no deadline will come. */
    public void abandonDeadlines() {
        timers.takeDue(TimerQueue.NONE, (long sequence, Deadline deadline) -> {
            timers.claim(deadline, sequence);
            deadline.abandon();
        });
    }

    /**
     * Calls a callback around each poll from now on. From any thread.
     *
     * @return what takes it back
     */
    public CallbackRegistration addHook(PollHooks.Place place, Runnable callback) {
        PollHook hook = new PollHook(this, place, callback);
        if (thread.isCarrierOrTask()) {
            add(hook);
        } else if (!change(() -> add(hook))) {
            throw thread.closedException();
        }
        return hook;
    }

    private void add(PollHook hook) {
        if (hooks == null) {
            hooks = new PollHooks();
        }
        hooks.add(hook);
    }

    /** From any thread. */
    void removeHook(PollHook hook) {
        if (thread.isCarrierOrTask()) {
            remove(hook);
        } else {
            change(() -> remove(hook)); // a closed loop calls no hook
        }
    }

    private void remove(PollHook hook) {
        if (hooks != null) {
            hooks.remove(hook);
            if (hooks.isEmpty()) {
                hooks = null;
            }
        }
    }

    /** Makes room for one more wait, so that the poll that finds it ready needs no memory. Before the wait begins. */
    public void prepareWait() {
        ready.reserve(waits + watches + 1);
    }

    /** A wait for a descriptor begins. Returns its number: the wake phase goes by the numbers. */
    public long waitBegins() {
        waits++;
        return ++lastSequence;
    }

    /** A wait for a descriptor ends. */
    public void waitEnds() {
        waits--;
    }

    /** Something begins that may be woken, and that does not keep the loop from being done: no wait. */
    public void watchBegins() {
        watches++;
    }

    /** Such a thing ends. */
    public void watchEnds() {
        watches--;
    }

    /** The wait that has just begun is a daemon's, which does not keep the loop from being done. */
    public void daemonWaitBegins() {
        daemonWaits++;
    }

    /** The wait that has just ended was a daemon's. */
    public void daemonWaitEnds() {
        daemonWaits--;
    }

    /** A number for a wait that goes on as a new one. */
    public long nextSequence() {
        return ++lastSequence;
    }

    /** The poll has found a wait ready: the wake phase wakes it. */
    public void ready(Wakeable waiter) {
        ready.add(waiter.sequence(), waiter);
    }

    /** The next poll finds this ready again and does not sleep. */
    public void redeliver(Wakeable waiter) {
        redelivered.add(0, waiter);
    }

    /** Work is about to begin, and keeps the loop from being done until it does: a task is started. From any thread. */
    public void announceWork() {
        announced.incrementAndGet();
    }

    /** Announced work does not begin after all. From any thread. */
    public void withdrawWork() {
        announced.decrementAndGet();
    }

    /** Announced work has come to the loop's thread, to begin or to be dropped. */
    public void announcedWorkComes() {
        announcedBegun++;
    }

    /** Work begins that keeps the loop from being done: a task. */
    public void workBegins() {
        work++;
    }

    /** Such work has ended. */
    public void workEnds() {
        work--;
    }

    /** The loop's thread, and who else may call. */
    public LoopThread thread() {
        return thread;
    }

    /** The threads that run callbacks. */
    public CallbackRunners runners() {
        return runners;
    }

    /** Shows other threads whether the loop gets on. */
    public Heartbeat heartbeat() {
        return heartbeat;
    }

    /** The close of the loop runs a callback before all that is queued. */
    public void runFirst(Runnable callback) {
        scheduler.addFirst(callback);
        queuedLeft = 1;
        runPhase(Phase.QUEUED_CALLBACKS);
    }

    /** The close of the loop waits until another thread queues something, for so long at most. */
    public void awaitSubmit(long timeoutNanos) {
        poller.wakeup().sleeping();
        if (!scheduler.hasWork()) {
            poller.poll(timeoutNanos);
        }
    }

    /** The close of the loop runs what is queued, all of it. */
    public void runAllQueuedCallbacks() {
        while (scheduler.hasWork()) {
            runQueuedCallbacks();
        }
    }

    /** The close of the loop runs callbacks, outside of a step. */
    public void closingBegins() {
        interruptSeen = false;
        heartbeat.begin();
    }

    /** The close of the loop runs no callback any more. */
    public void closingEnds() {
        counters.runEnds();
        unblocker.close();
        heartbeat.rest();
        restoreInterrupt();
    }

    /** The name of the loop. */
    public String name() {
        return name;
    }
}
