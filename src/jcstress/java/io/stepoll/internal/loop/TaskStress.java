package io.stepoll.internal.loop;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.stepoll.EventLoop;
import io.stepoll.Task;
import io.stepoll.net.StreamSocket;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LIZ_Result;

/**
 * The loop starts, resumes or ends a task while another thread cancels or unparks the task. In all tests r1 is the
 * state of the task at the end, r2 how often its body got to its end, and r3 whether the loop has nothing left to do.
 */
public class TaskStress {
    private static final Duration FAR = Duration.ofSeconds(1);
    private static final int PLACES_OF_STEP = 3;
    private static final int SHIELDS = 3;

    private TaskStress() {}

    /** One actor runs the loop, the other disturbs the task. */
    public abstract static class Race {
        final MeetingClock clock = new MeetingClock();
        int returns; // by the task only
        private volatile Task<Void> task;

        /** What the task does. */
        abstract void body(EventLoop loop) throws Exception;

        /** What the other thread does to the task. */
        abstract void disturb(Task<Void> disturbed);

        /** Steps until the task waits. The next step is the one in which the two meet. */
        void prepare(EventLoop loop) {
            do {
                loop.step(false);
            } while (task.thread().getState() != Thread.State.WAITING); // a monitor of the JDK may block the task first
        }

        /** Lets the step in which the two meet end the task's wait, if the task waits by then. */
        void endWait() {}

        void raceAsLoop(LIZ_Result result) {
            clock.run(loop -> {
                task = loop.spawn(() -> {
                    body(loop);
                    returns++;
                });
                prepare(loop);
                endWait();
                clock.meetWithin(loop, PLACES_OF_STEP);
                loop.step(false);
                clock.awaitParting();
                result.r3 = MeetingClock.stepUntilDone(loop);
                result.r1 = task.state();
                result.r2 = returns;
                task = null;
            });
        }

        void raceAsOther() {
            clock.await();
            disturb(task);
            clock.part();
        }
    }

    /** After a cancel before the start the body never runs. A cancel after the end does nothing. */
    @JCStressTest
    @Outcome(id = "SUCCEEDED, 1, true", expect = ACCEPTABLE, desc = "too late")
    @Outcome(id = "CANCELLED, 0, true", expect = ACCEPTABLE, desc = "in time")
    @Outcome(expect = FORBIDDEN)
    @State
    public static class CancelAgainstStart extends Race {
        @Override
        void body(EventLoop loop) {}

        @Override
        void disturb(Task<Void> disturbed) {
            disturbed.cancel();
        }

        @Override
        void prepare(EventLoop loop) {} // the body begins in the step of the meeting

        @Actor
        public void loop(LIZ_Result result) {
            raceAsLoop(result);
        }

        @Actor
        public void canceller() {
            raceAsOther();
        }
    }

    /** The interrupt comes before the task parks, while it parks, or after that. The task never goes on waiting. */
    @JCStressTest
    @Outcome(id = "CANCELLED, 0, true", expect = ACCEPTABLE, desc = "cancelled")
    @Outcome(expect = FORBIDDEN)
    @State
    public static class CancelAgainstPark extends Race {
        @Override
        void body(EventLoop loop) throws InterruptedException {
            loop.sleep(FAR);
        }

        @Override
        void disturb(Task<Void> disturbed) {
            disturbed.cancel();
        }

        @Override
        void prepare(EventLoop loop) {} // the task parks in the step of the meeting

        @Actor
        public void loop(LIZ_Result result) {
            raceAsLoop(result);
        }

        @Actor
        public void canceller() {
            raceAsOther();
        }
    }

    /** Either the deadline, in the timers phase, or the interrupt ends the wait. */
    @JCStressTest
    @Outcome(id = "SUCCEEDED, 1, true", expect = ACCEPTABLE, desc = "too late")
    @Outcome(id = "CANCELLED, 0, true", expect = ACCEPTABLE, desc = "in time")
    @Outcome(expect = FORBIDDEN)
    @State
    public static class CancelAgainstTimer extends Race {
        @Override
        void body(EventLoop loop) throws InterruptedException {
            loop.sleep(FAR);
        }

        @Override
        void disturb(Task<Void> disturbed) {
            disturbed.cancel();
        }

        @Override
        void endWait() {
            clock.advance(FAR.toNanos());
        }

        @Actor
        public void loop(LIZ_Result result) {
            raceAsLoop(result);
        }

        @Actor
        public void canceller() {
            raceAsOther();
        }
    }

    /** A foreign thread unparks the task while the timers phase resumes it in place. The task goes on once. */
    @JCStressTest
    @Outcome(id = "SUCCEEDED, 1, true", expect = ACCEPTABLE, desc = "once")
    @Outcome(expect = FORBIDDEN)
    @State
    public static class UnparkAgainstTimer extends Race {
        @Override
        void body(EventLoop loop) throws InterruptedException {
            loop.sleep(FAR);
        }

        @Override
        void disturb(Task<Void> disturbed) {
            LockSupport.unpark(disturbed.thread());
        }

        @Override
        void endWait() {
            clock.advance(FAR.toNanos());
        }

        @Actor
        public void loop(LIZ_Result result) {
            raceAsLoop(result);
        }

        @Actor
        public void unparker() {
            raceAsOther();
        }
    }

    /** The task parks itself. The other thread sets a flag and unparks the task, which does not stay parked. */
    @JCStressTest
    @Outcome(id = "SUCCEEDED, 1, true", expect = ACCEPTABLE, desc = "once")
    @Outcome(expect = FORBIDDEN)
    @State
    public static class UnparkAgainstPark extends Race {
        private volatile boolean flag;

        @Override
        void body(EventLoop loop) {
            while (!flag) {
                LockSupport.park(this);
            }
        }

        @Override
        void disturb(Task<Void> disturbed) {
            flag = true;
            LockSupport.unpark(disturbed.thread());
        }

        @Override
        void prepare(EventLoop loop) {} // the task parks in the step of the meeting

        @Actor
        public void loop(LIZ_Result result) {
            raceAsLoop(result);
        }

        @Actor
        public void unparker() {
            raceAsOther();
        }
    }

    /** Either a byte, in the wake phase, or the interrupt ends the wait. */
    @JCStressTest
    @Outcome(id = "SUCCEEDED, 1, true", expect = ACCEPTABLE, desc = "too late")
    @Outcome(id = "CANCELLED, 0, true", expect = ACCEPTABLE, desc = "in time")
    @Outcome(expect = FORBIDDEN)
    @State
    public static class CancelAgainstReadiness extends Race {
        private StreamSocket[] pair;

        @Override
        void body(EventLoop loop) throws IOException {
            pair = StreamSocket.pair(loop); // closed with the loop
            if (pair[0].read(ByteBuffer.allocate(1)) != 1) {
                throw new IOException("no byte");
            }
        }

        @Override
        void disturb(Task<Void> disturbed) {
            disturbed.cancel();
        }

        @Override
        void endWait() {
            try {
                if (pair[1].tryWrite(ByteBuffer.allocate(1)) != 1) {
                    throw new IOException("no room for a byte");
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Actor
        public void loop(LIZ_Result result) {
            raceAsLoop(result);
        }

        @Actor
        public void canceller() {
            raceAsOther();
        }
    }

    /**
     * A cancel meets the begin or the end of a shield: the code in it is never interrupted, and the cancel gets
     * through.
     */
    @JCStressTest
    @Outcome(id = "CANCELLED, 0, true", expect = ACCEPTABLE, desc = "cancelled behind the shields")
    @Outcome(expect = FORBIDDEN, desc = "lost, or within a shield")
    @State
    public static class CancelAgainstShield extends Race {
        @Override
        void body(EventLoop loop) throws Exception {
            for (int i = 0; i < SHIELDS; i++) {
                loop.shielded(() -> {
                    clock.place();
                    if (Thread.currentThread().isInterrupted()) {
                        throw new IllegalStateException("interrupted within the shield");
                    }
                });
                clock.place();
            }
            loop.sleep(FAR);
        }

        @Override
        void disturb(Task<Void> disturbed) {
            disturbed.cancel();
        }

        @Override
        void prepare(EventLoop loop) {} // the body begins in the step of the meeting

        @Actor
        public void loop(LIZ_Result result) {
            raceAsLoop(result);
        }

        @Actor
        public void canceller() {
            raceAsOther();
        }
    }
}
