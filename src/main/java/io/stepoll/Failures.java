package io.stepoll;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * What callbacks and tasks have thrown. It is handled in a task, one at a time and in order: on the loop's own thread
 * a handler would wait for a lock, of the log for instance, that a parked task holds, and the loop would stand still
 * for ever.
 */
final class Failures implements Callable<Void> {
    private static final Duration LONGEST_REPORT = Duration.ofSeconds(1);

    private record Failure(Object callback, Throwable thrown) {}

    /** What is said of a descriptor that was never closed. */
    private record Leak(String descriptor) {}

    private final Reactor reactor;
    private final FailureHandler handler;
    private final UnjoinedFailures unjoined = new UnjoinedFailures();
    private final ConcurrentLinkedQueue<Failure> queue = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean reporting = new AtomicBoolean();

    Failures(Reactor reactor, FailureHandler handler) {
        this.reactor = reactor;
        this.handler = handler;
        // What the first failure needs is loaded here: on the loop's thread later it might wait for a lock of a task's.
        new LoopTask<>(reactor, this).hashCode();
        queue.add(new Failure("", new AssertionError()));
        queue.poll();
    }

    static System.Logger logger() {
        return System.getLogger("io.stepoll");
    }

    private static void log(Object callback, Throwable thrown) {
        logger().log(System.Logger.Level.ERROR, "a callback of the event loop failed: " + callback, thrown);
    }

    /** A descriptor was closed that nobody had. Called on the loop's thread. */
    void leaked(String descriptor, Throwable opened) {
        callbackFailed(new Leak(descriptor), opened);
    }

    /** A callback has thrown. Called on the loop's thread, which goes on. */
    void callbackFailed(Object callback, Throwable thrown) {
        queue.add(new Failure(callback, thrown));
        if (!reporting.compareAndSet(false, true)) {
            return;
        }
        try {
            new LoopTask<>(reactor, this).start("stepoll-failures");
        } catch (Throwable noTask) { // a JDK that has none, or no memory: a thread of its own waits for any lock
            Thread.ofPlatform().daemon().name("stepoll-failures").start(this::call);
        }
    }

    /** Reports all of them, in a task. */
    @Override
    public Void call() {
        do {
            try {
                for (Failure next = queue.poll(); next != null; next = queue.poll()) {
                    handle(next);
                }
            } finally {
                reporting.set(false);
            }
        } while (!queue.isEmpty() && reporting.compareAndSet(false, true));
        return null;
    }

    private void handle(Failure failure) {
        if (failure.callback instanceof Leak leak) {
            logger().log(System.Logger.Level.WARNING, leak.descriptor
                    + " was never closed, and nobody can any more; it is closed now" + (failure.thrown == null
                    ? ", EventLoopBuilder.traceDescriptors tells where it was opened" : ""), failure.thrown);
            return;
        }
        if (handler == null) {
            log(failure.callback, failure.thrown);
            return;
        }
        try {
            handler.handle(failure.callback, failure.thrown);
        } catch (Throwable alsoThrown) {
            if (alsoThrown != failure.thrown) {
                alsoThrown.addSuppressed(failure.thrown);
            }
            log("the failure handler " + handler, alsoThrown);
        }
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
            call();
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
