package io.stepoll;

/**
 * The JDK's own pollers, which serve its blocking sockets in virtual threads, are virtual threads themselves, and begin
 * with the first such wait. If that were a task's, they would inherit its scheduler, and the whole process would poll
 * on our loop. So they are begun before there is a task: on a platform thread, as a virtual one would give them its
 * own scheduler; and beside what else a loop needs to open, as they take 30 ms.
 */
final class PollerThreads extends Thread {
    private static final PollerThreads STARTER = new PollerThreads();

    private Throwable failure;

    static {
        STARTER.setDaemon(true);
        STARTER.start();
    }

    private PollerThreads() {
        super("stepoll-pollers");
    }

    /** Begins them if they have not. */
    static void begin() {
        // Done as this class is initialized.
    }

    /**
     * Waits until they have begun. From any thread, whose interrupt status stays.
     *
     * @throws IllegalStateException if they cannot: then no blocking socket in a virtual thread works in this JVM
     */
    static void await() {
        boolean interrupted = false;
        while (STARTER.isAlive()) {
            try {
                STARTER.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        if (STARTER.failure != null) {
            throw new IllegalStateException(
                    "the JDK cannot begin its own pollers, for want of descriptors perhaps", STARTER.failure);
        }
    }

    @Override
    public void run() {
        try {
            Class.forName("sun.nio.ch.Poller");
        } catch (ClassNotFoundException e) {
            // Another JDK, another way: there is none to begin early.
        } catch (LinkageError e) {
            failure = e;
        }
    }
}
