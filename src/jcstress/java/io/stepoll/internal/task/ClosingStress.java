package io.stepoll.internal.task;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/** The end of a loop's life: what comes meanwhile runs once or is refused, and a continuation is never refused. */
public class ClosingStress {
    private ClosingStress() {}

    /** As the closing of a loop does; the other actor may have been its opener. */
    private static void closeAndRunTheRest(Scheduler scheduler) {
        scheduler.bind();
        scheduler.close();
        for (Runnable left = scheduler.leftOver(); left != null; left = scheduler.leftOver()) {
            left.run();
        }
    }

    /** r1: how many submits were taken on; r2: how often the one callback ran. */
    @JCStressTest
    @Outcome(id = {"0, 0", "1, 1", "2, 2"}, expect = ACCEPTABLE, desc = "what was taken on has run")
    @Outcome(expect = FORBIDDEN, desc = "lost, or run though refused")
    @State
    public static class SubmitsAgainstClose {
        private final Scheduler scheduler = new Scheduler("closing", () -> {});
        private final AtomicInteger runs = new AtomicInteger();
        private final Runnable callback = runs::incrementAndGet;

        @Actor
        public void submitter(II_Result result) {
            result.r1 = (scheduler.add(callback) ? 1 : 0) + (scheduler.submit(callback) ? 1 : 0);
        }

        @Actor
        public void closer() {
            closeAndRunTheRest(scheduler);
        }

        @Arbiter
        public void afterwards(II_Result result) {
            result.r2 = runs.get();
        }
    }

    /** r1: how often the continuation ran, by the closer or late. */
    @JCStressTest
    @Outcome(id = "1", expect = ACCEPTABLE, desc = "once")
    @Outcome(expect = FORBIDDEN, desc = "lost, or twice")
    @State
    public static class ContinuationAgainstClose {
        private final Scheduler scheduler = new Scheduler(() -> {}, new LateThreads("late-", Runnable::run));
        private final AtomicInteger runs = new AtomicInteger();

        @Actor
        public void elsewhere() {
            scheduler.execute(runs::incrementAndGet);
        }

        @Actor
        public void closer() {
            closeAndRunTheRest(scheduler);
        }

        @Arbiter
        public void afterwards(I_Result result) {
            result.r1 = runs.get();
        }
    }

    /** Late continuations while no thread can be had: they wait for the next one. How often each of the three ran. */
    @JCStressTest
    @Outcome(id = "1, 1, 1", expect = ACCEPTABLE, desc = "once each")
    @Outcome(expect = FORBIDDEN, desc = "lost, or twice")
    @State
    public static class LateWithoutThreads {
        private final AtomicInteger failures = new AtomicInteger(2);
        private final LateThreads late = new LateThreads("late-", (Executor) this::execute);
        private final AtomicInteger first = new AtomicInteger();
        private final AtomicInteger second = new AtomicInteger();
        private final AtomicInteger third = new AtomicInteger();

        private void execute(Runnable continuation) {
            if (failures.getAndDecrement() > 0) {
                throw new OutOfMemoryError("no thread");
            }
            continuation.run();
        }

        @Actor
        public void one() {
            late.execute(first::incrementAndGet);
        }

        @Actor
        public void other() {
            late.execute(second::incrementAndGet);
        }

        @Arbiter
        public void afterwards(III_Result result) {
            failures.set(0);
            late.execute(third::incrementAndGet);
            result.r1 = first.get();
            result.r2 = second.get();
            result.r3 = third.get();
        }
    }
}
