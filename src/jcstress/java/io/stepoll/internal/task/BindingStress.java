package io.stepoll.internal.task;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.stepoll.internal.task.Collected.Item;
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

/** The begin of a loop's life: its opener queues, and another thread takes it over. */
public class BindingStress {
    private BindingStress() {}

    /** The opener queues a and then A, while the other thread binds and takes what it finds. */
    @JCStressTest
    @Outcome(id = "aA", expect = ACCEPTABLE, desc = "both, in order")
    @Outcome(expect = FORBIDDEN, desc = "lost, doubled, or out of order")
    @State
    public static class OpenerAgainstRunner {
        private final Collected collected = new Collected();
        private volatile Scheduler scheduler;

        @Actor
        public void opener() {
            Scheduler opened = new Scheduler("binding", () -> {}); // whose opener is this thread
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

    /** Once the other thread has bound, the opener leaves the queue to it. How long it was r1: then; r2: at the end. */
    @JCStressTest
    @Outcome(id = {"0, 0", "1, 1"}, expect = ACCEPTABLE, desc = "what comes later is in the inbox")
    @Outcome(expect = FORBIDDEN, desc = "two threads on a queue of one")
    @State
    public static class AddAgainstBind {
        private volatile Scheduler scheduler;

        @Actor
        public void opener() {
            Scheduler opened = new Scheduler("binding", () -> {});
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

    /** What the opener may still do is done before the other thread begins, and seen by it. r1: done; r2: seen. */
    @JCStressTest
    @Outcome(id = "true, 1", expect = ACCEPTABLE, desc = "before")
    @Outcome(id = "false, 0", expect = ACCEPTABLE, desc = "too late, and refused")
    @Outcome(expect = FORBIDDEN, desc = "done while another thread runs the loop")
    @State
    public static class ChangeAgainstBind {
        private final Scheduler scheduler = new Scheduler("binding", () -> {});
        private int changes; // of the loop's own, so it is a plain field

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

    /** Two threads that would run a loop. Neither ends before both have tried, as it might then be taken over. */
    @JCStressTest
    @Outcome(id = {"true, false", "false, true"}, expect = ACCEPTABLE, desc = "one of them")
    @Outcome(expect = FORBIDDEN, desc = "both, or none")
    @State
    public static class TwoRunners {
        private final Scheduler scheduler = new Scheduler("binding", () -> {});
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
