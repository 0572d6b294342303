package io.stepoll;

import java.time.Duration;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * What callbacks and tasks have thrown. It is handled in a task, one at a time and in order: on the loop's own thread
 * a handler would wait for a lock, of the log for instance, that a parked task holds, and the loop would stand still
 * for ever.
 */
final class Failures {
    private static final Duration LONGEST_REPORT = Duration.ofSeconds(1);

    private record Failure(Object callback, Throwable thrown) {}

    private final Reactor reactor;
    private final FailureHandler handler;
    private final UnjoinedFailures unjoined = new UnjoinedFailures();
    private final ConcurrentLinkedQueue<Failure> queue = new ConcurrentLinkedQueue<>();
    private boolean reporting;

    Failures(Reactor reactor, FailureHandler handler) {
        this.reactor = reactor;
        this.handler = handler == null ? Failures::log : handler;
    }

    static System.Logger logger() {
        return System.getLogger("io.stepoll");
    }

    private static void log(Object callback, Throwable thrown) {
        logger().log(System.Logger.Level.ERROR, "a callback of the event loop failed: " + callback, thrown);
    }

    /** A callback has thrown. Called on the loop's thread, which goes on. */
    void callbackFailed(Object callback, Throwable thrown) {
        queue.add(new Failure(callback, thrown));
        if (reporting) {
            return;
        }
        reporting = true;
        try {
            new LoopTask<Void>(reactor, this::report).start("stepoll-failures");
        } catch (Throwable noTask) { // a JDK that has none, or no memory: a thread of its own waits for any lock
            Thread.ofPlatform().daemon().name("stepoll-failures").start(this::report);
        }
    }

    private Void report() {
        for (Failure next = queue.poll(); next != null; next = queue.poll()) {
            try {
                handler.handle(next.callback, next.thrown);
            } catch (Throwable alsoThrown) {
                alsoThrown.addSuppressed(next.thrown);
                log("the failure handler " + handler, alsoThrown);
            }
        }
        reporting = false;
        return null;
    }

    /** A task has failed; its exception goes to whoever joins it. */
    UnjoinedFailures.Ticket unjoined(LoopTask<?> task, Throwable thrown) {
        return unjoined.add(task, thrown);
    }

    /** A virtual thread of the loop ended with an exception that its own code could not have caught. */
    void unhandled(Thread thread, Throwable thrown) {
        log(thread, thrown);
    }

    /**
     * The loop is closed: what was not handled yet is, and what did not end is named. There is no task left to do it,
     * so a thread does. It is waited for, but not for ever: a handler may wait for what the closer holds.
     *
     * @param unfinished says what did not end; null for nothing
     */
    void close(String loop, String unfinished) {
        if (queue.isEmpty() && unjoined.isEmpty() && unfinished == null) {
            return;
        }
        Thread reporter = Thread.ofPlatform().name("stepoll-failures").start(() -> {
            report();
            unjoined.logAll();
            if (unfinished != null) {
                logger().log(System.Logger.Level.WARNING, "the event loop " + loop + " was closed; " + unfinished);
            }
        });
        try {
            reporter.join(LONGEST_REPORT);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
