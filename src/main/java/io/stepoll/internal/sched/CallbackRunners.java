package io.stepoll.internal.sched;

import io.stepoll.internal.metrics.LoopCounters;
import io.stepoll.internal.sys.Log;
import io.stepoll.internal.threads.PollerThreads;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;

/**
 * Runs the callbacks of a loop in virtual threads of the loop, the runners, so that a callback may wait for any lock.
 *
 * <p>On the loop's own thread a callback that meets a lock would stop the loop for good: the owner of a contended
 * monitor hands it to the first thread in its queue, which may be a task of the loop, and only the loop's thread could
 * run that task. So the loop resumes a runner in place, like a task. The runner runs one callback after the other, in
 * the order of the phase, and parks when a task is next, or nothing: one switch for all of them. If the runner parks
 * before, a callback waits for something. That callback goes on later, as a task would, and the loop takes another
 * runner for the rest of the phase, at once.
 *
 * <p>All of it belongs to the loop's thread, the runners' part included, as the loop carries them. After the close of
 * the loop a runner may go on with its callback on a late thread. Then it ends with its callback, and touches nothing.
 */
public final class CallbackRunners {
    /** Where the callbacks of the current phase come from. */
    public interface Source {
        /** Runs the next callback of the phase. Returns false, and runs nothing, if a task is next, or nothing is. */
        boolean runNext();

        /** A callback waits for something, and the phase goes on without it. */
        void callbackWaits();

        /** A callback that waited has ended. */
        void callbackEnds();

        /** A runner could not be resumed. */
        void runnerFailed(Thread runner, Throwable thrown);
    }

    /** Runners that stay when they have nothing to run; as many as callbacks wait at one time in most programs. */
    private static final int MOST_IDLE = 8;

    private final Scheduler scheduler;
    private final Source source;
    private boolean onLoopThread;
    private final ArrayDeque<Runner> idle = new ArrayDeque<>();
    private final ArrayList<Runner> waiting = new ArrayList<>();
    private boolean closed;

    /** The runner that runs the callbacks of the phase; null while a task runs, or none. */
    private volatile Runner active;

    /** The runner that was resumed last. It may be about to park. */
    private volatile Runner last;

    /** @param onLoopThread whether there are no runners: callbacks run on the loop's own thread */
    public CallbackRunners(Scheduler scheduler, Source source, boolean onLoopThread) {
        this.scheduler = scheduler;
        this.source = source;
        this.onLoopThread = onLoopThread;
        Runner _ = new Runner(); // loads the class here, and not on the loop's thread
    }

    /** Runs the callbacks that are next in the phase, until a task is next, or nothing, or a callback waits. */
    public void run() {
        Runner runner = onLoopThread ? null : idle.pollLast();
        if (runner == null) {
            runner = newRunner();
        }
        if (runner == null) {
            while (source.runNext()) {
                // Here, one after the other.
            }
            return;
        }
        active = runner;
        resume(runner);
        if (active == runner) { // it waits, or it comes later by the queue: see Scheduler.resume
            active = null;
            runner.waits = true;
            waiting.add(runner);
            source.callbackWaits();
        }
    }

    /**
     * Returns null where callbacks run on the loop's thread: by its options, or as this JVM has no other threads for a
     * loop, for want of descriptors perhaps. Then there are no tasks either, for which a callback's lock could wait.
     * Also for want of memory, or of what the JDK's pollers need to start, and then for this once: a phase that cannot
     * go on would be worse than a lock.
     */
    private Runner newRunner() {
        if (onLoopThread) {
            return null;
        }
        Runner runner;
        try {
            runner = new Runner();
            PollerThreads.await();
            waiting.ensureCapacity(waiting.size() + idle.size() + 1);
            runner.thread = scheduler.newThread(runner);
            runner.thread.setName(scheduler.loopThread().getName()); // what a callback logs comes from there
            runner.thread.setUncaughtExceptionHandler(runner);
            return runner;
        } catch (UnsupportedOperationException e) {
            onLoopThread = true;
            return null;
        } catch (IllegalStateException e) {
            onLoopThread = PollerThreads.areBroken();
            return null;
        } catch (OutOfMemoryError e) {
            return null; // for now
        }
    }

    /** Whether a thread is a runner of this loop. */
    static boolean isRunner(Thread thread, Scheduler scheduler) {
        return thread.getUncaughtExceptionHandler() instanceof Runner runner && runner.thread == thread
                && runner.scheduler() == scheduler;
    }

    /** How many callbacks wait for something. */
    public int waiting() {
        return waiting.size();
    }

    /** Interrupts the callbacks that wait for something. In a task or a callback. */
    public void interruptWaiting() {
        // A copy: this callback may have to wait for the lock of an interrupt, and others end meanwhile.
        List.copyOf(waiting).forEach(runner -> runner.thread.interrupt());
    }

    /**
     * Finds the thread of a callback, or null: of the callback that runs in its turn, of one that waited, or of the
     * one that ran last. Also for another thread, while the loop stands still; if the loop goes on meanwhile, that
     * thread may find none. Allocates nothing.
     */
    public Thread find(Predicate<Thread> predicate) {
        Runner runner = active;
        if (runner != null && predicate.test(runner.thread)) {
            return runner.thread;
        }
        Thread waited = findWaiting(predicate);
        if (waited != null) {
            return waited;
        }
        runner = last;
        return runner != null && predicate.test(runner.thread) ? runner.thread : null;
    }

    /** Finds the thread of a callback that waits for something, or null. Otherwise as {@link #find}. */
    public Thread findWaiting(Predicate<Thread> predicate) {
        try {
            for (int i = 0; i < waiting.size(); i++) {
                Runner waited = waiting.get(i);
                if (waited != null && predicate.test(waited.thread)) {
                    return waited.thread;
                }
            }
        } catch (IndexOutOfBoundsException goesOn) {
            // One has gone meanwhile.
        }
        return null;
    }

    /** Ends the runners that are idle; each of the others ends when its callback does. */
    public void close() {
        closed = true;
        for (Runner runner = idle.pollLast(); runner != null; runner = idle.pollLast()) {
            resume(runner);
        }
    }

    /** An error here, of memory for instance, costs one runner and no phase. */
    private void resume(Runner runner) {
        runner.turn = true;
        last = runner;
        try {
            scheduler.resume(runner.thread, LoopCounters.UNCOUNTED);
        } catch (Throwable thrown) {
            active = null;
            source.runnerFailed(runner.thread, thrown);
        }
    }

    private final class Runner implements Runnable, Carried {
        private Thread thread;
        private boolean turn;
        private boolean waits;

        @Override
        public void run() {
            try {
                do {
                    while (active == this && scheduler.isOnLoopThread() && source.runNext()) {
                        clear();
                    }
                } while (awaitTurn());
            } finally {
                leave();
            }
        }

        /** Takes away what a callback has left on its thread: neither is for the next callback. */
        private void clear() {
            Thread.interrupted();
            if (thread.getUncaughtExceptionHandler() != this) {
                thread.setUncaughtExceptionHandler(this); // the loop knows its runners by this
            }
        }

        /** Parks until the loop has callbacks to run. Returns false if the runner is to end. */
        private boolean awaitTurn() {
            leave();
            if (!scheduler.isOnLoopThread() || closed || idle.size() >= MOST_IDLE) {
                return false;
            }
            turn = false;
            idle.addLast(this);
            while (!turn) {
                LockSupport.park(this);
                Thread.interrupted(); // else the next park would not wait: somebody has kept the thread of a callback
            }
            return true;
        }

        /** The runner has nothing to run, or ends. */
        private void leave() {
            if (!scheduler.isOnLoopThread()) {
                return;
            }
            if (active == this) {
                active = null;
            }
            if (waits) {
                waits = false;
                waiting.remove(this);
                source.callbackEnds();
            }
        }

        @Override
        public Thread thread() {
            return thread;
        }

        @Override
        public Scheduler scheduler() {
            return scheduler;
        }

        /** A callback's own failure does not come here. */
        @Override
        public void uncaughtException(Thread failed, Throwable failure) {
            Log.logger().log(System.Logger.Level.ERROR, "the thread of a callback failed: " + failed, failure);
        }
    }
}
