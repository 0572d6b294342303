package io.stepoll.watchdog;

import io.stepoll.EventLoop;
import io.stepoll.LoopGroup;
import io.stepoll.internal.loop.Loop;
import io.stepoll.internal.time.Nanos;
import java.time.Duration;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

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
 * <p><b>A full heap.</b> If the JDK has no memory to suspend code that begins to wait, that code waits on the loop's
 * thread. The watchdog works without memory. It lets a wait of the loop's, or a park of the JDK's, try again. If there
 * still is none, the first throws an {@link OutOfMemoryError}, and the second is interrupted.
 *
 * <p>All methods may be called from any thread. A loop pays one store for each callback and task that it runs.
 *
 * @since 0.1.0
 */
public final class Watchdog implements AutoCloseable {
    private final long thresholdNanos;
    private final LongSupplier clock;
    private final StallReports reports;

    /** An array, as a look must work in a heap that is full. */
    private final AtomicReference<WatchedLoop[]> loops = new AtomicReference<>(new WatchedLoop[0]);

    private volatile boolean closed;
    private volatile @Nullable Thread thread; // of the looks; null if the caller looks

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
        watchdog.thread = Thread.ofPlatform().daemon().name("stepoll-watchdog").start(watchdog::run);
        return watchdog;
    }

    /**
     * Watches a loop, until the loop is closed.
     *
     * @param loop the loop
     * @return this
     */
    public Watchdog watch(EventLoop loop) {
        WatchedLoop watched = new WatchedLoop(Loop.of(loop), clock.getAsLong());
        loops.updateAndGet(before -> {
            WatchedLoop[] after = Arrays.copyOf(before, before.length + 1);
            after[before.length] = watched;
            return after;
        });
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
        while (!closed) {
            long endNanos = System.nanoTime() + thresholdNanos;
            for (long left = thresholdNanos; left > 0 && !closed; left = endNanos - System.nanoTime()) {
                LockSupport.parkNanos(left);
                Thread.interrupted(); // nobody has this thread to interrupt it
            }
            look();
        }
    }

    /** Nothing ends the watchdog but its close. What cannot be done now, for want of memory, the next look does. */
    void look() {
        try {
            reports.look();
        } catch (Throwable thrown) {
            // The loops matter more.
        }
        for (WatchedLoop loop : loops.get()) {
            try {
                loop.look(clock.getAsLong(), thresholdNanos, reports);
            } catch (Throwable thrown) {
                // The next look tries again.
            }
        }
        try {
            forgetClosed();
        } catch (Throwable thrown) {
            // They are closed, and do no harm.
        }
    }

    private void forgetClosed() {
        for (WatchedLoop loop : loops.get()) {
            if (loop.isClosed()) {
                loops.updateAndGet(before -> Stream.of(before).filter(one -> !one.isClosed())
                        .toArray(WatchedLoop[]::new));
                return;
            }
        }
    }

    /** Ends the watchdog. What it has found by then is still reported. */
    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(thread);
        reports.close();
    }
}
