package io.stepoll.internal.sched;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.stepoll.internal.sys.VirtualThreads;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IIZ_Result;

/** {@link CallbackRunners} alone, at the end of a loop's life. */
public class RunnerStress {
    private static final Duration LONGEST_END = Duration.ofSeconds(10);

    private RunnerStress() {}

    private static void pause(int longest) {
        for (int n = ThreadLocalRandom.current().nextInt(longest); n > 0; n--) {
            Thread.onSpinWait();
        }
    }

    /**
     * The scheduler is closed, and the last callbacks run. The first of them waits for a lock. The other actor releases
     * the lock, and the runner goes on at once, on the thread of the other actor. r1: how often the first callback
     * ended; r2: how many others ran on the loop's thread; r3: whether all runners have ended.
     */
    @JCStressTest
    @Outcome(id = "1, 3, true", expect = ACCEPTABLE, desc = "each where it belongs")
    @Outcome(expect = FORBIDDEN, desc = "lost, doubled, or on the wrong thread")
    @State
    public static class ReleaseAgainstLastPhase implements CallbackRunners.Source {
        private static final int CALLBACKS = 4;
        private static final int LONGEST_PAUSE_OF_LOOP = 128; // in spins
        private static final int LONGEST_PAUSE_OF_OWNER = 512;

        private final Scheduler scheduler = Schedulers.open(new LateThreads("late-", Runnable::run));
        private final ReentrantLock lock = new ReentrantLock();
        private final AtomicInteger firstEnds = new AtomicInteger();
        private final AtomicInteger othersOnLoop = new AtomicInteger();
        private final Thread[] used = new Thread[CALLBACKS];
        private volatile boolean held;
        private volatile boolean closed;
        private int begun; // for the loop's thread

        @Override
        public boolean runNext() {
            if (begun == CALLBACKS) {
                return false;
            }
            int number = begun++;
            used[number] = Thread.currentThread();
            if (number == 0) {
                lock.lock();
                lock.unlock();
                firstEnds.incrementAndGet();
            } else if (VirtualThreads.loopOfThread() == Schedulers.ID) {
                othersOnLoop.incrementAndGet();
            }
            return true;
        }

        @Override
        public void callbackWaits() {}

        @Override
        public void callbackEnds() {}

        @Override
        public void runnerFailed(Thread runner, Throwable thrown) {
            throw new IllegalStateException("cannot resume " + runner, thrown);
        }

        @Actor
        public void loop() {
            CallbackRunners runners = new CallbackRunners(scheduler, this, false);
            scheduler.bind();
            long entered = scheduler.enter();
            while (!held) {
                Thread.onSpinWait();
            }
            scheduler.close();
            closed = true;
            pause(LONGEST_PAUSE_OF_LOOP);
            while (begun < CALLBACKS) {
                runners.run();
            }
            runners.close();
            scheduler.leave(entered);
        }

        @Actor
        public void owner() {
            lock.lock();
            held = true;
            while (!closed) {
                Thread.onSpinWait();
            }
            pause(LONGEST_PAUSE_OF_OWNER);
            lock.unlock();
        }

        @Arbiter
        public void afterwards(IIZ_Result result) {
            result.r1 = firstEnds.get();
            result.r2 = othersOnLoop.get();
            result.r3 = true;
            for (int number = 0; number < CALLBACKS; number++) {
                result.r3 &= hasEnded(used[number]);
                used[number] = null; // jcstress keeps this object for long
            }
        }

        private static boolean hasEnded(Thread runner) {
            try {
                return runner != null && runner.join(LONGEST_END);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
