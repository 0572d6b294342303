package io.stepoll.internal.sched;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What no loop brings about. */
@Timeout(60)
class CallbackRunnersTest {
    /** A phase with one callback. */
    private static final class OneCallback implements CallbackRunners.Source {
        private final List<Throwable> failures = new ArrayList<>();

        @Override
        public boolean runNext() {
            throw new AssertionError("no runner can run");
        }

        @Override
        public void callbackWaits() {
            throw new AssertionError("no callback has begun");
        }

        @Override
        public void callbackEnds() {
            throw new AssertionError("no callback has begun");
        }

        @Override
        public void runnerFailed(Thread runner, Throwable thrown) {
            failures.add(thrown);
        }
    }

    /** The JDK runs no continuation on a virtual thread. So here an error comes out of the resume. */
    @Test
    void anErrorOutOfAResumeIsReportedAndEndsNoPhase() throws Exception {
        OneCallback source = new OneCallback();
        List<Throwable> thrown = new ArrayList<>();
        Thread loop = Thread.ofVirtual().unstarted(() -> {
            Scheduler scheduler = new Scheduler(1, () -> {}, new LateThreads("late-"));
            CallbackRunners runners = new CallbackRunners(scheduler, source, false);
            scheduler.bind();
            runners.run();
            assertEquals(0, runners.waiting());
        });
        loop.setUncaughtExceptionHandler((thread, failure) -> thrown.add(failure));
        loop.start();
        loop.join();
        assertEquals(List.of(), thrown);
        assertEquals(1, source.failures.size());
        assertInstanceOf(WrongThreadException.class, source.failures.getFirst());
    }
}
