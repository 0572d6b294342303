package io.stepoll.internal.threads;

import io.stepoll.internal.sys.Affinity;
import io.stepoll.internal.sys.Shim;

/**
 * Starts the JDK's own pollers, which serve its blocking sockets in virtual threads. The pollers are virtual threads
 * themselves, and the first wait on such a socket starts them. If a task waited first, the pollers would inherit
 * the task's scheduler, and the whole process would poll on the loop. So this class starts them before there is a task,
 * and on a platform thread: a virtual thread would pass on its own scheduler. The start takes 30 ms. If a processor is
 * free for it, the start runs beside the opening of a loop and the JVM's compiler. Otherwise it happens before the
 * first task or callback.
 */
public final class PollerThreads extends Thread {
    /** The thread that starts the pollers; null until one runs. Two at once do no harm: one waits for the other. */
    private static volatile PollerThreads starter;

    private static final int BUSY_PROCESSORS = 2;

    private Throwable failure;

    private PollerThreads() {
        super("stepoll-pollers");
        setDaemon(true);
    }

    private static PollerThreads started() {
        PollerThreads running = starter;
        if (running == null) {
            running = new PollerThreads();
            running.start();
            starter = running;
        }
        return running;
    }

    /** Starts the pollers, if a processor is free for it, and does not wait for them. May be called from any thread. */
    public static void beginBeside() {
        if (Runtime.getRuntime().availableProcessors() > BUSY_PROCESSORS) {
            try {
                started();
            } catch (OutOfMemoryError noThread) {
                // The first task tries again.
            }
        }
    }

    /**
     * Starts the pollers if they do not run yet, and waits until they run. May be called from any thread. The interrupt
     * status of the thread stays.
     *
     * @throws IllegalStateException if the pollers cannot start: no blocking socket in a virtual thread works in this
     *     JVM then
     * @throws OutOfMemoryError if the system refuses the thread that starts the pollers; the next call tries again
     */
    public static void await() {
        PollerThreads started = started();
        boolean interrupted = false;
        while (started.isAlive()) {
            try {
                started.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        if (started.failure != null) {
            throw new IllegalStateException(
                    "the JDK cannot start its own pollers, perhaps for lack of descriptors", started.failure);
        }
    }

    @Override
    public void run() {
        if (Shim.isLoaded()) {
            Affinity.unpin(); // the JDK's carriers start here, and would inherit the processor of a pinned loop
        }
        try {
            Class.forName("sun.nio.ch.Poller");
        } catch (ClassNotFoundException e) {
            // This JDK has no pollers of that name, so none can be started early.
        } catch (LinkageError e) {
            failure = e;
        }
    }
}
