package io.stepoll.internal.poll;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.concurrent.ConcurrentLinkedQueue;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/** {@link Wakeup} alone: threads submit while the loop goes to sleep, or while it closes. */
public class WakeupStress {
    private static final int NO_DESCRIPTOR = -1;

    private WakeupStress() {}

    /** A wake-up without an eventfd, which records the writes. */
    static final class Watched extends Wakeup {
        private volatile boolean closed;
        private volatile boolean writtenAfterClose;

        Watched() {
            super(NO_DESCRIPTOR);
        }

        @Override
        void writeEventfd() {
            if (closed) {
                writtenAfterClose = true;
            }
        }

        @Override
        void closeEventfd() {
            closed = true;
        }
    }

    /** The loop goes to sleep. r1: whether its last look at the inbox saw the item; r2: writes to the eventfd. */
    @JCStressTest
    @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "seen in time")
    @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "woken")
    @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "both")
    @Outcome(expect = FORBIDDEN, desc = "a lost wake-up")
    @State
    public static class SubmitAgainstLastLook {
        private final Watched wakeup = new Watched();
        private final ConcurrentLinkedQueue<Object> inbox = new ConcurrentLinkedQueue<>();

        public SubmitAgainstLastLook() {
            wakeup.awake();
        }

        @Actor
        public void loop(II_Result result) {
            wakeup.sleeping();
            result.r1 = inbox.isEmpty() ? 0 : 1;
        }

        @Actor
        public void submitter() {
            inbox.add(this);
            wakeup.wake();
        }

        @Arbiter
        public void afterwards(II_Result result) {
            result.r2 = (int) wakeup.writes();
        }
    }

    /** The loop wakes, drains its inbox and sleeps again. The release in awake() is enough. Results as above. */
    @JCStressTest
    @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "seen in time")
    @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "woken")
    @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "both")
    @Outcome(expect = FORBIDDEN, desc = "a lost wake-up")
    @State
    public static class SubmitAgainstTurn {
        private final Watched wakeup = new Watched();
        private final ConcurrentLinkedQueue<Object> inbox = new ConcurrentLinkedQueue<>();

        @Actor
        public void loop(II_Result result) {
            wakeup.awake();
            boolean drained = inbox.poll() != null;
            wakeup.sleeping();
            result.r1 = drained || !inbox.isEmpty() ? 1 : 0;
        }

        @Actor
        public void submitter() {
            inbox.add(this);
            wakeup.wake();
        }

        @Arbiter
        public void afterwards(II_Result result) {
            result.r2 = (int) wakeup.writes();
        }
    }

    /** Two threads wake a loop that sleeps. r1: writes to the eventfd. */
    @JCStressTest
    @Outcome(id = "1", expect = ACCEPTABLE, desc = "one write is enough")
    @Outcome(expect = FORBIDDEN, desc = "a lost wake-up, or a second one")
    @State
    public static class TwoWakers {
        private final Watched wakeup = new Watched();

        @Actor
        public void first() {
            wakeup.wake();
        }

        @Actor
        public void second() {
            wakeup.wake();
        }

        @Arbiter
        public void afterwards(I_Result result) {
            result.r1 = (int) wakeup.writes();
        }
    }

    /** Nobody writes to a closed eventfd, whose number may be another's. r1: 1 if somebody did; r2: all writes. */
    @JCStressTest
    @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "closed first")
    @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "written first")
    @Outcome(expect = FORBIDDEN, desc = "written after it was closed")
    @State
    public static class WakeAgainstClose {
        private final Watched wakeup = new Watched();

        @Actor
        public void closer() {
            wakeup.close();
        }

        @Actor
        public void waker() {
            wakeup.wake();
        }

        @Arbiter
        public void afterwards(II_Result result) {
            result.r1 = wakeup.writtenAfterClose ? 1 : 0;
            result.r2 = (int) wakeup.writes();
        }
    }
}
