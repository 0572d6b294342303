package io.stepoll.internal.sched;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.stepoll.internal.sched.Collected.Item;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.L_Result;
import org.openjdk.jcstress.infra.results.ZI_Result;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** The begin of a loop's life: the opener queues callbacks, and another thread takes the loop over. */
public class BindingStress {
    private BindingStress() {}

    /** The opener queues a and then A. The other thread binds the scheduler and takes the queued callbacks. */
    @JCStressTest
    @Outcome(id = "aA", expect = ACCEPTABLE, desc = "both, in order")
    @Outcome(expect = FORBIDDEN, desc = "lost, doubled, or out of order")
    @State
    public static class OpenerAgainstRunner {
        private final Collected collected = new Collected();
        private volatile Scheduler scheduler;

        @Actor
        public void opener() {
            Scheduler opened = Schedulers.open();
            scheduler = opened;
            opened.add(new Item('a'));
            opened.add(new Item('A'));
        }

        @Actor
        public void runner() {
            while (scheduler == null) {
                Thread.onSpinWait();
            }
            scheduler.bind();
            collected.take(scheduler);
        }

        @Arbiter
        public void afterwards(L_Result result) {
            collected.take(scheduler);
            result.r1 = collected.names();
        }
    }

    /** The opener must not touch the run queue once the other thread has bound. r1: its length then; r2: at the end. */
    @JCStressTest
    @Outcome(id = {"0, 0", "1, 1"}, expect = ACCEPTABLE, desc = "later callbacks are in the inbox")
    @Outcome(expect = FORBIDDEN, desc = "two threads on the run queue of one")
    @State
    public static class AddAgainstBind {
        private volatile Scheduler scheduler;

        @Actor
        public void opener() {
            Scheduler opened = Schedulers.open();
            scheduler = opened;
            opened.add(new Item('a'));
        }

        @Actor
        public void runner(II_Result result) {
            while (scheduler == null) {
                Thread.onSpinWait();
            }
            scheduler.bind();
            result.r1 = scheduler.queued();
        }

        @Arbiter
        public void afterwards(II_Result result) {
            result.r2 = scheduler.queued();
        }
    }

    /** The opener's change is made before the bind, and the other thread sees it; or is refused. r1: made; r2: seen. */
    @JCStressTest
    @Outcome(id = "true, 1", expect = ACCEPTABLE, desc = "before")
    @Outcome(id = "false, 0", expect = ACCEPTABLE, desc = "too late, and refused")
    @Outcome(expect = FORBIDDEN, desc = "changed while another thread runs the loop")
    @State
    public static class ChangeAgainstBind {
        private final Scheduler scheduler = Schedulers.open();
        private int changes; // a plain field, as the loop's own are

        @Actor
        public void opener(ZI_Result result) {
            result.r1 = scheduler.beforeBinding(() -> changes++);
        }

        @Actor
        public void runner(ZI_Result result) {
            scheduler.bind();
            result.r2 = changes;
        }
    }

    /** Two threads try to run one loop. Neither ends before both have tried: a dead thread's loop can be taken over. */
    @JCStressTest
    @Outcome(id = {"true, false", "false, true"}, expect = ACCEPTABLE, desc = "one of them")
    @Outcome(expect = FORBIDDEN, desc = "both, or none")
    @State
    public static class TwoRunners {
        private final Scheduler scheduler = Schedulers.open();
        private final AtomicInteger tried = new AtomicInteger();

        private boolean bind() {
            boolean bound = scheduler.bind();
            tried.incrementAndGet();
            while (tried.get() < 2) {
                Thread.onSpinWait();
            }
            return bound;
        }

        @Actor
        public void first(ZZ_Result result) {
            result.r1 = bind();
        }

        @Actor
        public void second(ZZ_Result result) {
            result.r2 = bind();
        }
    }
}
