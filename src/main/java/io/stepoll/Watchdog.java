package io.stepoll;

import java.time.Duration;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Looks from a thread of its own whether loops get on, and reports a callback or a task that holds its loop, with the
 * stack of the culprit: blocked, computing for too long, or waiting for a lock that a task of the same loop holds. A
 * loop that sleeps or spins while nothing is ready is well, however long it does.
 *
 * <p>It looks once in each threshold. What holds a loop is reported at the second look that sees it, so after one to
 * two thresholds; and when it is over, once more.
 *
 * <p><b>Pinned waits.</b> A task that waits under a native frame, or in a class initializer, cannot be unmounted, and
 * waits on the loop's own thread. Of such a wait the watchdog makes an end: one for a time or a descriptor throws an
 * {@link IllegalStateException} that says so; any other is interrupted, and the exception that the task ends with has
 * that one suppressed in it. A monitor is not given up for an interrupt, and only reported.
 *
 * <p>All methods may be called from any thread. What a loop pays is a store for each callback and task that it runs.
 */
public final class Watchdog implements AutoCloseable {
    private final long thresholdNanos;
    private final LongSupplier clock;
    private final StallReports reports;
    private final Queue<WatchedLoop> loops = new ConcurrentLinkedQueue<>();
    private final CountDownLatch closed = new CountDownLatch(1);

    /** Without a thread: who makes it looks, by {@link #look}. */
    Watchdog(Duration threshold, StallReports reports, LongSupplier clock) {
        thresholdNanos = TimeUnit.NANOSECONDS.convert(threshold);
        if (thresholdNanos <= 0) {
            throw new IllegalArgumentException("the threshold of a watchdog is more than 0, not " + threshold);
        }
        this.reports = reports;
        this.clock = clock;
    }

    /**
     * Starts a watchdog that logs what it finds, at level WARNING, by the {@link System.Logger} {@code io.stepoll}.
     *
     * @param threshold how long a callback or a task may hold its loop
     * @return the watchdog
     * @throws IllegalArgumentException if the threshold is not more than 0
     */
    public static Watchdog start(Duration threshold) {
        return start(threshold, StallReports.LOG);
    }

    /**
     * Starts a watchdog that tells a handler what it finds. If that has not returned by the next look the report goes
     * to standard error as well.
     *
     * @param threshold how long a callback or a task may hold its loop
     * @param handler who is told
     * @return the watchdog
     * @throws IllegalArgumentException as there
     */
    public static Watchdog start(Duration threshold, StallHandler handler) {
        Objects.requireNonNull(handler, "handler");
        Watchdog watchdog = new Watchdog(threshold, new StallReports(handler, StallReports::toStandardError),
                System::nanoTime);
        Thread.ofPlatform().daemon().name("stepoll-watchdog").start(watchdog::run);
        return watchdog;
    }

    /**
     * Watches a loop, until that is closed.
     *
     * @param loop the loop
     * @return this
     */
    public Watchdog watch(EventLoop loop) {
        loops.add(new WatchedLoop(loop.reactor(), clock.getAsLong()));
        return this;
    }

    /**
     * Watches the loops of a group.
     *
     * @param group the group
     * @return this
     */
    public Watchdog watch(LoopGroup group) {
        group.loops().forEach(this::watch);
        return this;
    }

    private void run() {
        try {
            while (!closed.await(thresholdNanos, TimeUnit.NANOSECONDS)) {
                look();
            }
        } catch (InterruptedException e) {
            throw new AssertionError("nobody has this thread to interrupt it", e);
        }
    }

    void look() {
        reports.look();
        for (WatchedLoop loop : loops) {
            loop.look(clock.getAsLong(), thresholdNanos, reports);
        }
        loops.removeIf(WatchedLoop::isClosed);
    }

    /** Looks no more. What was found by then is still reported. */
    @Override
    public void close() {
        closed.countDown();
        reports.close();
    }
}
