package io.stepoll.watchdog;

import io.stepoll.EventLoop;
import io.stepoll.LoopGroup;
import io.stepoll.internal.loop.Loop;
import io.stepoll.internal.time.Nanos;
import java.time.Duration;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Looks, from a thread of its own, whether loops get on. It reports a callback or a task that holds its loop, with the
 * stack of that code: code that blocks its thread, or computes for too long. A task or a callback that waits is
 * suspended and holds nothing. A loop that sleeps or spins while nothing is ready is well, however long it does.
 *
 * <p>The watchdog looks once in each threshold. The second look that sees the same code reports it, so after one to two
 * thresholds; when the loop goes on there is one more report.
 *
 * <p><b>Pinned waits.</b> A task that waits under a native frame, or in a class initializer, cannot be unmounted, and
 * waits on the loop's own thread. The watchdog ends such a wait. A wait for a time or a descriptor throws an
 * {@link IllegalStateException} that says so. Any other wait is interrupted, and the exception that the task ends with
 * has that one suppressed in it. A callback's wait is interrupted. An interrupt does not end the wait for a monitor, so
 * that is only reported.
 *
 * <p>All methods may be called from any thread. A loop pays one store for each callback and task that it runs.
 */
public final class Watchdog implements AutoCloseable {
    private final long thresholdNanos;
    private final LongSupplier clock;
    private final StallReports reports;
    private final Queue<WatchedLoop> loops = new ConcurrentLinkedQueue<>();
    private final CountDownLatch closed = new CountDownLatch(1);

    /** Without a thread: the caller looks, by {@link #look}. */
    Watchdog(Duration threshold, StallReports reports, LongSupplier clock) {
        thresholdNanos = Nanos.of(threshold);
        if (thresholdNanos <= 0) {
            throw new IllegalArgumentException("the threshold of a watchdog must be more than 0: " + threshold);
        }
        this.reports = reports;
        this.clock = clock;
    }

    /**
     * Starts a watchdog that logs what it finds at level WARNING, by the {@link System.Logger} {@code io.stepoll}.
     *
     * @param threshold how long a callback or a task may hold its loop
     * @return the watchdog
     * @throws IllegalArgumentException if the threshold is not more than 0
     */
    public static Watchdog start(Duration threshold) {
        return start(threshold, StallReports.LOG);
    }

    /**
     * Starts a watchdog that calls a handler for what it finds. If the handler has not returned by the next look, the
     * report goes to standard error as well.
     *
     * @param threshold how long a callback or a task may hold its loop
     * @param handler gets the reports
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
     * Watches a loop, until the loop is closed.
     *
     * @param loop the loop
     * @return this
     */
    public Watchdog watch(EventLoop loop) {
        loops.add(new WatchedLoop(Loop.of(loop), clock.getAsLong()));
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

    /** Ends the watchdog. What it has found by then is still reported. */
    @Override
    public void close() {
        closed.countDown();
        reports.close();
    }
}
