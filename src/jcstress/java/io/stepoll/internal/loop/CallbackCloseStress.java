package io.stepoll.internal.loop;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.stepoll.EventLoop;
import io.stepoll.Task;
import java.time.Duration;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LIZ_Result;

/**
 * The loop closes while a callback waits for a lock, and the other actor releases the lock. The callback ends on the
 * loop's thread, at the latest in the close, or after the close on a late thread. In all tests r1 is where the callback
 * got the lock, r2 how often it ended, and r3 whether its runner has ended.
 */
public class CallbackCloseStress {
    private static final Duration FAR = Duration.ofSeconds(1);
    private static final int PLACES_OF_STEP_AND_CLOSE = 6;
    private static final Duration LONGEST_END = Duration.ofSeconds(10);

    private CallbackCloseStress() {}

    /** One actor closes the loop, the other releases the lock. */
    public abstract static class Race {
        private final MeetingClock clock = new MeetingClock();
        private final ForeignLock lock;
        private Thread runner; // this field and the others belong to the callback; they are read after its runner's end
        private String locked = "interrupted";
        private int ends;

        Race(ForeignLock lock) {
            this.lock = lock;
        }

        void raceAsLoop() {
            clock.run(loop -> {
                lock.awaitHeld();
                loop.callSoon(() -> {
                    runner = Thread.currentThread();
                    lock.locked(() -> locked = loop.isCurrent() ? "on the loop" : "later");
                    ends++;
                });
                Task<Void> task = loop.spawn(() -> {
                    try {
                        loop.sleep(FAR);
                    } finally {
                        clock.place(); // the close has cancelled the task, and interrupted the callback
                    }
                });
                do {
                    loop.step(false);
                } while (!waits(loop) || task.thread().getState() != Thread.State.WAITING);
                clock.meetWithin(loop, PLACES_OF_STEP_AND_CLOSE);
                loop.step(false);
                loop.callSoon(clock::place);
                loop.close();
                clock.lastPlace();
                clock.awaitParting();
            });
        }

        private static boolean waits(EventLoop loop) {
            return Loop.of(loop).reactor().runners().waiting() == 1;
        }

        void raceAsOwner() {
            lock.hold(clock::await);
            clock.part();
        }

        void judge(LIZ_Result result) {
            try {
                result.r3 = runner.join(LONGEST_END);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            result.r1 = locked;
            result.r2 = ends;
            runner = null; // jcstress keeps this object for long
        }
    }

    /** An interrupt does not end this wait. */
    @JCStressTest
    @Outcome(id = "on the loop, 1, true", expect = ACCEPTABLE, desc = "before the close, or in it")
    @Outcome(id = "later, 1, true", expect = ACCEPTABLE, desc = "on a late thread")
    @Outcome(expect = FORBIDDEN)
    @State
    public static class CloseAgainstRelease extends Race {
        public CloseAgainstRelease() {
            super(new ForeignLock.Parking());
        }

        @Actor
        public void loop() {
            raceAsLoop();
        }

        @Actor
        public void owner() {
            raceAsOwner();
        }

        @Arbiter
        public void afterwards(LIZ_Result result) {
            judge(result);
        }
    }

    /** The close interrupts this wait. */
    @JCStressTest
    @Outcome(id = "on the loop, 1, true", expect = ACCEPTABLE, desc = "released first")
    @Outcome(id = "interrupted, 1, true", expect = ACCEPTABLE, desc = "interrupted first")
    @Outcome(expect = FORBIDDEN)
    @State
    public static class InterruptAgainstRelease extends Race {
        public InterruptAgainstRelease() {
            super(new ForeignLock.Interruptible());
        }

        @Actor
        public void loop() {
            raceAsLoop();
        }

        @Actor
        public void owner() {
            raceAsOwner();
        }

        @Arbiter
        public void afterwards(LIZ_Result result) {
            judge(result);
        }
    }

    /** The callback waits for a monitor, which a thread of the JDK hands over. */
    @JCStressTest
    @Outcome(id = "on the loop, 1, true", expect = ACCEPTABLE, desc = "before the close, or in it")
    @Outcome(id = "later, 1, true", expect = ACCEPTABLE, desc = "on a late thread")
    @Outcome(expect = FORBIDDEN)
    @State
    public static class CloseAgainstMonitorRelease extends Race {
        public CloseAgainstMonitorRelease() {
            super(new ForeignLock.Blocking());
        }

        @Actor
        public void loop() {
            raceAsLoop();
        }

        @Actor
        public void owner() {
            raceAsOwner();
        }

        @Arbiter
        public void afterwards(LIZ_Result result) {
            judge(result);
        }
    }
}
