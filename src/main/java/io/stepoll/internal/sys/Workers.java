package io.stepoll.internal.sys;

import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** The platform threads of the process for what blocks. Pinned loops may start them; they are not pinned. */
public final class Workers {
    /** How many run at once; further work waits. As many as the JDK lets wait for files in virtual threads. */
    public static final int MOST = 256;

    private static final long IDLE_SECONDS = 10;

    private static final AtomicInteger STARTED = new AtomicInteger();

    private static final ThreadPoolExecutor POOL = new ThreadPoolExecutor(MOST, MOST, IDLE_SECONDS, TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(), Workers::thread);

    static {
        POOL.allowCoreThreadTimeOut(true);
    }

    private Workers() {}

    private static Thread thread(Runnable body) {
        return Thread.ofPlatform().daemon().name("stepoll-worker-" + STARTED.incrementAndGet())
                .inheritInheritableThreadLocals(false).unstarted(() -> {
                    Affinity.unpin();
                    body.run();
                });
    }

    /** {@return the threads; may be called from any thread} */
    public static Executor executor() {
        return POOL;
    }
}
