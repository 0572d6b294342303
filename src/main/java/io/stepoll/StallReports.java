package io.stepoll;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Hands what a watchdog has found to its handler, on a thread apart: a log may have a lock that a task of the very loop
 * that stands still holds. Then the watchdog still looks, and the report goes where no lock is.
 */
final class StallReports {
    private static final int KEEP_ALIVE_SECONDS = 1;

    /** By default: to the log. */
    static final StallHandler LOG = new StallHandler() {
        @Override
        public void stalled(Stall stall) {
            Failures.logger().log(System.Logger.Level.WARNING, stall.toString());
        }

        @Override
        public void ended(Stall stall, Duration length) {
            Failures.logger().log(System.Logger.Level.WARNING, "the event loop " + stall.loop()
                    + " goes on; it was held for at most " + length.toMillis() + " ms by " + stall.culprit());
        }
    };

    private final StallHandler handler;
    private final Consumer<String> lastResort;
    private final ExecutorService thread;
    private Future<?> reporting;
    private String report;

    /** @param lastResort is given the report of which the handler makes nothing until the next look */
    StallReports(StallHandler handler, Consumer<String> lastResort) {
        this.handler = handler;
        this.lastResort = lastResort;
        ThreadPoolExecutor one = new ThreadPoolExecutor(1, 1, KEEP_ALIVE_SECONDS, TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(), Thread.ofPlatform().daemon().name("stepoll-stalls").factory());
        one.allowCoreThreadTimeOut(true);
        thread = one;
    }

    /** To standard error, past all streams and their locks. Not closed: it is the process's. */
    @SuppressWarnings("resource")
    static void toStandardError(String report) {
        try {
            new FileOutputStream(FileDescriptor.err).write((report + "\n").getBytes(StandardCharsets.UTF_8));
        } catch (IOException nobodyReads) {
            // There is nowhere left to tell it.
        }
    }

    void stalled(Stall stall) {
        report = stall.toString();
        reporting = submit(() -> handler.stalled(stall));
    }

    void ended(Stall stall, Duration length) {
        submit(() -> handler.ended(stall, length));
    }

    private Future<?> submit(Runnable call) {
        try {
            return thread.submit(() -> guarded(call));
        } catch (RejectedExecutionException closed) { // in the middle of a look: nobody is to be told any more
            return CompletableFuture.completedFuture(null);
        }
    }

    private void guarded(Runnable call) {
        try {
            call.run();
        } catch (Throwable thrown) {
            Failures.logger().log(System.Logger.Level.ERROR, "the stall handler " + handler + " failed", thrown);
        }
    }

    /** A look later: a report that is not through by now waits for something itself. */
    void look() {
        if (report != null && !reporting.isDone()) {
            lastResort.accept(report);
        }
        report = null;
    }

    /** What was handed over is still reported. */
    void close() {
        thread.shutdown();
    }
}
