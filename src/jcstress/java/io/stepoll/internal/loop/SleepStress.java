package io.stepoll.internal.loop;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.stepoll.internal.poll.Poller;
import java.time.Duration;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LI_Result;
import org.openjdk.jcstress.infra.results.L_Result;

/** A whole loop takes its last look at the inbox and goes to sleep, while another thread submits or stops it. */
public class SleepStress {
    private static final Duration FAR = Duration.ofSeconds(1);
    private static final int PLACES_TO_SLEEP = 2;
    private static final int PLACES_OF_STEP = 3;

    private SleepStress() {}

    /** r1: how the loop noticed the callback; r2: how often the callback ran. */
    @JCStressTest
    @Outcome(id = "queued, 1", expect = ACCEPTABLE, desc = "in time for the phase of queued callbacks")
    @Outcome(id = "seen, 1", expect = ACCEPTABLE, desc = "at the last look")
    @Outcome(id = "woken, 1", expect = ACCEPTABLE, desc = "by the eventfd")
    @Outcome(expect = FORBIDDEN, desc = "a lost wake-up, or a double run")
    @State
    public static class CallSoonAgainstSleep {
        private final MeetingClock clock = new MeetingClock();
        private int runs; // by the loop only

        @Actor
        public void loop(LI_Result result) {
            clock.run(loop -> {
                loop.callLater(FAR, () -> {});
                loop.step(false);
                clock.meetWithin(loop, PLACES_TO_SLEEP);
                loop.step(true);
                result.r1 = runs != 0 ? "queued" : clock.hasOverslept() ? "lost" : clock.wasAsleep() ? "woken" : "seen";
                clock.awaitParting();
                loop.step(false);
                loop.step(false);
                result.r2 = runs;
            });
        }

        @Actor
        public void submitter() {
            clock.await().callSoon(() -> runs++);
            clock.part();
        }
    }

    /** r1: how the loop noticed the stop. */
    @JCStressTest
    @Outcome(id = "seen", expect = ACCEPTABLE, desc = "before it slept")
    @Outcome(id = "woken", expect = ACCEPTABLE, desc = "by the eventfd")
    @Outcome(expect = FORBIDDEN, desc = "a lost wake-up")
    @State
    public static class StopAgainstSleep {
        private final MeetingClock clock = new MeetingClock();

        @Actor
        public void loop(L_Result result) {
            clock.run(loop -> {
                loop.callLater(FAR, loop::stop);
                loop.step(false);
                clock.meetWithin(loop, PLACES_TO_SLEEP);
                loop.run();
                result.r1 = clock.hasOverslept() ? "lost" : clock.wasAsleep() ? "woken" : "seen";
                clock.awaitParting();
            });
        }

        @Actor
        public void stopper() {
            clock.await().stop();
            clock.part();
        }
    }

    /** A program that embeds the loop asks after a step how long to sleep. r1: how it noticed the callback. */
    @JCStressTest
    @Outcome(id = "ran", expect = ACCEPTABLE, desc = "in the step")
    @Outcome(id = "timeout", expect = ACCEPTABLE, desc = "by a timeout of 0")
    @Outcome(id = "readable", expect = ACCEPTABLE, desc = "by the descriptor")
    @Outcome(expect = FORBIDDEN, desc = "a lost wake-up")
    @State
    public static class CallSoonAgainstEmbedder {
        private final MeetingClock clock = new MeetingClock();
        private int runs; // by the loop only

        @Actor
        public void loop(L_Result result) {
            clock.run(loop -> {
                loop.step(false);
                clock.meetWithin(loop, PLACES_OF_STEP);
                loop.step(false);
                long timeoutNanos = loop.timeoutNanos();
                clock.awaitParting();
                Poller poller = Loop.of(loop).poller();
                long before = poller.dispatched();
                poller.poll(0);
                boolean readable = poller.dispatched() > before;
                result.r1 = runs != 0 ? "ran" : timeoutNanos == 0 ? "timeout" : readable ? "readable" : "lost";
            });
        }

        @Actor
        public void submitter() {
            clock.await().callSoon(() -> runs++);
            clock.part();
        }
    }
}
