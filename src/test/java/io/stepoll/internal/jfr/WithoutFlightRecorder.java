package io.stepoll.internal.jfr;

import io.stepoll.EventLoop;
import io.stepoll.internal.threads.StartingClasses;

/** A child's main in a JVM without a flight recorder: runs a task, and one that fails. */
final class WithoutFlightRecorder {
    private WithoutFlightRecorder() {}

    public static void main(String[] arguments) throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            StartingClasses.await();
            var task = loop.spawn(() -> 42);
            loop.spawn(() -> {
                throw new IllegalStateException("expected");
            });
            loop.runUntilDone();
            System.out.println("joined: " + task.join());
        }
    }
}
