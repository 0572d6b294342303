package io.stepoll;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.stepoll.net.StreamSocket;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.LockSupport;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LIZ_Result;

/**
 * A task that the loop begins, resumes or ends while another thread cancels or unparks it. In all of them r1 is the
 * task's state at the end, r2 how often its body got to where it would return, and r3 whether the loop has
 * nothing left to do.
 */
public class TaskStress {
    private static final long FAR_NANOS = 1_000_000_000;
    private static final int PLACES_OF_STEP = 3;
    private static final long LONGEST_END_NANOS = 10_000_000_000L;

    private TaskStress() {}

    /** One actor is the loop; what the other does to the task is the test's. */
    public abstract static class Race {
        final MeetingClock clock = new MeetingClock();
        int returns; // by the task only
        private volatile Task<Void> task;

        /** What the task does. */
        abstract void body(EventLoop loop) throws Exception;

        /** What the other thread does to it. */
        abstract void disturb(Task<Void> disturbed);

        /** Brings the loop to just before the step in which the two meet: by then the task waits. */
        void prepare(EventLoop loop) {
            do {
                loop.step(false);
            } while (task.thread().getState() != Thread.State.WAITING); // it may be blocked, on a monitor of the JDK's
        }

        /** In the step in which the two meet the body's wait, if it has one, is over. */
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
                result.r3 = stepUntilDone(loop);
                result.r1 = task.state();
                result.r2 = returns;
                task = null;
            });
        }

        /** The task and its canceller may have met at a monitor of the JDK's; then it comes back when that lets it. */
        private static boolean stepUntilDone(EventLoop loop) {
            long begin = System.nanoTime();
            while (!loop.step(false).done()) {
                if (System.nanoTime() - begin > LONGEST_END_NANOS) {
                    return false;
                }
            }
            return true;
        }

        void raceAsOther() {
            clock.await();
            disturb(task);
            clock.part();
        }
    }

    /** A cancel before the start never runs the body, one after the end does nothing. */
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
        void prepare(EventLoop loop) {} // it has not begun

        @Actor
        public void loop(LIZ_Result result) {
            raceAsLoop(result);
        }

        @Actor
        public void canceller() {
            raceAsOther();
        }
    }

    /** The interrupt finds the task before it waits, as it parks, or parked: it never waits on. */
    @JCStressTest
    @Outcome(id = "CANCELLED, 0, true", expect = ACCEPTABLE, desc = "as asked")
    @Outcome(expect = FORBIDDEN)
    @State
    public static class CancelAgainstPark extends Race {
        @Override
        void body(EventLoop loop) throws InterruptedException {
            loop.sleep(FAR_NANOS);
        }

        @Override
        void disturb(Task<Void> disturbed) {
            disturbed.cancel();
        }

        @Override
        void prepare(EventLoop loop) {} // it parks in the step of the meeting

        @Actor
        public void loop(LIZ_Result result) {
            raceAsLoop(result);
        }

        @Actor
        public void canceller() {
            raceAsOther();
        }
    }

    /** The wait ends by its time, in the timer phase, and by the interrupt: by one of them. */
    @JCStressTest
    @Outcome(id = "SUCCEEDED, 1, true", expect = ACCEPTABLE, desc = "too late")
    @Outcome(id = "CANCELLED, 0, true", expect = ACCEPTABLE, desc = "in time")
    @Outcome(expect = FORBIDDEN)
    @State
    public static class CancelAgainstTimer extends Race {
        @Override
        void body(EventLoop loop) throws InterruptedException {
            loop.sleep(FAR_NANOS);
        }

        @Override
        void disturb(Task<Void> disturbed) {
            disturbed.cancel();
        }

        @Override
        void endWait() {
            clock.advance(FAR_NANOS);
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

    /** A stranger's unpark while the timer phase resumes the task in place: it goes on once. */
    @JCStressTest
    @Outcome(id = "SUCCEEDED, 1, true", expect = ACCEPTABLE, desc = "once")
    @Outcome(expect = FORBIDDEN)
    @State
    public static class UnparkAgainstTimer extends Race {
        @Override
        void body(EventLoop loop) throws InterruptedException {
            loop.sleep(FAR_NANOS);
        }

        @Override
        void disturb(Task<Void> disturbed) {
            LockSupport.unpark(disturbed.thread());
        }

        @Override
        void endWait() {
            clock.advance(FAR_NANOS);
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

    /** A wait that is not the loop's: whoever sets the flag unparks the task, and it does not stay parked. */
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
        void prepare(EventLoop loop) {} // it parks in the step of the meeting

        @Actor
        public void loop(LIZ_Result result) {
            raceAsLoop(result);
        }

        @Actor
        public void unparker() {
            raceAsOther();
        }
    }

    /** The wait ends by a byte, in the wake phase, and by the interrupt: by one of them. */
    @JCStressTest
    @Outcome(id = "SUCCEEDED, 1, true", expect = ACCEPTABLE, desc = "too late")
    @Outcome(id = "CANCELLED, 0, true", expect = ACCEPTABLE, desc = "in time")
    @Outcome(expect = FORBIDDEN)
    @State
    public static class CancelAgainstReadiness extends Race {
        private static final int MSG_DONTWAIT = 0x40;

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
            StreamSocket far = pair[1];
            try {
                far.descriptor().loop().send(far.descriptor(), ByteBuffer.allocate(1), MSG_DONTWAIT);
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
}
