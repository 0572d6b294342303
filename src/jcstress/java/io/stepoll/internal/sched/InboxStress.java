package io.stepoll.internal.sched;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.stepoll.internal.sched.Collected.Item;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.L_Result;

/** The inbox of a {@link Scheduler}. Each callback comes once, and the callbacks of one thread come in order. */
public class InboxStress {
    private InboxStress() {}

    /** One thread submits a and then A, the other b and then B. */
    @JCStressTest
    @Outcome(id = {"aAbB", "abAB", "abBA", "baAB", "baBA", "bBaA"}, expect = ACCEPTABLE, desc = "each in its order")
    @Outcome(expect = FORBIDDEN, desc = "lost, doubled, or out of order")
    @State
    public static class TwoSubmitters {
        private final Scheduler scheduler = Schedulers.open();

        @Actor
        public void first() {
            scheduler.submit(new Item('a'));
            scheduler.submit(new Item('A'));
        }

        @Actor
        public void second() {
            scheduler.submit(new Item('b'));
            scheduler.submit(new Item('B'));
        }

        @Arbiter
        public void afterwards(L_Result result) {
            Collected collected = new Collected();
            collected.take(scheduler);
            result.r1 = collected.names();
        }
    }

    /** The loop takes the queued callbacks twice meanwhile, and the rest at the end. */
    @JCStressTest
    @Outcome(id = "aA", expect = ACCEPTABLE, desc = "both, in order")
    @Outcome(expect = FORBIDDEN, desc = "lost, doubled, or out of order")
    @State
    public static class SubmitAgainstDrain {
        private final Scheduler scheduler = Schedulers.open();
        private final Collected collected = new Collected();

        @Actor
        public void submitter() {
            scheduler.submit(new Item('a'));
            scheduler.submit(new Item('A'));
        }

        @Actor
        public void loop() {
            collected.take(scheduler);
            collected.take(scheduler);
        }

        @Arbiter
        public void afterwards(L_Result result) {
            collected.take(scheduler);
            result.r1 = collected.names();
        }
    }
}
