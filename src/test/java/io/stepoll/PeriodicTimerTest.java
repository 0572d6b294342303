package io.stepoll;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Callbacks that run again and again, by a virtual clock. */
@Timeout(60)
class PeriodicTimerTest {
    private final VirtualClock clock = new VirtualClock();
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

    private PeriodicTimer every(boolean fixedRate, long delayNanos, long periodNanos, Runnable callback) {
        return fixedRate ? loop.callAtFixedRate(delayNanos, periodNanos, callback)
                : loop.callWithFixedDelay(delayNanos, periodNanos, callback);
    }

    private void runUntil(long timeNanos) {
        loop.callLater(timeNanos - clock.nanoTime(), loop::stop);
        loop.run();
    }

    /** A tick that takes time moves the next ones with a fixed delay, and does not with a fixed rate. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void ticks(boolean fixedRate) {
        PeriodicTimer timer = every(fixedRate, 5, 10, () -> {
            log.add(clock.nanoTime());
            clock.advance(3);
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

    /** Once for all that were missed, which are counted; the next ones come when they would have anyway. */
    @Test
    void fixedRateAfterAStall() {
        PeriodicTimer[] timer = new PeriodicTimer[1];
        timer[0] = loop.callAtFixedRate(10, 10, () -> {
            log.add(clock.nanoTime() + " missed " + timer[0].missed());
            if (clock.nanoTime() == 20) {
                clock.advance(27); // beyond the ticks of 30 and 40
            }
        });
        loop.callLater(55, () -> clock.advance(25)); // to 80: the ticks of 60, 70 and 80 are due
        runUntil(100);
        assertEquals(List.of("10 missed 0", "20 missed 0", "47 missed 1", "50 missed 0", "80 missed 2", "90 missed 0",
                "100 missed 0"), log);
        assertEquals(3, timer[0].missedInAll());
        timer[0].cancel();
    }

    @Test
    void fixedDelayAfterAStallMissesNothing() {
        PeriodicTimer timer = loop.callWithFixedDelay(10, 10, () -> log.add(clock.nanoTime()));
        loop.callLater(15, () -> clock.advance(50));
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
            clock.advance(1);
            if (log.size() == 2) {
                timer[0].reset(100); // counts from the begin of the step
            } else if (log.size() == 4) {
                assertTrue(timer[0].cancel());
                assertFalse(timer[0].isPending());
            }
        });
        loop.runUntilDone();
        assertEquals(fixedRate ? List.of(10L, 20L, 120L, 130L) : List.of(10L, 21L, 121L, 132L), log);
        timer[0].reset(5);
        timer[0].reset(7);
        assertEquals(1, loop.reactor().timers.size());
        log.clear();
        long expected = loop.reactor().nowNanos() + 7;
        loop.step(true);
        loop.step(false);
        assertEquals(List.of(expected), log);
        assertEquals(List.of(), failures);
        timer[0].cancel();
    }

    /** As of any callback; the timer goes on. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void callbackThatThrows(boolean fixedRate) {
        PeriodicTimer timer = every(fixedRate, 10, 10, () -> {
            throw new IllegalStateException("at " + clock.nanoTime());
        });
        runUntil(39);
        assertEquals(List.of("at 10", "at 20", "at 30"), failures);
        assertTrue(timer.isPending());
        timer.cancel();
    }

    /** Each tick is a registration of its own, and of those due in one phase the newest runs first. */
    @Test
    void newestRegistrationFirst() {
        PeriodicTimer first = loop.callAtFixedRate(10, 10, () -> log.add("first"));
        PeriodicTimer second = loop.callAtFixedRate(10, 10, () -> log.add("second"));
        loop.callLater(10, () -> log.add("once"));
        runUntil(15);
        assertEquals(List.of("once", "second", "first"), log);
        log.clear();
        runUntil(25);
        assertEquals(List.of("first", "second"), log, "the first's tick was registered last");
        first.cancel();
        second.cancel();
    }

    /** A tick that is due again by the end of its callback waits for the next step. */
    @Test
    void onceAStep() {
        PeriodicTimer timer = loop.callAtFixedRate(0, 1, () -> {
            log.add(clock.nanoTime());
            clock.advance(5);
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
        Thread.ofPlatform().start(() -> timer[0] = loop.callAtFixedRate(10, 10, callback)).join();
        runUntil(25);
        Thread.ofPlatform().start(timer[0]::cancel).join();
        loop.runUntilDone();
        assertEquals(List.of(10L, 20L), log);
    }

    @Test
    void extremes() {
        assertThrows(IllegalArgumentException.class, () -> loop.callAtFixedRate(0, 0, () -> {}));
        assertThrows(IllegalArgumentException.class, () -> loop.callWithFixedDelay(0, -1, () -> {}));
        assertThrows(NullPointerException.class, () -> loop.callAtFixedRate(0, 1, null));
        PeriodicTimer timer = loop.callAtFixedRate(-5, Long.MAX_VALUE, () -> log.add("never again"));
        loop.step(false);
        clock.advance(1L << 62);
        loop.step(false);
        assertEquals(1, log.size());
        assertTrue(timer.isPending());
        loop.close();
        assertThrows(IllegalStateException.class, () -> loop.callAtFixedRate(0, 1, () -> {}));
        assertFalse(timer.isPending());
    }

    /** Once all is compiled: counted, not timed. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aTickAllocatesNothing(boolean fixedRate) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        int warmUp = 30_000;
        int counted = 30_000;
        long[] allocated = new long[2];
        int[] ticks = new int[1];
        PeriodicTimer timer = every(fixedRate, 10, 10, () -> {
            ticks[0]++;
            if (ticks[0] == warmUp) {
                allocated[0] = threads.getCurrentThreadAllocatedBytes();
            } else if (ticks[0] == warmUp + counted) {
                allocated[1] = threads.getCurrentThreadAllocatedBytes();
                loop.stop();
            }
        });
        loop.run();
        double each = (double) (allocated[1] - allocated[0]) / counted;
        assertTrue(each < 1, () -> each + " bytes a tick");
        timer.cancel();
    }
}
