package io.stepoll.internal.task;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Runs the continuations that come after their loop was closed, one after the other, on a daemon thread that exists
 * while there are any. A task that was blocked then, on a monitor for instance, comes to its end here.
 */
final class LateThread {
    private final ConcurrentLinkedQueue<Runnable> queue = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean running = new AtomicBoolean();
    private final String name;

    LateThread(String name) {
        this.name = name;
    }

    void execute(Runnable continuation) {
        queue.add(continuation);
        startIfIdle();
    }

    /** Never throws: where no thread can be had, what is queued waits for the next call to try again. */
    private void startIfIdle() {
        if (!running.compareAndSet(false, true)) {
            return;
        }
        try {
            Thread.ofPlatform().daemon().name(name).start(this::drain);
        } catch (Throwable noThread) {
            running.set(false);
        }
    }

    private void drain() {
        do {
            for (Runnable next = queue.poll(); next != null; next = queue.poll()) {
                next.run();
            }
            running.set(false);
        } while (!queue.isEmpty() && running.compareAndSet(false, true));
    }
}
