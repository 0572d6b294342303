package io.stepoll.internal.reactor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.stepoll.EventLoop;
import io.stepoll.LoopClosedException;
import io.stepoll.PeriodicTimer;
import io.stepoll.VirtualClock;
import io.stepoll.internal.loop.Loop;
import io.stepoll.support.AllocatedBytes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Callbacks that run again and again, on a virtual clock. Times and delays are in nanoseconds. */
@Timeout(60)
class PeriodicTimerTest {
    private static final int TICKS = 1000;
    private static final int ROUNDS = 50;

    private final VirtualClock clock = VirtualClock.create();
    private final List<String> failures = new ArrayList<>();
    private final List<Object> log = new ArrayList<>();
    private EventLoop loop;

    @BeforeEach
    void open() throws Exception {
        loop = EventLoop.builder().clock(clock)
                .failureHandler((callback, failure) -> failures.add(failure.getMessage())).open();
    }

    @AfterEach
    void close() {
        loop.close();
    }

    private PeriodicTimer every(boolean fixedRate, long delay, long period, Runnable callback) {
        return fixedRate ? atFixedRate(delay, period, callback) : withFixedDelay(delay, period, callback);
    }

    private PeriodicTimer atFixedRate(long delay, long period, Runnable callback) {
        return loop.callAtFixedRate(Duration.ofNanos(delay), Duration.ofNanos(period), callback);
    }

    private PeriodicTimer withFixedDelay(long delay, long period, Runnable callback) {
        return loop.callWithFixedDelay(Duration.ofNanos(delay), Duration.ofNanos(period), callback);
    }

    private void callLater(long delay, Runnable callback) {
        loop.callLater(Duration.ofNanos(delay), callback);
    }

    private void advance(long time) {
        clock.advance(Duration.ofNanos(time));
    }

    private void runUntil(long time) {
        callLater(time - clock.nanoTime(), loop::stop);
        loop.run();
    }

    /** A tick that takes time moves the later ticks with a fixed delay. With a fixed rate it does not. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void ticks(boolean fixedRate) {
        PeriodicTimer timer = every(fixedRate, 5, 10, () -> {
            log.add(clock.nanoTime());
            advance(3);
        });
        assertTrue(timer.isPending());
        runUntil(50);
        assertEquals(fixedRate ? List.of(5L, 15L, 25L, 35L, 45L) : List.of(5L, 18L, 31L, 44L), log);
        assertEquals(0, timer.missedInAll());
        assertTrue(timer.isPending());
        assertTrue(timer.cancel());
        assertFalse(timer.cancel());
        loop.runUntilDone();
        assertEquals(fixedRate ? 5 : 4, log.size());
    }

    /** The callback runs once for all missed ticks, and the timer counts them. The later ticks keep their times. */
    @Test
    void fixedRateAfterAStall() {
        PeriodicTimer[] timer = new PeriodicTimer[1];
        timer[0] = atFixedRate(10, 10, () -> {
            log.add(clock.nanoTime() + " missed " + timer[0].missed());
            if (clock.nanoTime() == 20) {
                advance(27); // past the ticks at 30 and 40
            }
        });
        callLater(55, () -> advance(25)); // to 80: the ticks at 60, 70 and 80 are due
        runUntil(100);
        assertEquals(List.of("10 missed 0", "20 missed 0", "47 missed 1", "50 missed 0", "80 missed 2", "90 missed 0",
                "100 missed 0"), log);
        assertEquals(3, timer[0].missedInAll());
        timer[0].cancel();
    }

    @Test
    void fixedDelayAfterAStallMissesNothing() {
        PeriodicTimer timer = withFixedDelay(10, 10, () -> log.add(clock.nanoTime()));
        callLater(15, () -> advance(50));
        runUntil(90);
        assertEquals(List.of(10L, 65L, 75L, 85L), log);
        assertEquals(0, timer.missedInAll());
        timer.cancel();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void cancelAndResetWithinTheCallback(boolean fixedRate) {
        PeriodicTimer[] timer = new PeriodicTimer[1];
        timer[0] = every(fixedRate, 10, 10, () -> {
            log.add(clock.nanoTime());
            assertTrue(timer[0].isPending());
            advance(1);
            if (log.size() == 2) {
                timer[0].reset(Duration.ofNanos(100)); // counts from the begin of the step
            } else if (log.size() == 4) {
                assertTrue(timer[0].cancel());
                assertFalse(timer[0].isPending());
            }
        });
        loop.runUntilDone();
        assertEquals(fixedRate ? List.of(10L, 20L, 120L, 130L) : List.of(10L, 21L, 121L, 132L), log);
        timer[0].reset(Duration.ofNanos(5));
        timer[0].reset(Duration.ofNanos(7));
        assertEquals(1, Loop.of(loop).timers().size());
        log.clear();
        long expected = Loop.of(loop).reactor().nowNanos() + 7;
        loop.step(true);
        loop.step(false);
        assertEquals(List.of(expected), log);
        assertEquals(List.of(), failures);
        timer[0].cancel();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aTimerGoesOnAfterItsCallbackHasThrown(boolean fixedRate) {
        PeriodicTimer timer = every(fixedRate, 10, 10, () -> {
            throw new IllegalStateException("at " + clock.nanoTime());
        });
        runUntil(39);
        assertEquals(List.of("at 10", "at 20", "at 30"), failures);
        assertTrue(timer.isPending());
        timer.cancel();
    }

    /** Each tick is a registration of its own. Of the ticks due in one phase the newest registration runs first. */
    @Test
    void newestRegistrationFirst() {
        PeriodicTimer first = atFixedRate(10, 10, () -> log.add("first"));
        PeriodicTimer second = atFixedRate(10, 10, () -> log.add("second"));
        callLater(10, () -> log.add("once"));
        runUntil(15);
        assertEquals(List.of("once", "second", "first"), log);
        log.clear();
        runUntil(25);
        assertEquals(List.of("first", "second"), log, "the tick of the first timer was registered last");
        first.cancel();
        second.cancel();
    }

    /** The next tick is due by the end of the callback already. It waits for the next step. */
    @Test
    void aTimerRunsOnceAStep() {
        PeriodicTimer timer = atFixedRate(0, 1, () -> {
            log.add(clock.nanoTime());
            advance(5);
        });
        loop.step(false);
        assertEquals(List.of(0L), log);
        loop.step(false);
        assertEquals(List.of(0L, 5L), log);
        timer.cancel();
    }

    @Test
    void fromAnotherThread() throws Exception {
        PeriodicTimer[] timer = new PeriodicTimer[1];
        loop.step(false);
        Runnable callback = () -> log.add(clock.nanoTime());
        Thread.ofPlatform().start(() -> timer[0] = atFixedRate(10, 10, callback)).join();
        runUntil(25);
        Thread.ofPlatform().start(timer[0]::cancel).join();
        loop.runUntilDone();
        assertEquals(List.of(10L, 20L), log);
    }

    @Test
    void extremes() {
        Runnable callback = () -> {};
        assertThrows(IllegalArgumentException.class, () -> atFixedRate(0, 0, callback));
        assertThrows(IllegalArgumentException.class, () -> withFixedDelay(0, -1, callback));
        assertThrows(NullPointerException.class, () -> atFixedRate(0, 1, null));
        assertThrows(NullPointerException.class, () -> loop.callAtFixedRate(null, Duration.ofNanos(1), callback));
        assertThrows(NullPointerException.class, () -> loop.callWithFixedDelay(Duration.ZERO, null, callback));
        PeriodicTimer timer = atFixedRate(-5, Long.MAX_VALUE, () -> log.add("never again"));
        loop.step(false);
        advance(1L << 62);
        loop.step(false);
        assertEquals(1, log.size());
        assertTrue(timer.isPending());
        loop.close();
        assertThrows(LoopClosedException.class, () -> atFixedRate(0, 1, callback));
        assertFalse(timer.isPending());
    }

    /** On the machine's clock, as a virtual one allocates when its time moves. The best of several rounds counts. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aTickAllocatesNothing(boolean fixedRate) throws Exception {
        loop.close();
        loop = EventLoop.open();
        AllocatedBytes allocated = new AllocatedBytes();
        int[] ticks = new int[1];
        long[] before = {allocated.now()};
        double[] least = {Double.MAX_VALUE}; // bytes of a tick
        every(fixedRate, 10, 10, () -> {
            if (++ticks[0] % TICKS == 0) {
                long now = allocated.now();
                least[0] = Math.min(least[0], (double) (now - before[0]) / TICKS);
                before[0] = now;
                if (least[0] < 1 || ticks[0] == ROUNDS * TICKS) {
                    loop.stop();
                }
            }
        });
        loop.run();
        assertTrue(least[0] < 1, () -> least[0] + " bytes a tick");
    }
}
