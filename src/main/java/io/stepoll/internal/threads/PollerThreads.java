package io.stepoll.internal.threads;

import io.stepoll.internal.sys.Affinity;
import io.stepoll.internal.sys.Shim;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;

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

    /**
     * The classes that each virtual thread uses before and behind its body. The pollers would initialize them beside
     * the first task, and from JDK 26 on a virtual thread that needs a class meanwhile is unmounted until that is done.
     * So they are initialized first.
     */
    private static final List<String> USED_BY_EACH_THREAD = List.of("jdk.internal.event.VirtualThreadStartEvent",
            "jdk.internal.event.VirtualThreadEndEvent");

    /** More descriptors than the pollers need of which the JDK has a fixed number; it has others for each processor. */
    private static final int MOST_FIXED = 8;

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
     * @throws IllegalStateException if the pollers cannot start: for lack of descriptors now, so that the next call
     *     tries again, or never, see {@link #areBroken}
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
        if (started.failure instanceof IOException lack) {
            starter = null;
            throw new IllegalStateException("the JDK cannot start its own pollers now, for lack of descriptors", lack);
        }
        if (started.failure != null) {
            throw new IllegalStateException("the JDK cannot start its own pollers", started.failure);
        }
    }

    /** Whether the pollers can never start: no blocking socket in a virtual thread works in this JVM. */
    public static boolean areBroken() {
        PollerThreads ended = starter;
        return ended != null && ended.failure != null && !(ended.failure instanceof IOException);
    }

    /** The JDK tries once in the life of a JVM to start its pollers. So it tries only where there are descriptors. */
    private static void checkDescriptors() throws IOException {
        List<InputStream> probes = new ArrayList<>();
        try {
            for (int i = 0; i < MOST_FIXED + Runtime.getRuntime().availableProcessors(); i++) {
                probes.add(new FileInputStream("/dev/null"));
            }
        } finally {
            for (InputStream probe : probes) {
                probe.close();
            }
        }
    }

    @Override
    public void run() {
        if (Shim.isLoaded()) {
            Affinity.unpin(); // the JDK's carriers start here, and would inherit the processor of a pinned loop
        }
        for (String used : USED_BY_EACH_THREAD) {
            try {
                Class.forName(used);
            } catch (ClassNotFoundException e) {
                // This JDK has another one.
            }
        }
        try {
            checkDescriptors();
            Class.forName("sun.nio.ch.Poller");
        } catch (ClassNotFoundException e) {
            // This JDK has no pollers of that name, so none can be started early.
        } catch (IOException | LinkageError e) {
            failure = e;
        }
    }
}
