package io.stepoll;

import java.io.IOException;

/**
 * The JDK's own pollers, which serve its blocking sockets in virtual threads, are virtual threads themselves, and begin
 * with the first such wait. If that were a task's, they would inherit its scheduler, and the whole process would poll
 * on our loop. So they are begun before there is a task.
 */
final class PollerThreads {
    private static volatile Throwable failure;

    private PollerThreads() {}

    /** Begins them if they have not. On a platform thread: in a virtual one they get that one's scheduler. */
    static void start() throws IOException {
        if (Thread.currentThread().isVirtual()) {
            Thread starter = Thread.ofPlatform().name("stepoll-pollers").start(PollerThreads::initialize);
            try {
                starter.join();
            } catch (InterruptedException e) {
                throw new IllegalStateException("interrupted while a loop was opened", e);
            }
        } else {
            initialize();
        }
        if (failure != null) {
            throw new IOException("the JDK cannot begin its own pollers, for want of descriptors perhaps", failure);
        }
    }

    private static void initialize() {
        try {
            Class.forName("sun.nio.ch.Poller");
        } catch (ClassNotFoundException e) {
            // Another JDK, another way: there is none to begin early.
        } catch (LinkageError e) {
            failure = e;
        }
    }
}
