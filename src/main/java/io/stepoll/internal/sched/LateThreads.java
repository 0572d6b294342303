package io.stepoll.internal.sched;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Runs the continuations that arrive after the close of their loop. Each runs on a daemon thread of its own, so a
 * continuation that does not end delays no other. A task that was blocked at the close, on a monitor for instance,
 * comes to its end here.
 */
final class LateThreads {
    private static final int KEEP_ALIVE_SECONDS = 1;

    private final ConcurrentLinkedQueue<Runnable> waiting = new ConcurrentLinkedQueue<>();
    private final String prefix;
    private Executor threads;

    LateThreads(String prefix) {
        this(prefix, null);
    }

    /** For tests: the continuations run on the given threads; null makes threads as needed. */
    LateThreads(String prefix, Executor threads) {
        this.prefix = prefix;
        this.threads = threads;
    }

    /** Never throws. If no thread can be started, the continuation waits, and the next call tries again. */
    void execute(Runnable continuation) {
        waiting.add(continuation);
        for (Runnable next = waiting.poll(); next != null; next = waiting.poll()) {
            try {
                threads().execute(next);
            } catch (Throwable noThread) {
                waiting.add(next);
                return;
            }
        }
    }

    private synchronized Executor threads() {
        if (threads == null) {
            threads = new ThreadPoolExecutor(0, Integer.MAX_VALUE, KEEP_ALIVE_SECONDS, TimeUnit.SECONDS,
                    new SynchronousQueue<>(), Thread.ofPlatform().daemon().name(prefix, 1).factory());
        }
        return threads;
    }
}
