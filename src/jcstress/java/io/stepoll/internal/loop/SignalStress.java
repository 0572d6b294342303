package io.stepoll.internal.loop;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.stepoll.EventLoop;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZI_Result;

/**
 * A signal comes while its callback runs, or is taken back. The signal of the race is sent by nobody: an actor does
 * what the thread that reads signals does.
 */
public class SignalStress {
    private static final int WINCH = 28;

    private SignalStress() {}

    /** r1: whether the callback was called; r2: whether it is owed the signal; r3: how often it was called. */
    @JCStressTest
    @Outcome(id = "true, false, 1", expect = ACCEPTABLE, desc = "told")
    @Outcome(id = "false, true, 0", expect = ACCEPTABLE, desc = "the signal is to have its former effect")
    @Outcome(expect = FORBIDDEN, desc = "lost, or both")
    @State
    public static class SignalAgainstClose {
        private final MeetingClock clock = new MeetingClock();
        private final AtomicInteger calls = new AtomicInteger();
        private volatile SignalCallback callback;

        @Actor
        public void loop(ZZI_Result result) {
            clock.run(loop -> {
                callback = new SignalCallback(Loop.of(loop), calls::incrementAndGet);
                clock.meetWithin(loop, 3);
                loop.step(false);
                clock.lastPlace();
                callback.close();
                clock.awaitParting();
                MeetingClock.stepUntilDone(loop);
                result.r1 = calls.get() > 0;
                result.r2 = callback.isOwed(0);
                result.r3 = calls.get();
                callback = null;
            });
        }

        @Actor
        public void reader() {
            clock.await();
            callback.received(0);
            clock.part();
        }
    }

    /** After the second signal the callback runs once more, unless it has not begun for the first. */
    @JCStressTest
    @Outcome(id = "true, false, 1", expect = ACCEPTABLE, desc = "one run for both")
    @Outcome(id = "true, false, 2", expect = ACCEPTABLE, desc = "two runs")
    @Outcome(expect = FORBIDDEN, desc = "the second was lost")
    @State
    public static class TwoSignals {
        private final MeetingClock clock = new MeetingClock();
        private volatile int signals;
        private int seen;
        private int calls;
        private volatile SignalCallback callback;

        @Actor
        public void loop(ZZI_Result result) {
            clock.run(loop -> {
                callback = new SignalCallback(Loop.of(loop), () -> {
                    seen = signals;
                    calls++;
                });
                signals = 1;
                callback.received(0);
                clock.meetWithin(loop, 3);
                loop.step(false);
                clock.lastPlace();
                clock.awaitParting();
                MeetingClock.stepUntilDone(loop);
                result.r1 = seen == 2;
                result.r2 = callback.isOwed(0);
                result.r3 = calls;
                callback = null;
            });
        }

        @Actor
        public void reader() {
            clock.await();
            signals = 2;
            callback.received(0);
            clock.part();
        }
    }

    /** A task waits for the signal. r1: whether it got it; r2: whether it is still there; r3: nothing. */
    @JCStressTest
    @Outcome(id = "true, false, 0", expect = ACCEPTABLE, desc = "the task has got it")
    @Outcome(id = "false, true, 0", expect = ACCEPTABLE, desc = "cancelled, and the next wait gets it")
    @Outcome(expect = FORBIDDEN, desc = "lost, or both")
    @State
    public static class SignalAgainstCancel {
        private final MeetingClock clock = new MeetingClock();
        private volatile WatchedSignals watch;

        @Actor
        public void loop(ZZI_Result result) {
            clock.run(loop -> {
                watch = WatchedSignals.unheard(Loop.of(loop), "WINCH");
                boolean[] got = new boolean[1];
                var task = loop.spawn(() -> {
                    got[0] = watch.await("await", EventLoop.NO_DEADLINE) != null;
                });
                loop.step(false);
                clock.meetWithin(loop, 3);
                loop.step(false);
                clock.lastPlace();
                task.cancel();
                clock.awaitParting();
                MeetingClock.stepUntilDone(loop);
                result.r1 = got[0];
                result.r2 = watch.tryAwait() != null;
                watch = null;
            });
        }

        @Actor
        public void reader() {
            clock.await();
            watch.received(WINCH);
            clock.part();
        }
    }
}
