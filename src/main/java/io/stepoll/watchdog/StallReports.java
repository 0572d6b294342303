package io.stepoll.watchdog;

import io.stepoll.internal.sys.Log;
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
import org.jspecify.annotations.Nullable;

/**
 * Hands what a watchdog has found to its handler, on a thread apart. A log may have a lock that a task of the loop that
 * stands still holds. Then the watchdog still looks, and the report goes where there is no lock.
 */
final class StallReports {
    private static final int KEEP_ALIVE_SECONDS = 1;

    /** The default handler: the log. */
    static final StallHandler LOG = new StallHandler() {
        @Override
        public void stalled(Stall stall) {
            Log.logger().log(System.Logger.Level.WARNING, stall.toString());
        }

        @Override
        public void ended(Stall stall, Duration length) {
            Log.logger().log(System.Logger.Level.WARNING, "the event loop " + stall.loop()
                    + " goes on; it was held for at most " + length.toMillis() + " ms by " + stall.culprit());
        }
    };

    private final StallHandler handler;
    private final Consumer<String> lastResort;
    private final ExecutorService thread;
    private @Nullable Future<?> reporting;
    private @Nullable String report;

    /** @param lastResort gets a report that the handler has not dealt with by the next look */
    StallReports(StallHandler handler, Consumer<String> lastResort) {
        this(handler, lastResort, ownThread());
    }

    /** @param thread runs what is handed over, in order */
    StallReports(StallHandler handler, Consumer<String> lastResort, ExecutorService thread) {
        this.handler = handler;
        this.lastResort = lastResort;
        this.thread = thread;
    }

    private static ExecutorService ownThread() {
        ThreadPoolExecutor one = new ThreadPoolExecutor(1, 1, KEEP_ALIVE_SECONDS, TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(), Thread.ofPlatform().daemon().name("stepoll-stalls").factory());
        one.allowCoreThreadTimeOut(true);
        return one;
    }

    /** Writes to standard error, past all streams and their locks. Standard error is the process's: it stays open. */
    @SuppressWarnings("resource")
    static void toStandardError(String report) {
        try {
            new FileOutputStream(FileDescriptor.err).write((report + "\n").getBytes(StandardCharsets.UTF_8));
        } catch (IOException nobodyReads) {
            // There is nowhere left to write to.
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
        } catch (RejectedExecutionException closed) { // in the middle of a look: nobody wants reports any more
            return CompletableFuture.completedFuture(null);
        }
    }

    private void guarded(Runnable call) {
        try {
            call.run();
        } catch (Throwable thrown) {
            Log.logger().log(System.Logger.Level.ERROR, "the stall handler " + handler + " failed", thrown);
        }
    }

    /** The next look: a handler that has not returned by now waits for something itself. */
    void look() {
        if (report != null && reporting != null && !reporting.isDone()) {
            lastResort.accept(report);
        }
        report = null;
    }

    /** Reports that were handed over still reach the handler. */
    void close() {
        thread.shutdown();
    }
}
