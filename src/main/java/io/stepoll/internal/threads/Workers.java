package io.stepoll.internal.threads;

import io.stepoll.internal.sys.Affinity;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** The platform threads of the process for work that blocks. They are not pinned, even if a pinned loop starts them. */
public final class Workers {
    /** How many threads there are at most; further work waits. The JDK allows as many for files in virtual threads. */
    public static final int MOST = 256;

    private static final long IDLE_SECONDS = 10;

    private static final AtomicInteger STARTED = new AtomicInteger();

    private static final ThreadPoolExecutor POOL = pool(MOST, "stepoll-worker-");

    private Workers() {}

    /** A pool of threads, which end when they are idle. */
    static ThreadPoolExecutor pool(int most, String name) {
        ThreadPoolExecutor pool = new ThreadPoolExecutor(most, most, IDLE_SECONDS, TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(), body -> thread(name, body));
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }

    /**
     * {@return an executor for work that computes} It has as many threads as there are processors: more of them would
     * only take the processors from the loops. May be called from any thread.
     */
    public static Executor computing() {
        return Computing.POOL;
    }

    private static final class Computing {
        static final Executor POOL = pool(Runtime.getRuntime().availableProcessors(), "stepoll-computing-");
    }

    private static Thread thread(String name, Runnable body) {
        return Thread.ofPlatform().daemon().name(name + STARTED.incrementAndGet())
                .inheritInheritableThreadLocals(false).unstarted(() -> {
                    Affinity.unpin();
                    body.run();
                });
    }

    /** Starts a thread for some work alone, even if all of the pool are taken. May be called from any thread. */
    public static void startAlone(String name, Runnable work) {
        thread(name, work).start();
    }

    /** {@return the executor of these threads} May be called from any thread. */
    public static Executor executor() {
        return POOL;
    }
}
