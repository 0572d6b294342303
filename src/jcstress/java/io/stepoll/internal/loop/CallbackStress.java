package io.stepoll.internal.loop;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.stepoll.EventLoop;
import io.stepoll.Timer;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LIZ_Result;
import org.openjdk.jcstress.infra.results.LI_Result;
import org.openjdk.jcstress.infra.results.LZ_Result;

/** A callback waits, and its runner parks, while another thread ends the wait or submits something. */
public class CallbackStress {
    private static final Duration FAR = Duration.ofSeconds(1);
    private static final int PLACES_OF_STEP = 4; // one of them in the callback

    private CallbackStress() {}

    /**
     * One callback waits until the other actor lets it go on. In all tests of this kind r1 is when the callback ended,
     * r2 how often, and r3 whether the loop has nothing left to do.
     */
    public abstract static class Race {
        final MeetingClock clock = new MeetingClock();
        int ends; // by callbacks only
        private int neighbours;

        /** Runs steps before the one in which the two meet. */
        void prepare(EventLoop loop) {}

        /** What the callback does after it has passed a place of its own. */
        abstract void callback();

        void raceAsLoop(LIZ_Result result) {
            clock.run(loop -> {
                prepare(loop);
                loop.callSoon(() -> {
                    clock.place();
                    callback();
                    ends++;
                });
                loop.callSoon(() -> neighbours++);
                clock.meetWithin(loop, PLACES_OF_STEP);
                loop.step(false);
                result.r1 = neighbours != 1 ? "its neighbour waits, too" : ends == 0 ? "later" : "at once";
                clock.awaitParting();
                result.r3 = MeetingClock.stepUntilDone(loop);
            });
        }
    }

    /** The owner of the lock unparks the runner: before it parks, while it parks, or after that. */
    @JCStressTest
    @Outcome(id = "at once, 1, true", expect = ACCEPTABLE, desc = "the lock was free in time")
    @Outcome(id = "later, 1, true", expect = ACCEPTABLE, desc = "in a later step")
    @Outcome(expect = FORBIDDEN)
    @State
    public static class ReleaseAgainstPark extends Race {
        private final ForeignLock lock = new ForeignLock.Parking();

        @Override
        void prepare(EventLoop loop) {
            lock.awaitHeld();
        }

        @Override
        void callback() {
            lock.locked(() -> {});
        }

        @Actor
        public void loop(LIZ_Result result) {
            raceAsLoop(result);
        }

        @Actor
        public void owner() {
            lock.hold(clock::await);
            clock.part();
        }

        @Arbiter
        public void afterwards(LIZ_Result result) {
            result.r2 = ends;
        }
    }

    /** The owner of the monitor leaves it, and a thread of the JDK resumes the runner. */
    @JCStressTest
    @Outcome(id = "at once, 1, true", expect = ACCEPTABLE, desc = "the monitor was free in time")
    @Outcome(id = "later, 1, true", expect = ACCEPTABLE, desc = "in a later step")
    @Outcome(expect = FORBIDDEN)
    @State
    public static class ReleaseAgainstBlock extends Race {
        private final ForeignLock monitor = new ForeignLock.Blocking();

        @Override
        void prepare(EventLoop loop) {
            monitor.awaitHeld();
        }

        @Override
        void callback() {
            monitor.locked(() -> {});
        }

        @Actor
        public void loop(LIZ_Result result) {
            raceAsLoop(result);
        }

        @Actor
        public void owner() {
            monitor.hold(clock::await);
            clock.part();
        }

        @Arbiter
        public void afterwards(LIZ_Result result) {
            result.r2 = ends;
        }
    }

    /** The other actor sets a flag and unparks the runner twice. The second time may find it idle. */
    @JCStressTest
    @Outcome(id = "at once, 1, true", expect = ACCEPTABLE, desc = "the flag was set in time")
    @Outcome(id = "later, 1, true", expect = ACCEPTABLE, desc = "in a later step")
    @Outcome(expect = FORBIDDEN)
    @State
    public static class UnparksAgainstPark extends Race {
        private volatile boolean flag;
        private volatile Thread runner;

        @Override
        void callback() {
            runner = Thread.currentThread();
            while (!flag) {
                LockSupport.park(this);
            }
        }

        @Actor
        public void loop(LIZ_Result result) {
            raceAsLoop(result);
        }

        @Actor
        public void unparker() {
            clock.await();
            flag = true;
            LockSupport.unpark(runner); // null does nothing: then the callback sees the flag
            LockSupport.unpark(runner);
            clock.part();
        }

        @Arbiter
        public void afterwards(LIZ_Result result) {
            result.r2 = ends;
            runner = null;
        }
    }

    /** A foreign thread unparks an idle runner while the loop gives it a callback. Another one may take its place. */
    @JCStressTest
    @Outcome(id = "at once, 1, true", expect = ACCEPTABLE, desc = "by the runner")
    @Outcome(id = "by another, 1, true", expect = ACCEPTABLE, desc = "in its place, at once, too")
    @Outcome(expect = FORBIDDEN)
    @State
    public static class UnparkAgainstTurn extends Race {
        private volatile Thread runner;
        private boolean byAnother; // by the callback only

        @Override
        void prepare(EventLoop loop) {
            loop.callSoon(() -> runner = Thread.currentThread());
            loop.step(false);
        }

        @Override
        void callback() {
            byAnother = Thread.currentThread() != runner;
        }

        @Actor
        public void loop(LIZ_Result result) {
            raceAsLoop(result);
            if (byAnother && result.r1.equals("at once")) {
                result.r1 = "by another";
            }
        }

        @Actor
        public void unparker() {
            clock.await();
            LockSupport.unpark(runner);
            clock.part();
        }

        @Arbiter
        public void afterwards(LIZ_Result result) {
            result.r2 = ends;
            runner = null;
        }
    }

    /** The loop goes to sleep while its only callback waits for the lock. r1: how it noticed the release; r2: ends. */
    @JCStressTest
    @Outcome(id = "seen, 1", expect = ACCEPTABLE, desc = "before it slept")
    @Outcome(id = "woken, 1", expect = ACCEPTABLE, desc = "by the eventfd")
    @Outcome(expect = FORBIDDEN, desc = "a lost wake-up")
    @State
    public static class ReleaseAgainstSleep {
        private final MeetingClock clock = new MeetingClock();
        private final ForeignLock lock = new ForeignLock.Parking();
        private int ends; // by the callback only

        @Actor
        public void loop(LI_Result result) {
            clock.run(loop -> {
                lock.awaitHeld();
                loop.callLater(FAR, loop::stop);
                loop.step(false);
                loop.callSoon(() -> {
                    clock.place();
                    lock.locked(loop::stop);
                    ends++;
                });
                clock.meetWithin(loop, PLACES_OF_STEP);
                loop.run();
                result.r1 = clock.hasOverslept() ? "lost" : clock.wasAsleep() ? "woken" : "seen";
                clock.awaitParting();
            });
        }

        @Actor
        public void owner() {
            lock.hold(clock::await);
            clock.part();
        }

        @Arbiter
        public void afterwards(LI_Result result) {
            result.r2 = ends;
        }
    }

    /**
     * Two callbacks wait at one time. In all tests of this kind r1 is the names of the callbacks in the order of their
     * ends, and r2 whether the loop has nothing left to do.
     */
    public abstract static class TwoWait {
        final MeetingClock clock = new MeetingClock();
        private final StringBuilder ended = new StringBuilder(); // by callbacks only

        void raceAsLoop(LZ_Result result, ForeignLock lockOfA, ForeignLock lockOfB) {
            clock.run(loop -> {
                lockOfA.awaitHeld();
                lockOfB.awaitHeld();
                loop.callSoon(() -> take(lockOfA, 'A'));
                loop.callSoon(() -> take(lockOfB, 'B'));
                clock.meetWithin(loop, PLACES_OF_STEP + 1);
                loop.step(false);
                clock.awaitParting();
                result.r2 = MeetingClock.stepUntilDone(loop);
            });
        }

        private void take(ForeignLock lock, char name) {
            clock.place();
            lock.locked(() -> {});
            ended.append(name);
        }

        void judge(LZ_Result result) {
            result.r1 = ended.toString();
        }
    }

    /** Each waits for a lock of its own. The other actor releases the locks in either order. */
    @JCStressTest
    @Outcome(id = {"AB, true", "BA, true"}, expect = ACCEPTABLE, desc = "both")
    @Outcome(expect = FORBIDDEN)
    @State
    public static class TwoReleases extends TwoWait {
        private final ForeignLock lockOfA = new ForeignLock.Parking();
        private final ForeignLock lockOfB = new ForeignLock.Parking();

        @Actor
        public void loop(LZ_Result result) {
            raceAsLoop(result, lockOfA, lockOfB);
        }

        @Actor
        public void owner() {
            boolean releasesA = ThreadLocalRandom.current().nextBoolean(); // before B
            ForeignLock last = releasesA ? lockOfB : lockOfA;
            ForeignLock first = releasesA ? lockOfA : lockOfB;
            last.hold(() -> first.hold(clock::await));
            clock.part();
        }

        @Arbiter
        public void afterwards(LZ_Result result) {
            judge(result);
        }
    }

    /** Each waits for a monitor of its own. The other actor leaves the monitors in either order. */
    @JCStressTest
    @Outcome(id = {"AB, true", "BA, true"}, expect = ACCEPTABLE, desc = "both")
    @Outcome(expect = FORBIDDEN)
    @State
    public static class TwoMonitorReleases extends TwoWait {
        private final ForeignLock monitorOfA = new ForeignLock.Blocking();
        private final ForeignLock monitorOfB = new ForeignLock.Blocking();

        @Actor
        public void loop(LZ_Result result) {
            raceAsLoop(result, monitorOfA, monitorOfB);
        }

        @Actor
        public void owner() {
            boolean releasesA = ThreadLocalRandom.current().nextBoolean(); // before B
            ForeignLock last = releasesA ? monitorOfB : monitorOfA;
            ForeignLock first = releasesA ? monitorOfA : monitorOfB;
            last.hold(() -> first.hold(clock::await));
            clock.part();
        }

        @Arbiter
        public void afterwards(LZ_Result result) {
            judge(result);
        }
    }

    /** Both wait for one lock. The callback that gets it hands it on. */
    @JCStressTest
    @Outcome(id = {"AB, true", "BA, true"}, expect = ACCEPTABLE, desc = "both")
    @Outcome(expect = FORBIDDEN)
    @State
    public static class OneRelease extends TwoWait {
        private final ForeignLock lock = new ForeignLock.Parking();

        @Actor
        public void loop(LZ_Result result) {
            raceAsLoop(result, lock, lock);
        }

        @Actor
        public void owner() {
            lock.hold(clock::await);
            clock.part();
        }

        @Arbiter
        public void afterwards(LZ_Result result) {
            judge(result);
        }
    }

    /**
     * A callback does something to its loop, and the other actor submits a callback of its own. In all tests of this
     * kind r1 shows what ran, in its order: c for the callback, s for the submitted one, t for a task that the callback
     * has spawned, and a dot for the end of the run. r2 is whether the loop has nothing left to do.
     */
    public abstract static class Submit {
        private final MeetingClock clock = new MeetingClock();
        final StringBuilder ran = new StringBuilder(); // on the loop's thread only

        /** What the callback does after it has passed a place of its own. */
        abstract void callback(EventLoop loop);

        void raceAsLoop(LZ_Result result) {
            clock.run(loop -> {
                Timer end = loop.callLater(FAR, loop::stop);
                loop.step(false);
                loop.callSoon(() -> {
                    clock.place();
                    ran.append('c');
                    callback(loop);
                });
                clock.meetWithin(loop, PLACES_OF_STEP);
                loop.run();
                ran.append('.');
                end.cancel();
                clock.awaitParting();
                result.r2 = MeetingClock.stepUntilDone(loop);
            });
        }

        void raceAsOther() {
            clock.await().callSoon(() -> ran.append('s'));
            clock.part();
        }

        void judge(LZ_Result result) {
            result.r1 = ran.toString();
        }
    }

    /** The callback stops the loop. What comes too late for the run runs in the next one. */
    @JCStressTest
    @Outcome(id = "cs., true", expect = ACCEPTABLE, desc = "submitted in time")
    @Outcome(id = "c.s, true", expect = ACCEPTABLE, desc = "submitted later")
    @Outcome(expect = FORBIDDEN, desc = "lost, doubled, or not stopped")
    @State
    public static class StopBesideSubmit extends Submit {
        @Override
        void callback(EventLoop loop) {
            loop.stop();
        }

        @Actor
        public void loop(LZ_Result result) {
            raceAsLoop(result);
        }

        @Actor
        public void submitter() {
            raceAsOther();
        }

        @Arbiter
        public void afterwards(LZ_Result result) {
            judge(result);
        }
    }

    /** The callback spawns a task, which stops the loop. */
    @JCStressTest
    @Outcome(id = {"cst., true", "cts., true"}, expect = ACCEPTABLE, desc = "submitted in time")
    @Outcome(id = "ct.s, true", expect = ACCEPTABLE, desc = "submitted later")
    @Outcome(expect = FORBIDDEN, desc = "lost, doubled, or not stopped")
    @State
    public static class SpawnBesideSubmit extends Submit {
        @Override
        void callback(EventLoop loop) {
            loop.spawn(() -> {
                ran.append('t');
                loop.stop();
            });
        }

        @Actor
        public void loop(LZ_Result result) {
            raceAsLoop(result);
        }

        @Actor
        public void submitter() {
            raceAsOther();
        }

        @Arbiter
        public void afterwards(LZ_Result result) {
            judge(result);
        }
    }

    /** The callback tries to close the loop, which is refused within a step, and stops it. */
    @JCStressTest
    @Outcome(id = "cs., true", expect = ACCEPTABLE, desc = "submitted in time")
    @Outcome(id = "c.s, true", expect = ACCEPTABLE, desc = "submitted later")
    @Outcome(expect = FORBIDDEN, desc = "lost, doubled, or closed")
    @State
    public static class CloseBesideSubmit extends Submit {
        @Override
        void callback(EventLoop loop) {
            try {
                loop.close();
                ran.append("closed");
            } catch (IllegalStateException e) {
                loop.stop();
            }
        }

        @Actor
        public void loop(LZ_Result result) {
            raceAsLoop(result);
        }

        @Actor
        public void submitter() {
            raceAsOther();
        }

        @Arbiter
        public void afterwards(LZ_Result result) {
            judge(result);
        }
    }
}
