package io.stepoll.watchdog;

import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** A watchdog that looks only when the test calls, and its reports. */
final class HandWatchdog implements StallHandler {
    static final Duration THRESHOLD = Duration.ofMillis(100);
    private static final long LIMIT_SECONDS = 60;

    final AtomicLong nowNanos = new AtomicLong();
    final BlockingQueue<Stall> stalls = new LinkedBlockingQueue<>();
    final BlockingQueue<Duration> lengths = new LinkedBlockingQueue<>();
    final BlockingQueue<String> lastResort = new LinkedBlockingQueue<>();
    volatile boolean withoutMemory;
    final StallReports reports = new StallReports(this, lastResort::add, new Reporter());
    final Watchdog watchdog = new Watchdog(THRESHOLD, reports, nowNanos::get);

    /** The thread of the reports, as long as there is memory for a report. */
    private final class Reporter extends ThreadPoolExecutor {
        Reporter() {
            super(0, 1, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), Thread.ofPlatform().daemon().factory());
        }

        @Override
        public void execute(Runnable report) {
            if (withoutMemory) {
                throw new OutOfMemoryError("a test's");
            }
            super.execute(report);
        }
    }

    @Override
    public void stalled(Stall stall) {
        stalls.add(stall);
    }

    @Override
    public void ended(Stall stall, Duration length) {
        lengths.add(length);
    }

    void look() {
        nowNanos.addAndGet(THRESHOLD.toNanos());
        watchdog.look();
    }

    /** Looks twice at a loop that is held. Only the second look must report the stall. */
    Stall lookTwice() throws InterruptedException {
        look();
        assertNull(stalls.poll());
        look();
        Stall stall = stalls.poll(LIMIT_SECONDS, TimeUnit.SECONDS);
        assertTrue(stall != null, "nothing is reported");
        return stall;
    }

    /** Looks until the end of the stall is reported. The stall itself must not be reported a second time. */
    Duration lookUntilEnded() throws InterruptedException {
        Duration length = null;
        while (length == null) {
            look();
            length = lengths.poll(10, TimeUnit.MILLISECONDS);
        }
        assertNull(stalls.poll());
        return length;
    }
}
