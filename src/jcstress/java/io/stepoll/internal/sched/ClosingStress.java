package io.stepoll.internal.sched;

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

/** The end of a loop's life. A callback that comes meanwhile runs once or is refused. A continuation always runs. */
public class ClosingStress {
    private ClosingStress() {}

    /** Does what the close of a loop does, also where the other actor has opened the scheduler. */
    private static void closeAndRunTheRest(Scheduler scheduler) {
        scheduler.bind();
        scheduler.close();
        while (scheduler.hasWork()) {
            scheduler.drainInbox();
            for (Runnable left = scheduler.next(); left != null; left = scheduler.next()) {
                left.run();
            }
        }
    }

    /** r1: how many submits were accepted; r2: how often their callback ran. */
    @JCStressTest
    @Outcome(id = {"0, 0", "1, 1", "2, 2"}, expect = ACCEPTABLE, desc = "accepted callbacks have run")
    @Outcome(expect = FORBIDDEN, desc = "lost, or run though refused")
    @State
    public static class SubmitsAgainstClose {
        private final Scheduler scheduler = Schedulers.open();
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

    /** r1: how often the continuation ran, by the closer or after the close. */
    @JCStressTest
    @Outcome(id = "1", expect = ACCEPTABLE, desc = "once")
    @Outcome(expect = FORBIDDEN, desc = "lost, or twice")
    @State
    public static class ContinuationAgainstClose {
        private final Scheduler scheduler = Schedulers.open(new LateThreads("late-", Runnable::run));
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

    /** Late continuations wait while no thread can be had, until the next one comes. r1 to r3: how often each ran. */
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
