package io.stepoll.internal.loop;

import io.stepoll.EventLoop;
import io.stepoll.internal.failure.SystemCallFailures;
import io.stepoll.internal.sys.Affinity;
import io.stepoll.internal.sys.Log;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** The thread of one loop of a group: opens it, runs it, closes it. */
final class GroupThread {
    /** In place of the number of a processor. */
    static final int NOT_PINNED = -1;

    private final LoopBuilder options;
    private final int processor;
    private final Thread thread;
    private final CompletableFuture<EventLoop> opened = new CompletableFuture<>();
    private volatile Throwable failure;

    GroupThread(LoopBuilder options, int processor) {
        this.options = options;
        this.processor = processor;
        thread = Thread.ofPlatform().name(options.name).unstarted(this::run);
    }

    /** Starts the thread, and waits until its loop is open. If the loop cannot be opened the thread ends. */
    EventLoop start() throws IOException {
        thread.start();
        try {
            return opened.join();
        } catch (CompletionException e) {
            switch (e.getCause()) {
                case IOException failed -> throw failed;
                case RuntimeException failed -> throw failed;
                case Error failed -> throw failed;
                default -> throw e;
            }
        }
    }

    private void run() {
        try (EventLoop loop = open()) {
            opened.complete(loop);
            loop.run();
        } catch (Throwable thrown) {
            if (!opened.completeExceptionally(thrown)) {
                failure = thrown;
                Log.logger().log(System.Logger.Level.ERROR, "the event loop " + options.name
                        + " has failed, and is closed", thrown);
            }
        }
    }

    private EventLoop open() throws IOException {
        if (processor != NOT_PINNED) {
            SystemCallFailures.check("sched_setaffinity", Affinity.pin(processor),
                    "processor " + processor + " for the thread of " + options.name);
        }
        return options.open();
    }

    void join() throws InterruptedException {
        thread.join();
    }

    /** The exception that ended the loop; null if there was none so far. */
    Throwable failure() {
        return failure;
    }
}
