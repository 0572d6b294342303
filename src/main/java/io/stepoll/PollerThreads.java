package io.stepoll;

import io.stepoll.internal.sys.Affinity;
import io.stepoll.internal.sys.Shim;

/**
 * The JDK's own pollers, which serve its blocking sockets in virtual threads, are virtual threads themselves, and begin
 * with the first such wait. If that were a task's, they would inherit its scheduler, and the whole process would poll
 * on our loop. So they are begun before there is a task, on a platform thread, as a virtual one would give them its own
 * scheduler. They take 30 ms: where there is a processor for it, beside what else a loop needs to open and the JVM's
 * compiler; else not before the first task, as a loop of callbacks needs none.
 */
final class PollerThreads extends Thread {
    /** Begins them as it is initialized. */
    private static final class Begun {
        static final PollerThreads STARTER = new PollerThreads();

        static {
            STARTER.setDaemon(true);
            STARTER.start();
        }
    }

    private static final int BUSY_PROCESSORS = 2;

    private Throwable failure;

    private PollerThreads() {
        super("stepoll-pollers");
    }

    /** Begins them if they have not, and there is a processor for it. From any thread. */
    static void beginBeside() {
        if (Runtime.getRuntime().availableProcessors() > BUSY_PROCESSORS) {
            Begun.STARTER.getState(); // to have it begun; the state does not matter
        }
    }

    /**
     * Begins them if they have not, and waits until they have. From any thread, whose interrupt status stays.
     *
     * @throws IllegalStateException if they cannot: then no blocking socket in a virtual thread works in this JVM
     */
    static void await() {
        boolean interrupted = false;
        while (Begun.STARTER.isAlive()) {
            try {
                Begun.STARTER.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        if (Begun.STARTER.failure != null) {
            throw new IllegalStateException(
                    "the JDK cannot begin its own pollers, for want of descriptors perhaps", Begun.STARTER.failure);
        }
    }

    @Override
    public void run() {
        if (Shim.isLoaded()) {
            Affinity.unpin(); // the JDK's carriers, which begin with this, inherit what this has of a pinned loop
        }
        try {
            Class.forName("sun.nio.ch.Poller");
        } catch (ClassNotFoundException e) {
            // Another JDK, another way: there is none to begin early.
        } catch (LinkageError e) {
            failure = e;
        }
    }
}
