package io.stepoll;

import io.stepoll.internal.poll.Poller;
import io.stepoll.internal.poll.Registration;
import io.stepoll.internal.sys.Descriptors;
import io.stepoll.internal.sys.Errno;
import io.stepoll.internal.sys.Shim;
import io.stepoll.internal.task.Scheduler;
import io.stepoll.internal.timer.TimerQueue;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The loop itself: {@link #step} is one turn of it. {@link EventLoop} is what users see of it; {@link LoopThread} says
 * who may call, {@link Closing} ends it.
 *
 * <p>All of it belongs to the loop's thread. It takes no lock and logs nothing there: a task that is suspended with
 * that lock would keep the loop from ever resuming it.
 */
final class Reactor {
    private static final class DueTimers extends NewestFirst<Deadline> implements TimerQueue.DueSink<Deadline> {}

    final String name;
    final Clock clock;
    final Poller poller;
    final Scheduler scheduler;
    final TimerQueue timers = new TimerQueue();
    private final LoopTime time;
    final LiveTasks liveTasks = new LiveTasks();
    final Failures failures;
    final LoopThread thread;
    final Pulse pulse = new Pulse();
    final Draining draining = new Draining(this);
    final boolean traceDescriptors;
    final int ioBudget;
    private final long spinNanos;
    /** Those that have not terminated. */
    final Queue<LoopExecutor> executors = new ConcurrentLinkedQueue<>();
    final Transfer transfer = new Transfer();
    private Vector vector; // most loops never need it

    /* What a phase has to run; both are empty outside of theirs. */
    private final DueTimers due = new DueTimers();
    private final NewestFirst<Wakeable> ready = new NewestFirst<>();

    /** Handlers that left something behind: told of it by the next poll, which does not sleep. */
    private ArrayList<Handling> readyAgain = new ArrayList<>();
    private ArrayList<Handling> tellingAgain = new ArrayList<>();

    private long steps;
    private boolean timeHasPassed; // since the first phase
    private long polledDeadlineNanos = EventLoop.NO_DEADLINE;
    private long lastWaitSequence;
    int waiters;
    private boolean waking;
    private boolean untilDone;
    private boolean stopRequested;
    private final AtomicBoolean stopQueued = new AtomicBoolean();
    private final AtomicBoolean clockChangeQueued = new AtomicBoolean();
    private boolean interrupted;

    Reactor(EventLoopBuilder options) throws IOException {
        Shim.load();
        Poller.Opened opened = Poller.open();
        if (opened.poller() == null) {
            throw SystemCallFailure.of(opened.call(), opened.errno(), "a new event loop");
        }
        poller = opened.poller();
        name = options.name;
        clock = options.clock;
        time = new LoopTime(clock, timers);
        scheduler = new Scheduler(name, poller.wakeup());
        failures = new Failures(this, options.failureHandler);
        thread = new LoopThread(name, scheduler);
        traceDescriptors = options.traceDescriptors;
        ioBudget = options.ioBudget;
        spinNanos = clock.passesByItself() ? options.waiting.spinNanos : 0;
        if (!clock.begin(this)) {
            poller.close();
            throw new IllegalStateException("the clock of " + name + " is, or was, another loop's");
        }
    }

    /** One turn of the loop: its four phases. */
    private void step(boolean blocking) {
        steps++;
        runDueTimers();
        runTransients();
        poll(blocking);
        wakeReadyTasks();
    }

    /** Phase 1: those queued before it; newest registration first. What they add or cancel is seen to by the queue. */
    private void runDueTimers() {
        time.phaseBegins();
        timeHasPassed = !timers.isEmpty() && timers.earliestDeadlineNanos() <= time.nanos();
        if (!timeHasPassed) {
            return;
        }
        timers.takeDue(time.nanos(), due);
        due.sort();
        for (int i = 0; i < due.size(); i++) {
            Deadline deadline = due.item(i);
            if (timers.claim(deadline, due.sequence(i))) {
                pulse.beat();
                deadline.fire();
            }
        }
        due.clear();
    }

    /** Phase 2: as many as were queued when it began. What they queue waits for the next step. */
    void runTransients() {
        scheduler.drainInbox();
        timeHasPassed |= scheduler.queued() > 0;
        for (int n = scheduler.queued(); n > 0; n--) {
            pulse.beat();
            runGuarded(scheduler.next());
        }
    }

    /** Phase 3: tells the waiters that are ready, for phase 4. What nobody asked for does not end the sleep. */
    private void poll(boolean blocking) {
        pulse.rest();
        if (timeHasPassed) {
            time.phaseBegins();
        }
        polledDeadlineNanos = timers.earliestDeadlineNanos();
        if (!blocking || scheduler.queued() > 0 || stopRequested || !readyAgain.isEmpty() || untilDone && isDone()) {
            tellAgain();
            poll(0);
            return;
        }
        if (spinNanos > 0 && spin()) {
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

    /**
     * In place of a sleep, or before it. The loop stays awake: what others submit is seen here, and they write no
     * eventfd. Returns whether there is something to do.
     */
    private boolean spin() {
        long endNanos = plus(time.nanos(), spinNanos);
        while (poll(0) == 0 && !scheduler.hasWork()) {
            if (Thread.currentThread().isInterrupted()) {
                interrupted = true; // kept as by sleep
                return true;
            }
            long spunNanos = time.readAgain();
            if (spunNanos >= polledDeadlineNanos) {
                return true;
            }
            if (spunNanos >= endNanos) {
                return false;
            }
            Thread.onSpinWait();
        }
        return true;
    }

    /** One sleep. Returns whether it ended for no reason, so that what is left of it is still to be slept. */
    private boolean sleep(long timeoutNanos) {
        boolean slept;
        int told;
        poller.wakeup().sleeping();
        try {
            slept = timeoutNanos > 0 && !scheduler.hasWork(); // the last look: see Wakeup
            told = poll(slept ? timeoutNanos : 0);
        } finally {
            poller.wakeup().awake();
        }
        if (slept && Thread.currentThread().isInterrupted()) {
            interrupted = true; // kept here, as the next task that is mounted clears it on the thread
        }
        return slept && told == 0 && !interrupted && !scheduler.hasWork();
    }

    private int poll(long timeoutNanos) {
        int told = clock.poll(poller, timeoutNanos);
        if (told < 0) {
            throw new IllegalStateException("epoll_wait of " + name + ": " + Errno.name(-told));
        }
        return told;
    }

    private void tellAgain() {
        ArrayList<Handling> telling = readyAgain;
        readyAgain = tellingAgain;
        tellingAgain = telling;
        for (int i = 0; i < telling.size(); i++) {
            ready.add(telling.get(i).sequence(), telling.get(i));
        }
        telling.clear();
    }

    /** Within the wake phase or outside of a step: to be told by the next poll. */
    void readyAgain(Handling handling) {
        readyAgain.add(handling);
    }

    private long untilPolledDeadline() {
        return polledDeadlineNanos == EventLoop.NO_DEADLINE ? Poller.FOREVER
                : Math.max(0, polledDeadlineNanos - clock.nanoTime());
    }

    /** Phase 4: those that the poll found ready and that still wait; the one that blocked last first. */
    private void wakeReadyTasks() {
        pulse.begin();
        waking = true;
        ready.sort();
        for (int i = 0; i < ready.size(); i++) {
            pulse.beat();
            ready.item(i).wake(ready.sequence(i));
        }
        ready.clear();
        waking = false;
    }

    /** A step on its own. */
    void stepOnce(boolean blocking, StepResult result) {
        long entered = thread.enter("step");
        try {
            poller.wakeup().awake();
            pulse.begin();
            step(blocking);
            result.set(untilPolledDeadline(), isDone());
        } finally {
            leave(entered);
        }
    }

    /** Steps until stopped or interrupted or, if asked, done. */
    void run(boolean untilNothingIsLeft) {
        long entered = thread.enter("run");
        untilDone = untilNothingIsLeft;
        try {
            poller.wakeup().awake();
            pulse.begin();
            do {
                step(true);
            } while (!stopRequested && !interrupted && !(untilDone && isDone()));
        } finally {
            untilDone = false;
            leave(entered);
        }
    }

    private void leave(long entered) {
        due.clear();
        ready.clear();
        waking = false;
        stopRequested = false;
        pulse.rest();
        thread.leave(entered);
        if (interrupted) {
            interrupted = false;
            Thread.currentThread().interrupt();
        }
        poller.wakeup().sleeping();
    }

    /** Runs a callback or a continuation. Whatever it throws, its neighbours run. */
    void runGuarded(Runnable callback) {
        try {
            callback.run();
        } catch (Throwable thrown) {
            failures.callbackFailed(callback, thrown);
        }
    }

    /** From any thread: at once from the loop's own, else through the inbox, where one stop is enough. */
    void stop() {
        if (thread.isCarrierOrTask()) {
            stopRequested = true;
        } else if (stopQueued.compareAndSet(false, true)) {
            change(() -> {
                stopQueued.set(false);
                stopRequested = true;
            });
        }
    }

    /**
     * Does what belongs to the loop's thread, for another one: through the inbox; for the opener of a loop that has not
     * run yet at once.
     *
     * @return false if the loop is closed
     */
    boolean change(Runnable change) {
        return thread.isCurrent() && !scheduler.isBound() && scheduler.beforeBinding(change)
                || scheduler.submit(change);
    }

    /** Another thread has changed the clock: a sleep that counts on it ends. The loop's own thread does not sleep. */
    void clockChanged() {
        if (!thread.isCurrent() && clockChangeQueued.compareAndSet(false, true)) {
            scheduler.submit(() -> clockChangeQueued.set(false)); // and then it looks again
        }
    }

    /** How many steps there were, for tests. */
    long steps() {
        return steps;
    }

    boolean isDone() {
        return timers.isEmpty() && waiters == 0 && liveTasks.isEmpty() && !scheduler.hasWork();
    }

    long timeoutNanos() {
        if (scheduler.hasWork() || !readyAgain.isEmpty()) {
            return 0;
        }
        long deadlineNanos = timers.earliestDeadlineNanos();
        return deadlineNanos == EventLoop.NO_DEADLINE ? deadlineNanos : Math.max(0, deadlineNanos - clock.nanoTime());
    }

    /**
     * A delay counts from the time of the phase that asks. The wake phase, before which the poll may have slept, looks
     * at the clock at each ask; a thread that is not the loop's has no phase, and looks at it, too.
     */
    long deadlineNanos(long delayNanos) {
        if (!thread.isCurrent()) {
            return plus(clock.nanoTime(), delayNanos);
        }
        return plus(waking ? time.readAgain() : time.nanos(), delayNanos);
    }

    /** A time so much later, which {@link EventLoop#NO_DEADLINE} is not. */
    static long plus(long fromNanos, long delayNanos) {
        long deadlineNanos = fromNanos + Math.max(0, delayNanos);
        return deadlineNanos < fromNanos ? EventLoop.NO_DEADLINE - 1
                : Math.min(deadlineNanos, EventLoop.NO_DEADLINE - 1);
    }

    /** The time of the current phase; on the loop's thread. */
    long nowNanos() {
        return time.nanos();
    }

    /** Puts a descriptor under the care of the loop, its owner from here on. If that fails it stays the caller's. */
    Registration register(int fd, boolean shared) throws IOException {
        int slot = poller.register(fd, shared);
        if (slot < 0) {
            String what = "descriptor " + fd + (slot == -Errno.EEXIST ? ", which is on this loop already" : "");
            throw SystemCallFailure.of("epoll_ctl", -slot, what);
        }
        return poller.registration(slot);
    }

    void close(Registration registration) {
        poller.deregister(registration, true);
        Descriptors.close(registration.fd());
    }

    Vector vector() {
        if (vector == null) {
            vector = new Vector();
        }
        return vector;
    }

    /** The number of a wait that begins: they are woken in its order. */
    long waiterCame() {
        waiters++;
        return ++lastWaitSequence;
    }

    void waiterLeft() {
        waiters--;
    }

    long nextSequence() {
        return ++lastWaitSequence;
    }

    void ready(long waitSequence, Wakeable waiter) {
        ready.add(waitSequence, waiter);
    }
}
