package io.stepoll;

import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** A watchdog without a thread, and what it reports. */
final class HandWatchdog implements StallHandler {
    static final Duration THRESHOLD = Duration.ofMillis(100);
    private static final long LIMIT_SECONDS = 60;

    final AtomicLong nowNanos = new AtomicLong();
    final BlockingQueue<Stall> stalls = new LinkedBlockingQueue<>();
    final BlockingQueue<Duration> lengths = new LinkedBlockingQueue<>();
    final BlockingQueue<String> lastResort = new LinkedBlockingQueue<>();
    final StallReports reports = new StallReports(this, lastResort::add);
    final Watchdog watchdog = new Watchdog(THRESHOLD, reports, nowNanos::get);

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

    /** Two looks at what holds the loop: the second one, and not the first, reports it. */
    Stall lookTwice() throws InterruptedException {
        look();
        assertNull(stalls.poll());
        look();
        Stall stall = stalls.poll(LIMIT_SECONDS, TimeUnit.SECONDS);
        assertTrue(stall != null, "nothing is reported");
        return stall;
    }

    /** Looks until the end is reported, and there is to be no second report of the stall. */
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
