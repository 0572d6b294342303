package io.stepoll.internal.sys;

import java.util.concurrent.Executor;

/** Virtual threads whose scheduler is ours; see {@code virtual_threads.c} for how a stock JDK gives them. */
public final class VirtualThreads {
    static {
        Shim.load();
    }

    private VirtualThreads() {}

    private static native Thread.Builder.OfVirtual builder(Executor scheduler);

    /** Says which loop runs on the calling OS thread, or by 0 that none does. Returns what was said before. */
    public static native long setLoopOfThread(long loop);

    /** The loop of the OS thread that the calling thread, virtual or not, runs on; 0 if it has none. */
    public static native long loopOfThread();

    /**
     * A builder of virtual threads that the scheduler runs.
     *
     * @throws UnsupportedOperationException where this JDK has no such builder
     */
    public static Thread.Builder.OfVirtual scheduledBy(Executor scheduler) {
        Thread.Builder.OfVirtual builder = builder(scheduler);
        if (builder == null) {
            throw new UnsupportedOperationException("tasks need virtual threads with a scheduler of their own, and the"
                    + " JDK that runs this (" + System.getProperty("java.vm.name") + " "
                    + System.getProperty("java.vm.version") + ") has no"
                    + " ThreadBuilders.VirtualThreadBuilder(Executor); callbacks, timers and descriptors work");
        }
        return builder;
    }
}
