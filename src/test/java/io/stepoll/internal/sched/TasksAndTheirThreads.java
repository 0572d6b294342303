package io.stepoll.internal.sched;

import io.stepoll.EventLoop;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/** A child's main: tasks that wait, and a virtual thread that a task starts. Prints where each of them runs. */
final class TasksAndTheirThreads {
    private TasksAndTheirThreads() {}

    public static void main(String[] arguments) throws Exception {
        try (EventLoop loop = EventLoop.open()) {
            loop.spawn(() -> {
                System.out.println("task on the loop: " + (EventLoop.current() == loop));
                loop.sleep(Duration.ofMillis(1));
                System.out.println("slept");
                AtomicInteger answer = new AtomicInteger();
                Thread child = Thread.startVirtualThread(() -> {
                    System.out.println("child on the loop: " + (EventLoop.current() == loop));
                    answer.set(42);
                });
                child.join();
                loop.spawn(() -> System.out.println("joined: " + answer)).join();
                loop.callSoon(() -> System.out.println("callback: done"));
            });
            loop.runUntilDone();
        }
    }
}
