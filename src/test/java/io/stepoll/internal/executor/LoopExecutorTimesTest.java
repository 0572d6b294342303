package io.stepoll.internal.executor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.EventLoop;
import io.stepoll.internal.loop.Loop;
import io.stepoll.internal.loop.LoopBuilder;
import io.stepoll.support.ScriptedClock;
import io.stepoll.support.Seeds;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** When a loop's executor runs scheduled commands, on a virtual clock. */
@Timeout(60)
class LoopExecutorTimesTest {
    private final ScriptedClock clock = new ScriptedClock();
    private final List<String> log = new ArrayList<>();
    private final List<Throwable> failures = new ArrayList<>();
    private EventLoop loop;
    private ScheduledExecutorService executor;

    @BeforeEach
    void open() throws IOException {
        loop = new LoopBuilder().clock(clock).failureHandler((callback, thrown) -> failures.add(thrown)).open();
        executor = loop.asScheduledExecutor();
    }

    @AfterEach
    void close() {
        loop.close();
    }

    private void log(String what) {
        log.add(what + "@" + clock.nanoTime());
    }

    /** Commands run in the order of their deadlines. Of equal deadlines, unlike with timers, the first runs first. */
    @Test
    void earliestFirst() {
        SplittableRandom random = Seeds.random("delays");
        List<Integer> delays = new ArrayList<>();
        List<Integer> expected = new ArrayList<>();
        List<Integer> ran = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            int delay = random.nextInt(1, 50);
            int id = delay * 1000 + i;
            delays.add(delay);
            expected.add(id);
            executor.schedule(() -> ran.add(id), delay, TimeUnit.NANOSECONDS);
        }
        Collections.sort(expected);
        clock.advance(25); // half of the commands become due in one phase
        loop.runUntilDone();
        assertEquals(expected, ran);
    }

    @Test
    void delays() {
        ScheduledFuture<?> later = executor.schedule(() -> log("b"), 20, TimeUnit.NANOSECONDS);
        ScheduledFuture<?> sooner = executor.schedule(() -> log("a"), 10, TimeUnit.NANOSECONDS);
        executor.schedule(() -> log("now"), -5, TimeUnit.DAYS);
        assertEquals(20, later.getDelay(TimeUnit.NANOSECONDS));
        assertTrue(later.compareTo(sooner) > 0 && sooner.compareTo(later) < 0);
        loop.runUntilDone();
        assertEquals(List.of("now@0", "a@10", "b@20"), log);
        assertEquals(-10, sooner.getDelay(TimeUnit.NANOSECONDS));
        ScheduledFuture<?> last = executor.schedule(() -> log("never"), Long.MAX_VALUE, TimeUnit.DAYS);
        assertTrue(last.getDelay(TimeUnit.DAYS) > 100_000);
    }

    /** Late runs are made up for, one a step. The rate stays. */
    @Test
    void fixedRate() {
        int[] runs = new int[1];
        ScheduledFuture<?> rate = executor.scheduleAtFixedRate(() -> {
            log("run");
            if (runs[0]++ == 1) {
                clock.advance(25); // longer than two periods
            }
        }, 5, 10, TimeUnit.NANOSECONDS);
        while (runs[0] < 6) {
            loop.step(true);
        }
        assertEquals(List.of("run@5", "run@15", "run@40", "run@40", "run@45", "run@55"), log);
        assertTrue(rate.cancel(false));
        loop.runUntilDone();
        assertEquals(6, runs[0]);
    }

    @Test
    void fixedDelay() {
        int[] runs = new int[1];
        ScheduledFuture<?>[] delay = new ScheduledFuture<?>[1];
        delay[0] = executor.scheduleWithFixedDelay(() -> {
            log("run");
            clock.advance(25);
            if (++runs[0] == 3) {
                assertTrue(delay[0].cancel(false)); // the command cancels itself
            }
        }, 5, 10, TimeUnit.NANOSECONDS);
        loop.runUntilDone();
        assertEquals(List.of("run@5", "run@40", "run@75"), log);
        assertTrue(delay[0].isCancelled());
        executor.shutdown();
        assertTrue(executor.isTerminated());
    }

    /** The future has the exception. The failure handler gets it, too, because perhaps nobody looks at the future. */
    @Test
    void anExceptionEndsAPeriodicCommand() {
        IllegalStateException thrown = new IllegalStateException("the third");
        int[] runs = new int[1];
        ScheduledFuture<?> rate = executor.scheduleAtFixedRate(() -> {
            if (++runs[0] == 3) {
                throw thrown;
            }
        }, 0, 1, TimeUnit.HOURS);
        loop.runUntilDone();
        assertEquals(3, runs[0]);
        assertTrue(rate.isDone());
        assertFalse(rate.isCancelled());
        assertSame(thrown, assertThrows(ExecutionException.class, rate::get).getCause());
        assertEquals(List.of(thrown), failures);
    }

    /** Cancelled commands leave no timers behind that would keep the loop running, or wake it. */
    @Test
    void aCancelRemovesTheTimer() {
        List<ScheduledFuture<?>> futures = new ArrayList<>();
        loop.step(false); // makes this thread the loop's
        for (int i = 1; i <= 100; i++) {
            futures.add(executor.schedule(() -> log("run"), i, TimeUnit.HOURS));
        }
        futures.forEach(future -> assertTrue(future.cancel(true)));
        assertTrue(Loop.of(loop).timers().isEmpty());
        loop.runUntilDone();
        assertEquals(List.of(), log);
    }

    /** The first of two commands that are due in one phase cancels the second. */
    @Test
    void cancelledWhileDue() {
        ScheduledFuture<?>[] second = new ScheduledFuture<?>[1];
        executor.schedule(() -> second[0].cancel(false), 1, TimeUnit.NANOSECONDS);
        second[0] = executor.schedule(() -> log("second"), 2, TimeUnit.NANOSECONDS);
        clock.advance(5);
        loop.runUntilDone();
        assertEquals(List.of(), log);
        executor.shutdown();
        assertTrue(executor.isTerminated());
    }

    /** A command shuts the executor down. A later command that is to run once still runs. */
    @Test
    void shutdownByACommand() {
        executor.scheduleAtFixedRate(() -> log("rate"), 0, 1, TimeUnit.MINUTES);
        executor.schedule(() -> log("late"), 2, TimeUnit.HOURS);
        executor.schedule(executor::shutdown, 90, TimeUnit.SECONDS);
        loop.runUntilDone();
        assertEquals(List.of("rate@0", "rate@60000000000", "late@7200000000000"), log);
        assertTrue(executor.isTerminated());
    }
}
