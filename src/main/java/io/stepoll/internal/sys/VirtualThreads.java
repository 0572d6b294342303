package io.stepoll.internal.sys;

import java.util.concurrent.Executor;

/** Virtual threads with a scheduler of the library. {@code virtual_threads.c} says how a stock JDK makes them. */
public final class VirtualThreads {
    static {
        Shim.load();
    }

    private VirtualThreads() {}

    /** A builder by the JDK's package-private constructor; null if this JDK has no such constructor. */
    private static native Thread.Builder.OfVirtual builder(Executor scheduler);

    /** Sets the loop that runs on the calling OS thread; 0 for none. Returns the loop that was set before. */
    public static native long setLoopOfThread(long loop);

    /** The loop of the OS thread that runs the calling thread, virtual or not; 0 for none. */
    public static native long loopOfThread();

    /**
     * Whether a virtual thread is mounted on a carrier now. Allocates nothing in the heap. May be called from any
     * thread.
     *
     * @return 1 or 0; -1 if this JDK does not say it
     */
    public static native int mountedOn(Thread thread, Thread carrier);

    /**
     * A builder of virtual threads that the scheduler runs: by a public method if this JDK has one, else by the JDK's
     * package-private constructor.
     *
     * @throws UnsupportedOperationException if this JVM has none; the message names what is missing
     */
    public static Thread.Builder.OfVirtual scheduledBy(Executor scheduler) {
        Thread.Builder.OfVirtual builder;
        try {
            builder = PublicSchedulers.builder(scheduler);
            if (builder == null) {
                builder = builder(scheduler);
            }
        } catch (UnsupportedOperationException e) { // the JDK's own, which says nothing
            throw missing("continuations (-XX:-VMContinuations, or a processor for which it has none)", e);
        }
        if (builder == null) {
            throw missing("Thread.Builder.OfVirtual.scheduler and no ThreadBuilders.VirtualThreadBuilder(Executor)",
                    null);
        }
        return builder;
    }

    private static UnsupportedOperationException missing(String what, Throwable cause) {
        return new UnsupportedOperationException("tasks need virtual threads with a scheduler of their own, and this"
                + " JVM (" + System.getProperty("java.vm.name") + " " + System.getProperty("java.vm.version")
                + ") has no " + what + "; callbacks, timers and descriptors work", cause);
    }
}
