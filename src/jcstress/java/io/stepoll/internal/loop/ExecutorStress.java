package io.stepoll.internal.loop;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LIZ_Result;

/**
 * A command of the loop's executor waits for a lock, and the other actor cancels the future of the command. In all
 * tests r1 is the state of the future at the end, r2 how often the command ended, and r3 whether the loop has nothing
 * left to do, and a shutdown ends the executor.
 */
public class ExecutorStress {
    private static final int PLACES_OF_STEP = 4; // one of them in the command

    private ExecutorStress() {}

    /** One actor runs the loop, the other has the lock and cancels. */
    public abstract static class Race {
        final MeetingClock clock = new MeetingClock();
        final ForeignLock lock = new ForeignLock.Parking();
        private volatile Future<?> future;
        private int ends; // by the command only

        /** Gives the command to the executor. */
        abstract Future<?> start(ScheduledExecutorService executor, Runnable command);

        void raceAsLoop(LIZ_Result result) {
            clock.run(loop -> {
                lock.awaitHeld();
                loop.step(false);
                ScheduledExecutorService executor = loop.asScheduledExecutor();
                future = start(executor, () -> {
                    clock.place();
                    lock.locked(() -> {});
                    ends++;
                });
                clock.meetWithin(loop, PLACES_OF_STEP);
                loop.step(false);
                clock.awaitParting();
                boolean done = MeetingClock.stepUntilDone(loop);
                executor.shutdown();
                result.r1 = future.state();
                result.r3 = done && executor.isTerminated();
                future = null; // jcstress keeps this object for long
            });
        }

        void cancel() {
            future.cancel(true);
        }

        void cancelThenRelease() {
            lock.hold(() -> {
                clock.await();
                cancel();
            });
            clock.part();
        }

        void releaseThenCancel() {
            lock.hold(clock::await);
            cancel();
            clock.part();
        }

        void judge(LIZ_Result result) {
            result.r2 = ends;
        }
    }

    /** The command cannot end before the cancel. */
    @JCStressTest
    @Outcome(id = "CANCELLED, 0, true", expect = ACCEPTABLE, desc = "before it began")
    @Outcome(id = "CANCELLED, 1, true", expect = ACCEPTABLE, desc = "while it waited")
    @Outcome(expect = FORBIDDEN)
    @State
    public static class CancelAgainstPark extends Race {
        @Override
        Future<?> start(ScheduledExecutorService executor, Runnable command) {
            return executor.submit(command);
        }

        @Actor
        public void loop(LIZ_Result result) {
            raceAsLoop(result);
        }

        @Actor
        public void canceller() {
            cancelThenRelease();
        }

        @Arbiter
        public void afterwards(LIZ_Result result) {
            judge(result);
        }
    }

    /** As {@link CancelAgainstPark}, for a command whose time comes in the step. */
    @JCStressTest
    @Outcome(id = "CANCELLED, 0, true", expect = ACCEPTABLE, desc = "before it began")
    @Outcome(id = "CANCELLED, 1, true", expect = ACCEPTABLE, desc = "while it waited")
    @Outcome(expect = FORBIDDEN)
    @State
    public static class CancelScheduledAgainstPark extends Race {
        @Override
        Future<?> start(ScheduledExecutorService executor, Runnable command) {
            return executor.schedule(command, 0, TimeUnit.SECONDS);
        }

        @Actor
        public void loop(LIZ_Result result) {
            raceAsLoop(result);
        }

        @Actor
        public void canceller() {
            cancelThenRelease();
        }

        @Arbiter
        public void afterwards(LIZ_Result result) {
            judge(result);
        }
    }

    /** As {@link CancelAgainstPark}, for a command that would run again. */
    @JCStressTest
    @Outcome(id = "CANCELLED, 0, true", expect = ACCEPTABLE, desc = "before it began")
    @Outcome(id = "CANCELLED, 1, true", expect = ACCEPTABLE, desc = "while it waited")
    @Outcome(expect = FORBIDDEN)
    @State
    public static class CancelPeriodicAgainstPark extends Race {
        @Override
        Future<?> start(ScheduledExecutorService executor, Runnable command) {
            return executor.scheduleAtFixedRate(command, 0, 1, TimeUnit.SECONDS);
        }

        @Actor
        public void loop(LIZ_Result result) {
            raceAsLoop(result);
        }

        @Actor
        public void canceller() {
            cancelThenRelease();
        }

        @Arbiter
        public void afterwards(LIZ_Result result) {
            judge(result);
        }
    }

    /** The command goes on, and may end, while the other actor cancels. */
    @JCStressTest
    @Outcome(id = "CANCELLED, 0, true", expect = ACCEPTABLE, desc = "before it began")
    @Outcome(id = "CANCELLED, 1, true", expect = ACCEPTABLE, desc = "before it ended")
    @Outcome(id = "SUCCESS, 1, true", expect = ACCEPTABLE, desc = "too late")
    @Outcome(expect = FORBIDDEN)
    @State
    public static class CancelAgainstEnd extends Race {
        @Override
        Future<?> start(ScheduledExecutorService executor, Runnable command) {
            return executor.submit(command);
        }

        @Actor
        public void loop(LIZ_Result result) {
            raceAsLoop(result);
        }

        @Actor
        public void canceller() {
            releaseThenCancel();
        }

        @Arbiter
        public void afterwards(LIZ_Result result) {
            judge(result);
        }
    }

    /** As {@link CancelAgainstEnd}, for a command whose time comes in the step. */
    @JCStressTest
    @Outcome(id = "CANCELLED, 0, true", expect = ACCEPTABLE, desc = "before it began")
    @Outcome(id = "CANCELLED, 1, true", expect = ACCEPTABLE, desc = "before it ended")
    @Outcome(id = "SUCCESS, 1, true", expect = ACCEPTABLE, desc = "too late")
    @Outcome(expect = FORBIDDEN)
    @State
    public static class CancelScheduledAgainstEnd extends Race {
        @Override
        Future<?> start(ScheduledExecutorService executor, Runnable command) {
            return executor.schedule(command, 0, TimeUnit.SECONDS);
        }

        @Actor
        public void loop(LIZ_Result result) {
            raceAsLoop(result);
        }

        @Actor
        public void canceller() {
            releaseThenCancel();
        }

        @Arbiter
        public void afterwards(LIZ_Result result) {
            judge(result);
        }
    }

    /** The command goes on, and its future goes back into the queue, while the other actor cancels. */
    @JCStressTest
    @Outcome(id = "CANCELLED, 0, true", expect = ACCEPTABLE, desc = "before it began")
    @Outcome(id = "CANCELLED, 1, true", expect = ACCEPTABLE, desc = "while it ran, or later")
    @Outcome(expect = FORBIDDEN)
    @State
    public static class CancelPeriodicAgainstEnd extends Race {
        @Override
        Future<?> start(ScheduledExecutorService executor, Runnable command) {
            return executor.scheduleAtFixedRate(command, 0, 1, TimeUnit.SECONDS);
        }

        @Actor
        public void loop(LIZ_Result result) {
            raceAsLoop(result);
        }

        @Actor
        public void canceller() {
            releaseThenCancel();
        }

        @Arbiter
        public void afterwards(LIZ_Result result) {
            judge(result);
        }
    }
}
